"""Routes by subject; each module has one ``router``.

These modules don't postpone annotations: ninja reads them to know what a request may be.
"""
