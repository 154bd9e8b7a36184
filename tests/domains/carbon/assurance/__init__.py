"""The tests of the programme assurance."""
