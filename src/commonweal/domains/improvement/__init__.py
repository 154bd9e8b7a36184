"""Improvement: actions that save energy, carbon and money, from the proposal to the proof."""
