"""The rules of ``rules.toml``: when a light turns, and at what rate and price measures count."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic asks for it
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from commonweal.catalogue.reading import Strict, checked, shown, toml_read
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH: Final = Path(__file__).with_name("rules.toml")
_Row = TypeVar("_Row", bound="Dated")


class Dated(Strict):
    """A rule in force from a day until the next row's."""

    valid_from: date
    source: str


class Lights(Dated):
    """How sure a forecast shall be, and how far beside the path it turns red."""

    interval_share: float
    red_margin_share: float


class Costs(Dated):
    """The discount rate of investments, and what a kilowatt-hour saved is worth."""

    discount_rate_share: float
    price_cny_kwh: float


def lights_rule(day: date) -> Lights:
    """Return the rule of warning lights on a day.

    Raises:
        InputError: None was in force yet.
    """
    return _latest(_rows("lights", Lights), day)


def costs_rule(day: date) -> Costs:
    """Return the rule of costs on a day.

    Raises:
        InputError: None was in force yet.
    """
    return _latest(_rows("costs", Costs), day)


def _latest(rows: Sequence[_Row], day: date) -> _Row:
    found = [row for row in rows if row.valid_from <= day]
    if not found:
        raise InputError(f"no rule of dual control was in force on {day}", hint="see rules.toml")
    return max(found, key=lambda row: row.valid_from)


def _rows(table: str, kind: type[_Row]) -> tuple[_Row, ...]:
    return tuple(checked(kind, row, shown(_PATH)) for row in _tables()[table])


@cache
def _tables() -> dict[str, Any]:
    return toml_read(_PATH)
