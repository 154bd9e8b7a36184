"""What energy is worth hour by hour: prices or carbon from ``<home>/radio/weights.csv``.

Columns ``place start price_cny_kwh carbon_gco2_kwh``. A place left empty is everywhere. ``start``
is a time of day (``08:00``), for every day, or of one day (``2024-12-10T08:00``), by the business
clock; a row holds until the next. A day that has rows of its own uses only these.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from django.conf import settings

from commonweal.catalogue.reading import csv_read
from commonweal.domains.radio.energy_saving.planning.policy import minute
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.engines.radio.sectors import Doubles

_COLUMNS: Final = {"price": "price_cny_kwh", "carbon": "carbon_gco2_kwh"}
_MINUTES_A_DAY: Final = 1440


def weights_path() -> Path:
    """Return where the series lies."""
    return Path(settings.HOME) / "radio" / "weights.csv"


def weights_sha256(policy: Policy) -> str:
    """Return the digest of the series that the policy uses, empty if it uses none."""
    if policy.weights == "none":
        return ""
    path = weights_path()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def weights_of(policy: Policy, day: date, place: str) -> Doubles | None:
    """Return the worth of energy by slot of a day, 1 on average; None if all hours are alike.

    Raises:
        DefinitionError: The file is missing or wrong, or tells nothing for the place.
    """
    if policy.weights == "none":
        return None
    path, column = weights_path(), _COLUMNS[policy.weights]
    if not path.exists():
        raise DefinitionError(
            f"the policy weighs energy by {policy.weights}, and {path} is missing",
            hint=f"write it with the columns place, start, {column}",
        )
    every: dict[int, float] = {}
    own: dict[int, float] = {}
    for where, row in csv_read(path):
        if row.get("place", place) != place or column not in row:
            continue
        at_day, _, clock = row.get("start", "").rpartition("T")
        try:
            value, at = float(row[column]), minute(clock)
            of_day = date.fromisoformat(at_day) if at_day else None
        except ValueError as fault:
            raise DefinitionError(f"{where}: {fault}", hint="write 08:00, and a number") from fault
        if not (0 <= value < np.inf and 0 <= at < _MINUTES_A_DAY):
            raise DefinitionError(f"{where}: {row} is out of range", hint="write 08:00, 0 or more")
        if of_day in {None, day}:
            (every if of_day is None else own)[at] = value
    return _spread(own or every, policy, f"{path} for {place} on {day}")


def _spread(values: dict[int, float], policy: Policy, where: str) -> Doubles:
    if not values:
        raise DefinitionError(f"{where} tells no {_COLUMNS[policy.weights]}")
    starts = np.array(sorted(values))
    slots = np.arange(policy.slots_a_day) * (_MINUTES_A_DAY // policy.slots_a_day)
    at = np.searchsorted(starts, slots, side="right") - 1  # -1: the day before's last row holds on
    found = np.array([values[start] for start in starts.tolist()])[at]
    if not found.mean():
        raise DefinitionError(f"{where} is nothing but zeros")
    return np.asarray(found / found.mean())
