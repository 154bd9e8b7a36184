"""Targets bound to indicators: base, path, status."""
