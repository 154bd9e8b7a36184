"""Sums and differences of printed numbers, as intervals, and how they are shown."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

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


_BEYOND: Final = Fraction(10) ** 30


def reach(claim: Claim) -> Interval:
    """Return what a claim may stand for with its comparator: 超3萬 is anything from 3萬 up.

    About and nearly are taken to one of the last digit that is not zero: 近300 is 200 to 300.
    """
    low, high = claim.interval
    coarse = _last_digit(claim.number) * claim.step
    match claim.comparator:
        case ">" | ">=" | "several" | "order":
            return Interval(claim.value, _BEYOND)
        case "<" | "<=":
            return Interval(-_BEYOND, max(high, claim.value))
        case "<~":
            return Interval(claim.value - coarse, claim.value)
        case "~":
            return Interval(claim.value - coarse, claim.value + coarse)
    return Interval(low, high)


def _last_digit(number: str) -> int:
    """Return the place value of the last digit that is not zero, in steps of the last printed."""
    digits = number.replace(",", "").replace(".", "")
    return int(10 ** (len(digits) - len(digits.rstrip("0")))) if digits.strip("0") else 1


def quotient(part: Interval, whole: Interval) -> Interval | None:
    """Return what part ÷ whole may be, or None if the whole may be nothing."""
    if whole.low <= 0:
        return None
    ends = [one / other for one in part for other in whole]
    return Interval(min(ends), max(ends))


def difference(last: Interval, first: Interval) -> Interval:
    """Return what last - first may be."""
    return Interval(last.low - first.high, last.high - first.low)


def percent(interval: Interval) -> str:
    """Return an interval of shares as percentages.

    >>> percent(Interval(Fraction(1, 8), Fraction(1, 4)))
    '12.5 … 25 %'
    """
    return f"{shown(interval.low * 100)} … {shown(interval.high * 100)} %"
