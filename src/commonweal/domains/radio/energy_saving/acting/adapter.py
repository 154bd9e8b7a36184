"""The port to whatever carries edits out: what it is asked, what it answers.

An adapter knows the cells of one schedule by their places in it. It may answer late or not at all;
whoever calls it must stay safe then. Asking for the same mode again is always allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.engines.radio.guard import Kpis
    from commonweal.engines.radio.sectors import Mode, Modes


class Answer(StrEnum):
    """What became of an edit."""

    DONE = "done"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    HANDED_OVER = "handed_over"  # written where another system fetches it; it has not answered yet


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as its element knows it."""

    cell_id: str
    element_dn: str
    cell_dn: str
    is_nr: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of mode of one cell.

    Attributes:
        place: Of the cell in its schedule.
        cell: The cell.
        mode: What it is to do.
        before: What it does now, as far as we know.
        not_before: The instant from which the change is wanted.
        key: The same for the same change, however often it is asked for.
        wake_by: Whoever carries out a sleep wakes the cell at this instant, told again or not: so
            a cell wakes even if we are gone by then.
    """

    place: int
    cell: Cell
    mode: Mode
    before: Mode
    not_before: datetime
    key: str
    wake_by: datetime | None = None

    @property
    def inverse(self) -> Edit:
        """The edit that undoes this one."""
        key = f"{self.key}/undo"
        return replace(self, mode=self.before, before=self.mode, key=key, wake_by=None)


class Adapter(Protocol):
    """What carries edits out and reports what cells do."""

    @property
    def name(self) -> str:
        """How commands and the journal call it."""

    def apply(self, edits: Sequence[Edit], *, at: datetime) -> Sequence[Answer]:
        """Carry edits out; one answer for each, in their order."""

    def state(self) -> Modes:
        """Return what each cell of the schedule does; -1 where that is not known."""

    def kpis(self, since: datetime, until: datetime) -> Kpis:
        """Return what the cells of the schedule reported of a period."""
