"""Who: organisation tree, boundaries, sites and meters, all valid in time."""
