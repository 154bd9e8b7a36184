"""One folder for each field of work."""
