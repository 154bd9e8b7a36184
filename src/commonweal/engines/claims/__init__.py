"""Claims that a text makes with numbers: where they stand, what they say, whether they agree.

A claim is a number with its unit, magnitude word, comparator and place in the text. Everything here
takes text and word lists and gives frozen results; which words there are is the caller's.
"""
