"""Facilities: data centres, rooms and buildings, their power and cooling."""
