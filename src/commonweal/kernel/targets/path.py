"""The straight path from a base value to a target, in exact fractions of decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Milestone:
    """What the path asks of one year."""

    year: int
    value: Decimal


def straight_path(
    base_value: Decimal, *, change_share: Decimal, base_year: int, target_year: int
) -> Sequence[Milestone]:
    """Return the value of each year, from the base year to the target year.

    Args:
        base_value: Value in the base year, in the indicator's unit.
        change_share: Change wanted by the target year; -0.2 is 20 % less.
        base_year: First year.
        target_year: Last year, after the first.

    >>> [str(m.value) for m in straight_path(
    ...     Decimal(10), change_share=Decimal("-0.2"), base_year=2020, target_year=2024)]
    ['10', '9.5', '9', '8.5', '8']
    """
    n_years = target_year - base_year
    total = Fraction(base_value) * Fraction(change_share)
    return [
        Milestone(base_year + n, _decimal(Fraction(base_value) + total * n / n_years))
        for n in range(n_years + 1)
    ]


def _decimal(value: Fraction) -> Decimal:
    """Return the nearest decimal of 28 digits; exact where there is one."""
    found = Decimal(value.numerator) / Decimal(value.denominator)
    return found.normalize() if found else Decimal(0)
