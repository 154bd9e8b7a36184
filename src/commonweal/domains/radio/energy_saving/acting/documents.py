"""A plan as a document of network resource models, and the modes that a document says."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np

from commonweal.domains.radio.energy_saving.acting.adapter import Edit
from commonweal.domains.radio.energy_saving.acting.nrm import (
    Actuator,
    attributes,
    energy_saving_state,
    function,
    is_asleep,
    not_allowed,
    target,
)
from commonweal.domains.radio.energy_saving.acting.wire import written
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonweal.domains.radio.energy_saving.acting.adapter import Cell
    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.engines.radio.guard import Limits
    from commonweal.engines.radio.sectors import Modes

FORMAT = "commonweal-nrm-1"


def periods_of(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the periods of a plan's policy in which nothing sleeps, in UTC.

    Those of one node alone are left out: a document has one list for all cells, and the plan keeps
    to them anyway.
    """
    found = []
    for each in policy.get("not_allowed", ()):
        if each.get("node"):
            continue
        first, last = (_clock(each[name]) for name in ("from", "until"))
        days = sorted(each.get("weekdays") or range(1, 8))
        weekdays = [] if days == list(range(1, 8)) else [day - 1 for day in days]
        found.append(not_allowed(first, last, weekdays))
    return found


def _clock(written_as: str) -> time:
    return time.fromisoformat("00:00" if written_as == "24:00" else written_as)


def plan_document(
    schedule: Schedule,
    *,
    limits: Limits,
    periods: Sequence[Mapping[str, Any]] = (),
    release: int = 16,
    actuator: Actuator = Actuator.CONTROL,
) -> dict[str, Any]:
    """Return a plan as managed functions and their changes, a list entry for each cell it touches.

    JSON is YAML, too: the document serves as both.

    Args:
        schedule: The plan.
        limits: The guards, for the threshold sets.
        periods: ``esNotAllowedTimePeriod``, in UTC.
        release: Spelling of enumerations: 16 or 19.
        actuator: Which attribute puts a cell to sleep; the other is given as the fallback.
    """
    same = function(limits, periods)
    cells = []
    for place in np.flatnonzero(schedule.is_acted).tolist():
        cell = schedule.cells[place]
        changes = [
            _change(cell, Mode(mode), at, release=release, actuator=actuator)
            for at, mode in _runs(schedule, place)
        ]
        entry: dict[str, Any] = {"cell": cell.cell_id, "object": target(cell, actuator)}
        if cell.is_nr and actuator is Actuator.CONTROL:
            entry["CESManagementFunction"] = same
            entry["fallbackObject"] = target(cell, Actuator.STATE)
        cells.append({**entry, "changes": changes})
    return {
        "format": FORMAT,
        "plan": schedule.plan,
        "release": release,
        "timeZone": "UTC",
        "slotSeconds": schedule.slot_s,
        "from": written(schedule.start_at),
        "until": written(schedule.end_at),
        "DESManagementFunction": function(limits, periods, distributed=True),
        "cells": cells,
    }


def _runs(schedule: Schedule, place: int) -> Iterable[tuple[datetime, int]]:
    """Yield the instants at which a cell's mode changes, the first slot and the end included."""
    modes = np.append(schedule.mode[place], Mode.ON)
    changed = np.flatnonzero(np.append(True, modes[1:] != modes[:-1]))
    for slot in changed.tolist():
        yield schedule.at(slot), int(modes[slot])


def _change(
    cell: Cell, mode: Mode, at: datetime, *, release: int, actuator: Actuator
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "notBefore": written(at),
        "mode": mode.name,
        "attributes": attributes(cell, mode, release=release, actuator=actuator),
        "energySavingState": energy_saving_state(mode, release),
    }
    if cell.is_nr and actuator is Actuator.CONTROL:
        found["fallback"] = attributes(cell, mode, release=release, actuator=Actuator.STATE)
    return found


def modes_of(document: Mapping[str, Any]) -> dict[str, Modes]:
    """Return what each cell of a document does in each slot; of either release's spelling.

    Raises:
        InputError: It is no such document, or a change contradicts its own attributes.
    """
    if document.get("format") != FORMAT:
        raise InputError(f"format {document.get('format')!r} is not {FORMAT}")
    first, last = _instant(document["from"]), _instant(document["until"])
    slot_s = int(document["slotSeconds"])
    n_slots = int((last - first).total_seconds()) // slot_s
    found = {}
    for entry in document["cells"]:
        modes = np.full(n_slots, Mode.ON, np.int8)
        for change in entry["changes"]:
            slot = int((_instant(change["notBefore"]) - first).total_seconds()) // slot_s
            modes[slot:] = _mode(entry["cell"], change)
        found[entry["cell"]] = modes
    return found


def _mode(cell_id: str, change: Mapping[str, Any]) -> Mode:
    mode = Mode[change["mode"]]
    for value in {**change["attributes"], "": change["energySavingState"]}.values():
        if is_asleep(value) != (mode >= Mode.CARRIER_OFF):
            raise InputError(
                f"{cell_id} at {change['notBefore']}: {value} contradicts mode {mode.name}"
            )
    return mode


def _instant(written_as: str) -> datetime:
    return datetime.fromisoformat(written_as).astimezone(UTC)


def plan_edits(schedule: Schedule) -> list[Edit]:
    """Return every edit of a plan that goes without a hitch, in the order of time."""
    found = []
    for place in np.flatnonzero(schedule.is_acted).tolist():
        cell, before = schedule.cells[place], Mode.ON
        for at, number in _runs(schedule, place):
            mode = Mode(number)
            if mode is not before:
                key = f"{schedule.plan}/{cell.cell_id}/{at:%Y%m%dT%H%M%SZ}/{mode.name}"
                wake_by = schedule.wakes_at(place, schedule.slot(at)) if mode > before else None
                found.append(Edit(place, cell, mode, before, at, key, wake_by))
            before = mode
    return sorted(found, key=lambda edit: (edit.not_before, edit.mode, edit.place))
