"""Campaigns that collect figures from the units: who owes what by when, and what they declared."""
