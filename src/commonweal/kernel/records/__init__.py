"""The hash-chained log of every change to a record."""
