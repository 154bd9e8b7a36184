"""Backbone and international network: cables, points of presence, delivery."""
