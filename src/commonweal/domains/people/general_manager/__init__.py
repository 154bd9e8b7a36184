"""Ask the general manager: hearings, and what became of every issue raised there."""
