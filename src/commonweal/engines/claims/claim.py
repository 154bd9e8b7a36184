"""What a text says with one number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


class Interval(NamedTuple):
    """Lowest and highest value that a printed number stands for, both included, in base units."""

    low: Fraction
    high: Fraction

    def meets(self, other: Interval) -> bool:
        """Whether the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Claim:
    """One number with all that belongs to it.

    Attributes:
        start: Where the number begins in the text; its magnitude, unit and words follow.
        end: Where its last word ends.
        number: The digits as printed.
        value: In ``unit``.
        unit: Base unit: ``person``, ``CNY``, ``kWh``, ``1`` for shares.
        unit_printed: Magnitude and word of measure as printed: ``萬人次``.
        kind: What the unit measures: ``count``, ``money``, ``share``, ``points`` …
        comparator: One of ``= > >= < <= ~ <~``, or ``order`` for an order of magnitude.
        step: Value of one in the last printed digit; 1 of the base unit for written-out words.
        subject: What the number is of, as the text says before it.
        period: The year or day it is about, as printed, or empty.
        sentence: First and last position of the sentence, table cell or line it stands in.
        is_hedged_twice: Words before and behind it say different things: 約15萬餘.
    """

    start: int
    end: int
    number: str
    value: Fraction
    unit: str
    unit_printed: str
    kind: str
    comparator: str
    step: Fraction
    subject: str = ""
    period: str = ""
    sentence: tuple[int, int] = (0, 0)
    is_hedged_twice: bool = False

    @property
    def interval(self) -> Interval:
        """What the printed digits stand for: half a step to either side, nothing for exact counts.

        A whole number of things without a magnitude word is exact.

        Source: XBRL Calculations 1.1, round to nearest.
        """
        exact = self.kind == "count" and self.step == 1
        half = Fraction(0) if exact else abs(self.step) / 2
        return Interval(self.value - half, self.value + half)

    @property
    def measure(self) -> str:
        """The unit without what it is of: tonnes of carbon in one clause are tonnes in the next."""
        return self.unit.replace("CO2e", "").replace("CO2", "")
