"""Giving: donations, volunteers, points for good, public messages."""
