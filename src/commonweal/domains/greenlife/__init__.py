"""Green living: paperless service, personal carbon accounts, campaigns."""
