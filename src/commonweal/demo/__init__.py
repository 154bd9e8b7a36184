"""The demo operator: a generated, deterministic, *synthetic* operator that proves the product.

Nothing here describes a real company. Files are written in the formats that people send and come
in through the same public path as anyone's data. Same options, same bytes: arrays use elementwise
IEEE arithmetic, integers and uniform draws only, because sums and transcendental functions may
differ in the last bit from one processor to another.
"""
