"""The path from a base value to a target, in exact fractions of decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
    return bent_path(base_value, changes={target_year: change_share}, base_year=base_year)


def bent_path(
    base_value: Decimal, *, changes: Mapping[int, Decimal], base_year: int
) -> Sequence[Milestone]:
    """Return the value of each year on a path that is straight between milestones.

    Args:
        base_value: Value in the base year, in the indicator's unit.
        changes: Change from the base wanted by each milestone's year, all after the base year.
        base_year: First year.

    >>> [str(m.value) for m in bent_path(
    ...     Decimal(10), changes={2022: Decimal("-0.04"), 2024: Decimal("-0.2")}, base_year=2020)]
    ['10', '9.8', '9.6', '8.8', '8']
    """
    base, start, level = Fraction(base_value), base_year, Fraction(base_value)
    path = [Milestone(base_year, _decimal(base))]
    for year in sorted(changes):
        end = base * (1 + Fraction(changes[year]))
        for n in range(1, year - start + 1):
            value = level + (end - level) * n / (year - start)
            path.append(Milestone(start + n, _decimal(value)))
        start, level = year, end
    return path


def _decimal(value: Fraction) -> Decimal:
    """Return the nearest decimal of 28 digits; exact where there is one."""
    found = Decimal(value.numerator) / Decimal(value.denominator)
    return found.normalize() if found else Decimal(0)
