"""How sure a fact is, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.compute.uncertainty import fact_uncertainty
from commonweal.kernel.disclosure.wording import percent_text, quantity_text

if TYPE_CHECKING:
    from commonweal.kernel.compute.uncertainty import Part
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.facts.models import Fact

_MOST: Final = 5
_LEAST_SHARE: Final = 0.005  # of the variance; what is less is not worth a line


@dataclass(frozen=True, slots=True)
class SurePart:
    """One source of error."""

    name: str
    is_factor: bool
    half_share: str
    variance_share: str


@dataclass(frozen=True, slots=True)
class Sureness:
    """The 95 % interval of a fact, the main sources of error, and what nobody stated."""

    low: str
    high: str
    half_share: str
    parts: tuple[SurePart, ...]
    unstated_share: str


def sureness(fact: Fact, language: Language) -> Sureness | None:
    """Return what is known of a fact's uncertainty; None where nothing is stated of any part."""
    try:
        found = fact_uncertainty(fact)
    except InputError:
        return None
    at = found.interval
    if not at.deviation:
        return None
    low, high = (
        quantity_text(Decimal(repr(value)), fact.unit, fact.decimals, language)
        for value in (at.low, at.high)
    )
    unstated = found.unstated_share
    return Sureness(
        low=low,
        high=high,
        half_share=_percent(at.half_share, language),
        parts=tuple(
            _part(part, language)
            for part in found.parts[:_MOST]
            if part.variance_share >= _LEAST_SHARE
        ),
        unstated_share=_percent(unstated, language) if unstated >= _LEAST_SHARE else "",
    )


def _part(part: Part, language: Language) -> SurePart:
    carrier = catalogue().carriers.get(part.carrier)
    name = carrier.name[language] if carrier else part.carrier
    if part.factor:
        table = catalogue().factors.get(part.factor.split("/")[0])
        name = f"{name} · {table.name[language]}" if table else part.factor
    return SurePart(
        name=name,
        is_factor=bool(part.factor),
        half_share=_percent(part.half_share, language),
        variance_share=_percent(part.variance_share, language),
    )


def _percent(share: float, language: Language) -> str:
    return percent_text(Decimal(repr(round(share, 6))), 1, language)
