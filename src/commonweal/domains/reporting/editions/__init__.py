"""Editions of reports: frozen when checked, signed by section, published, built again by anyone."""
