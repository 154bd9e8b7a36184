"""Community: the community platform, its coverage and services."""
