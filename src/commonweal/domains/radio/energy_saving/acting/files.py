"""An adapter that writes edits to a folder, for a system of the operator's own to carry out.

``<home>/radio/outbox/<plan>/<instant>-<n>.json`` holds requests with their inverses; a NETCONF
document for each element lies beside it. Whoever carries them out writes what became of them to
``acks/<anything>.json``: ``{"<key>": "done" | "refused"}``. Without an acknowledgement nothing is
taken for done, unless cells themselves report, in the lake, that they slept or did not.
"""

from __future__ import annotations

import json
import os
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from django.conf import settings

from commonweal.domains.radio.energy_saving.acting.adapter import Answer
from commonweal.domains.radio.energy_saving.acting.counted import Names, reported
from commonweal.domains.radio.energy_saving.acting.nrm import Actuator
from commonweal.domains.radio.energy_saving.acting.wire import edit_configs, patches, written
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.acting.adapter import Edit
    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.engines.radio.guard import Kpis
    from commonweal.engines.radio.sectors import Modes

_ANSWERS: Final = {"done": Answer.DONE, "refused": Answer.REFUSED}
_UNKNOWN: Final = -1


def outbox_path(plan_code: str) -> Path:
    """Return where edits of a plan are handed over."""
    return Path(settings.HOME) / "radio" / "outbox" / plan_code


class Files:
    """Hands edits over as files, and reads what became of them."""

    name = "files"

    def __init__(
        self,
        schedule: Schedule,
        folder: Path,
        *,
        release: int = 16,
        actuator: Actuator = Actuator.CONTROL,
        lag_slots: int = 1,
    ) -> None:
        """Prepare the folder.

        Args:
            schedule: Whose cells.
            folder: See ``outbox_path``.
            release: Spelling of enumerations.
            actuator: Which attribute puts a cell to sleep.
            lag_slots: How many slots late performance files come: guards judge the newest period
                that can be there.
        """
        self.schedule, self.folder = schedule, folder
        self.release, self.actuator, self.lag_slots = release, actuator, lag_slots
        (folder / "acks").mkdir(parents=True, exist_ok=True)
        self._names = Names(schedule.cells)
        self._asked: dict[str, tuple[int, Mode]] = {}
        self._reported = np.full(len(schedule.cells), _UNKNOWN, np.int8)
        self._reported_from = ""
        self._n_written = len(list(folder.glob("*.json")))
        self._recall()

    def _recall(self) -> None:
        for path in sorted(self.folder.glob("*.json")):
            for each in json.loads(path.read_text("utf-8"))["edits"]:
                place = self.schedule.place.get(each["cell"])
                if place is not None:
                    self._asked[each["key"]] = (place, Mode[each["mode"]])

    def apply(self, edits: Sequence[Edit], *, at: datetime) -> list[Answer]:
        """Write edits; none of them is done by that."""
        told = patches(edits, release=self.release, actuator=self.actuator)
        self._n_written += 1
        stem = f"{written(at).replace(':', '')}-{self._n_written:04d}"
        configs = edit_configs(edits, release=self.release, actuator=self.actuator)
        names = {e: f"{stem}-{number:04d}.xml" for number, e in enumerate(sorted(configs), 1)}
        for element, content in configs.items():
            _put(self.folder / names[element], content)
        for edit, each in zip(edits, told, strict=True):
            each["netconf"] = names.get(edit.cell.element_dn) if each["request"] else None
        document = {"plan": self.schedule.plan, "at": written(at), "edits": told}
        _put(self.folder / f"{stem}.json", json.dumps(document, indent=1).encode())
        for edit in edits:
            self._asked[edit.key] = (edit.place, edit.mode)
        return [Answer.HANDED_OVER] * len(edits)

    def state(self) -> Modes:
        """Return what each cell does; -1 where neither it nor an acknowledgement says so.

        What a cell reported of the newest period counts if nothing was asked of it since that
        period began; an acknowledgement counts otherwise, the newest for each cell.

        Raises:
            InputError: An acknowledgement is neither ``done`` nor ``refused``.
        """
        found = np.full(len(self.schedule.cells), _UNKNOWN, np.int8)
        latest: dict[int, str] = {}
        for key, answer in self._acks().items():
            if key in self._asked and answer is Answer.DONE:
                place, mode = self._asked[key]
                if _instant(key) >= latest.get(place, ""):
                    latest[place], found[place] = _instant(key), mode
        asked = {place: _instant(key) for key, (place, _mode) in sorted(self._asked.items())}
        for place in np.flatnonzero(self._reported != _UNKNOWN).tolist():
            if asked.get(place, "") <= self._reported_from:
                found[place] = self._reported[place]
        return found

    def _acks(self) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for path in sorted((self.folder / "acks").glob("*.json")):
            try:
                told = json.loads(path.read_text("utf-8"))
                found |= {key: _ANSWERS[value] for key, value in told.items()}
            except (json.JSONDecodeError, KeyError, AttributeError) as fault:
                raise InputError(
                    f"{path.name} is no acknowledgement: {fault!r}",
                    hint='write {"<key>": "done"} or "refused", under another name until whole',
                ) from fault
        return found

    def kpis(self, since: datetime, until: datetime) -> Kpis:
        """Return what cells reported of the newest period that can have arrived."""
        lag = self.lag_slots * (self.schedule.at(1) - self.schedule.at(0))
        kpis, self._reported = reported(self._names, since - lag, until - lag)
        self._reported_from = f"{(since - lag).astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return kpis


def _instant(key: str) -> str:
    """Return the instant in an edit's key, which sorts as text."""
    return key.split("/")[2]


def _put(path: Path, content: bytes) -> None:
    """Let a file appear whole, and on disk."""
    partial = path.with_suffix(f"{path.suffix}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
