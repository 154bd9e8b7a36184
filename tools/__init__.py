"""Checks over the repository and generators of the reference; not shipped."""
