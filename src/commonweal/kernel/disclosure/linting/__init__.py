"""The linter of reports, anybody's: documents as text, what is wrong in them, how it is told."""
