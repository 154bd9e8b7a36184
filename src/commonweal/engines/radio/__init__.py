"""Engines of the radio network: power, demand, sleep, guard, verification."""
