"""People: employment, training, participation and care of staff."""
