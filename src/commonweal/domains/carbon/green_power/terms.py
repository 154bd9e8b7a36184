"""Rules of green power, from ``terms.toml``: validity, vintage, markets, and rules of places."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from commonweal.catalogue import catalogue
from commonweal.catalogue.reading import Strict, Texts, checked, shown, toml_read
from commonweal.errors import DefinitionError
from commonweal.periods import month_add

if TYPE_CHECKING:
    from commonweal.domains.carbon.green_power.models import Contract


class Validity(Strict):
    """Until when certificates of some months may be claimed."""

    generated_from: date
    generated_until: date
    months: int
    at_least_until: date = date.min
    known_from: date
    source: str
    status: str


class Vintage(Strict):
    """How far from the year of use generation may lie, by scheme."""

    scheme: str
    from_year: int
    months_before: int
    months_after: int
    source: str
    status: str


class Market(Strict):
    """Places whose certificates serve one another."""

    id: str
    root: str
    without: Texts = ()
    source: str
    status: str


class Regional(Strict):
    """A place that accounts power bought on the market in its own way."""

    place: str
    kinds: Texts
    from_year: int
    factor: str
    source: str
    status: str


class Terms(Strict):
    """All of them, in the order of the file."""

    validity: Annotated[tuple[Validity, ...], Field(strict=False)]
    vintages: Annotated[tuple[Vintage, ...], Field(strict=False)]
    markets: Annotated[tuple[Market, ...], Field(strict=False)]
    regional: Annotated[tuple[Regional, ...], Field(strict=False)]


@cache
def terms() -> Terms:
    """Return the rules.

    Raises:
        DefinitionError: The file is wrong.
    """
    path = Path(__file__).with_name("terms.toml")
    return checked(Terms, toml_read(path), shown(path))


def valid_until(generated_month: date) -> date:
    """Return the first day on which power generated in a month can no longer be claimed.

    Raises:
        DefinitionError: No rule covers the month.

    >>> valid_until(date(2024, 3, 1)), valid_until(date(2023, 1, 1))
    (datetime.date(2026, 3, 1), datetime.date(2026, 1, 1))
    """
    for rule in terms().validity:
        if rule.generated_from <= generated_month < rule.generated_until:
            return max(month_add(generated_month, rule.months), rule.at_least_until)
    raise DefinitionError(
        f"no rule says how long certificates of {generated_month:%Y-%m} are valid",
        hint="append one to terms.toml of green_power, with its source",
    )


def vintage_window(scheme: str, use_year: int) -> tuple[date, date]:
    """Return from which day until which (excluded) power used in a year may be generated.

    Raises:
        DefinitionError: No rule covers scheme and year.
    """
    rules = [each for each in terms().vintages if each.scheme == scheme]
    for rule in reversed(rules):
        if rule.from_year <= use_year:
            first, after = date(use_year, 1, 1), date(use_year + 1, 1, 1)
            return month_add(first, -rule.months_before), month_add(after, rule.months_after)
    raise DefinitionError(
        f"no rule says which generation counts for {scheme} in {use_year}",
        hint="append one to terms.toml of green_power, with its source",
    )


def market_of(place: str) -> str:
    """Return the market of a place; one that no market names is its own.

    >>> market_of("CN-BJ"), market_of("CN-HK")
    ('mainland', 'CN-HK')
    """
    above = _with_parents(place)
    for market in terms().markets:
        if market.root in above and not set(above) & set(market.without):
            return market.id
    return place


def regional_rule(contract: Contract, place: str, use_year: int) -> Regional | None:
    """Return the rule by which the place of use accounts power of a contract in its own way."""
    above = _with_parents(place)
    rules = [each for each in terms().regional if each.place in above]
    for rule in reversed(rules):
        if rule.from_year <= use_year and contract.kind in rule.kinds:
            return rule
    return None


def _with_parents(place: str) -> list[str]:
    known, found = catalogue().places, []
    while place:
        found.append(place)
        place = known[place].parent if place in known else ""
    return found
