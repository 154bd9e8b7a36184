"""A generated operator, labelled synthetic, for trying and testing the whole loop."""
