"""Editions of reports: frozen, built again, compared, packed for others to check."""
