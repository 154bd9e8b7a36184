"""Actions: proposed, assessed, approved, done, verified; portfolios choose among them."""
