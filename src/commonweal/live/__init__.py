"""Meters read live: messages and registers become rows of the lake, none lost, none twice."""
