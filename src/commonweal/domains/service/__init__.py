"""Customer service: the home engineer's promises, visits and their ratings."""
