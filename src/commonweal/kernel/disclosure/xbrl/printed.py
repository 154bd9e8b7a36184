"""What a printed number states of its fact: digits, sign, scale, and how exact it really is.

A figure is taken for its fact's value only if it proves to be: the printed digits at their scale
must lie within one unit of the last printed place of the recorded value. ``decimals`` then says
how close they are, so that "more than 2,755" is never claimed to be rounded to the nearest one.
A change, a share or a rank is made from facts; it is no fact, and is left as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.kernel.disclosure.wording import scaled
from commonweal.kernel.disclosure.xbrl.measures import EXACT, Measure, measure_of, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.disclosure.tree import Figure
    from commonweal.kernel.facts.models import Fact

_NUMBER: Final = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
_WORDS: Final = (
    *((word, 8) for word in "億亿"),
    *((word, 4) for word in "萬万"),
    *((word, 3) for word in ("thousand", "千")),
    ("million", 6),
    ("billion", 9),
    ("%", -2),
)
_ENERGIES: Final = ("GJ", "kWh")  # two measures of one quantity that differ by no power of ten
_CLOSE: Final = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed, and what it states: ± digits × 10^scale, to ``decimals`` places."""

    before: str
    digits: str
    after: str
    is_negative: bool
    scale: int
    decimals: int
    measure: Measure

    @property
    def value(self) -> Decimal:
        """What is stated, in the measure."""
        stated = shifted(Decimal(self.digits.replace(",", "")), self.scale)
        return -stated if self.is_negative else stated


def printed_read(figure: Figure, fact: Fact) -> Printed | None:
    """Return what a figure states of its first fact; None if it does not state its value."""
    found = _NUMBER.search(figure.text)
    shown = figure.sort_key
    if found is None or shown is None or fact.value is None or len(figure.fact_ids) != 1:
        return None
    digits = Decimal(found[0].replace(",", ""))
    places = len(found[0].partition(".")[2])
    noughts = 0 if places else len(found[0]) - len(found[0].rstrip("0,"))  # 1,230 may be to tens
    after = figure.text[found.end() :]
    words = {0, *(power for word, power in _WORDS if word in after)}
    for measure, value, shift in _readings(fact, shown):
        for scale in sorted({shift + power for power in words}, key=abs):
            stated = shifted(digits, scale)
            error = abs(EXACT.subtract(abs(value), stated))
            if error < shifted(Decimal(1), scale - places + noughts):
                return Printed(
                    before=figure.text[: found.start()],
                    digits=found[0],
                    after=after,
                    is_negative=value < 0 and bool(digits),
                    scale=scale,
                    decimals=_decimals(error, places - scale),
                    measure=measure,
                )
    return None


def _readings(fact: Fact, shown: Decimal) -> Iterator[tuple[Measure, Decimal, int]]:
    """Yield measures in which the shown number is the fact's by a power of ten.

    With each the fact's value in it, and the power that turns the shown number into that value.
    """
    assert fact.value is not None  # noqa: S101 - the caller has looked
    for unit in (fact.unit, *(each for each in _ENERGIES if each != fact.unit)):
        try:
            converted = scaled(fact.value, fact.unit, unit)
        except InputError:
            continue  # not an energy
        measure, power = measure_of(unit)
        value = shifted(converted, power)
        if not value or not shown:
            if value == shown:  # nought is nought in every unit
                yield measure, value, 0
            continue
        ratio = EXACT.divide(abs(value), abs(shown))
        shift = int(EXACT.log10(ratio).to_integral_value())
        if abs(EXACT.divide(ratio, shifted(Decimal(1), shift)) - 1) < _CLOSE:
            yield measure, value, shift


def _decimals(error: Decimal, most: int) -> int:
    """Return to how many places a number with this error is right, at most as many as printed."""
    places = most
    while error > shifted(Decimal(5), -places - 1):
        places -= 1
    return places
