"""Sums and differences of printed numbers, as intervals, and how they are shown."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from commonweal.engines.claims.claim import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.engines.claims.claim import Claim


def summed(claims: Iterable[Claim]) -> Interval:
    """Return what a sum of printed numbers may be.

    Source: XBRL Calculations 1.1: each printed number is any that rounds to it.
    """
    intervals = [claim.interval for claim in claims]
    return Interval(
        sum((each.low for each in intervals), Fraction(0)),
        sum((each.high for each in intervals), Fraction(0)),
    )


def shown(value: Fraction) -> str:
    """Return a value as digits, with as many decimals as it needs, six at most.

    >>> shown(Fraction(2031, 10)), shown(Fraction(1, 3)), shown(Fraction(240617))
    ('203.1', '0.333333', '240,617')
    """
    written = f"{float(value):,.6f}"
    return written.rstrip("0").rstrip(".")


def shown_interval(interval: Interval) -> str:
    """Return an interval as two values."""
    return f"{shown(interval.low)} … {shown(interval.high)}"


def in_units_of(value: Fraction, claim: Claim) -> str:
    """Return a value in the magnitude and unit that a claim is printed in."""
    digits = Fraction(claim.number.replace(",", "")) if claim.number[:1].isdigit() else Fraction(0)
    scale = claim.value / digits if digits and claim.value else Fraction(1)
    return f"{shown(value / scale)}{claim.unit_printed}"
