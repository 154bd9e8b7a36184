"""Donations: pledged, approved, paid, received, and what became of them."""
