"""Reports: text whose numbers are bound to facts."""
