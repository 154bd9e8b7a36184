"""Energy of sites: what came in and what became of it, and two routes to one total."""
