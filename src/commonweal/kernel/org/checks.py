"""Rules that single changes and imports share; each raises one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def code_check(code: str) -> None:
    """Refuse a code that no address and no file can carry."""
    if not _CODE.fullmatch(code):
        raise InputError(
            f"code {code!r} is not 1 to 64 letters, digits, '-' or '_'",
            hint="keep names for the name columns",
        )


def choice_check(value: str, choices: Iterable[str], what: str) -> None:
    """Refuse a value outside the list."""
    known = [str(choice) for choice in choices]
    if value not in known:
        raise InputError(f"{value!r} is no {what}", hint=f"there are: {', '.join(known)}")


def place_check(place: str) -> None:
    """Refuse a place that the catalogue does not hold: no factor could be found for it."""
    if place not in catalogue().places:
        raise InputError(
            f"place {place!r} is not in the catalogue",
            hint="write a code such as CN or CN-GD; add others in <home>/catalogue/",
        )


def carrier_check(carrier: str, unit: str) -> None:
    """Refuse an unknown carrier, and a unit that does not measure it."""
    found = catalogue().carriers.get(carrier)
    if found is None:
        raise InputError(
            f"carrier {carrier!r} is not in the catalogue",
            hint=f"there are: {', '.join(sorted(catalogue().carriers))}",
        )
    conversion(unit, found.unit)


def position_check(longitude_deg: float | None, latitude_deg: float | None) -> None:
    """Refuse half a position, and one that is not on Earth."""
    if (longitude_deg is None) != (latitude_deg is None):
        raise InputError("only one of longitude and latitude is given", hint="give both or none")
    for name, value, limit in (("longitude", longitude_deg, 180), ("latitude", latitude_deg, 90)):
        if value is not None and not -limit <= value <= limit:
            raise InputError(f"{name} {value} is not within -{limit} to {limit} degrees")


def positive_check(value: float, what: str) -> None:
    """Refuse what is not a number above 0."""
    if not 0 < value < float("inf"):
        raise InputError(f"{what} {value} is not a number above 0")


def days_check(start_date: date, end_date: date | None) -> None:
    """Refuse an empty or reversed span."""
    if end_date is not None and end_date <= start_date:
        raise InputError(
            f"the span {start_date} to {end_date} is empty or reversed",
            hint="the second day is the day after the last",
        )
