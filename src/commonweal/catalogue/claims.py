"""Which factor could a published claim rest on: “5,200萬度 of green power, 3.1萬噸 of CO2 saved”.

A printed number stands for an interval: half a unit of its last digit to either side. Two printed
numbers leave an interval for the factor between them; a factor of the catalogue explains the claim
if it lies inside. Zeros at the end of a whole number may be digits or filling: what only fits if
they are filling is possible, if the number is coarse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.errors import InputError
from commonweal.units import conversion, dimension

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from commonweal.catalogue.factors import FactorRow
    from commonweal.catalogue.loading import Catalogue

_PRINTED: Final = re.compile(
    r"[約约≈~]?\s*(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<unit>[^\s0-9.,].*)"
)


class Verdict(StrEnum):
    """Whether a factor explains a claim."""

    EXPLAINS = "explains"
    COARSE = "possible if coarse"
    EXCLUDED = "excluded"
    LATER = "published later"


class Span(NamedTuple):
    """Lowest and highest value, both included."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed number: its value and what it may stand for, in its unit."""

    text: str
    unit: str
    value: Fraction
    tight: Span
    loose: Span
    """With zeros at the end of a whole number taken as filling."""
    n_decimals: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of a factor table, and what becomes of the claim with it."""

    row: FactorRow
    verdict: Verdict
    product: Fraction
    """Activity times factor, in the unit of the printed result."""
    prints: str
    """The product with as many decimals as the claim."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A claim's implied factor in kgCO2e per unit of the activity, and all candidates.

    Candidates come best verdict first, of these the nearest.
    """

    unit: str
    implied: Fraction
    tight: Span
    loose: Span
    candidates: tuple[Candidate, ...]


def printed(text: str) -> Printed:
    """Read a printed number with its unit.

    Raises:
        InputError: It is no number with a unit.

    >>> found = printed("約5,200萬度")
    >>> float(found.tight.low), float(found.loose.high), found.unit
    (5199.5, 5250.0, '萬度')
    """
    match = _PRINTED.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"{text[:60]!r} is no number with a unit", hint="write it as 5,200萬度 or 3.1 kt"
        )
    digits = match["number"].replace(",", "")
    whole, _, decimals = digits.partition(".")
    step = Fraction(1, 10 ** len(decimals))
    n_zeros = 0 if decimals else min(len(whole) - len(whole.rstrip("0")), len(whole) - 1)
    value = Fraction(digits)
    return Printed(
        text.strip(),
        match["unit"].strip(),
        value,
        Span(value - step / 2, value + step / 2),
        Span(*(value + sign * step * 10**n_zeros / 2 for sign in (-1, 1))),
        len(decimals),
    )


def explain(
    activity: str,
    emission: str,
    *,
    known: Catalogue,
    place: str = "",
    carrier: str = "electricity",
    published: date | None = None,
) -> Explanation:
    """Return every known factor of a carrier with a verdict on a claim.

    Args:
        activity: What was used, as printed.
        emission: What was emitted or saved, as printed; mass counts as CO2 equivalent.
        known: The catalogue.
        place: Only factors of this place and of those it belongs to; all places if empty.
        carrier: Of the factors.
        published: Day of the claim; factors that were published later cannot have been used.

    Raises:
        InputError: A text is no number with a unit, a unit does not fit the carrier, or place or
            carrier are unknown.
    """
    if carrier not in known.carriers:
        raise InputError(f"carrier {carrier!r} is unknown", hint=", ".join(known.carriers))
    if place and place not in known.places:
        raise InputError(f"place {place!r} is unknown", hint="a code such as CN-BJ")
    used, told = printed(activity), printed(emission)
    unit = known.carriers[carrier].unit
    scale = _kgco2e(told.unit) / conversion(used.unit, unit)
    if used.loose.low <= 0:
        raise InputError(f"{used.text!r} may stand for nothing: no factor follows from it")
    tight, loose = (
        Span(told_span.low / used_span.high * scale, told_span.high / used_span.low * scale)
        for told_span, used_span in ((told.tight, used.tight), (told.loose, used.loose))
    )
    implied = told.value / used.value * scale
    above = set(_with_parents(known, place))
    candidates = [
        _candidate(row, value, (tight, loose), published, used.value * value / scale, told)
        for row, value in _rows(known, carrier, unit)
        if not place or row.place in above or row.place == "*"
    ]
    order = list(Verdict)
    candidates.sort(
        key=lambda each: (
            order.index(each.verdict),
            abs(each.product - told.value),
            each.row.reference,
        )
    )
    return Explanation(f"kgCO2e/{unit}", implied, tight, loose, tuple(candidates))


def _candidate(  # noqa: PLR0917 - all that a verdict rests on
    row: FactorRow,
    value: Fraction,
    spans: tuple[Span, Span],
    published: date | None,
    product: Fraction,
    told: Printed,
) -> Candidate:
    tight, loose = (span.low <= value <= span.high for span in spans)
    verdict = Verdict.EXPLAINS if tight else Verdict.COARSE if loose else Verdict.EXCLUDED
    if published and row.known_from > published and verdict is not Verdict.EXCLUDED:
        verdict = Verdict.LATER
    return Candidate(row, verdict, product, f"{float(product):,.{told.n_decimals}f}{told.unit}")


def _rows(known: Catalogue, carrier: str, unit: str) -> Iterator[tuple[FactorRow, Fraction]]:
    """Yield the rows that turn a carrier into CO2 equivalent, in kgCO2e for one of its unit."""
    wanted = f"kgco2e/{unit}"
    for table in known.factors.values():
        for row in table.rows:
            if row.carrier == carrier and dimension(row.unit) == dimension(wanted):
                yield row, Fraction(row.value) * conversion(row.unit, wanted)


def _kgco2e(unit: str) -> Fraction:
    """Return how many kgCO2e one of a printed unit is; a mass is one of CO2 equivalent."""
    target = "kg" if dimension(unit) == dimension("kg") else "kgco2e"
    return conversion(unit, target)


def _with_parents(known: Catalogue, place: str) -> Iterator[str]:
    while place:
        yield place
        place = known.places[place].parent
