"""Assurance: samples of a total, drawn again by anyone, down to the rows and up to the root."""
