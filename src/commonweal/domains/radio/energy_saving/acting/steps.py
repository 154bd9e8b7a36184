"""What a step of acting is told, what it asks, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from commonweal.engines.radio.guard import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.engines.radio.sectors import Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How carefully we act.

    Attributes:
        limits: When guards trip.
        stay_on_s: How long a cell stays on that load woke (TS 38.300, 15.4.3).
        hold_h: How long a cell is held that a guard woke.
        n_tries: Edits without success before a cell is told, and held.
    """

    limits: Limits = field(default_factory=Limits)
    stay_on_s: int = 3600
    hold_h: int = 24
    n_tries: int = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cell that somebody must look at."""

    place: int
    code: str
    """``does_not_wake``, ``refuses_to_sleep``, or the name of a guard's reason."""
    witness: int
    value: float | None
    limit: float | None


class Outside(Protocol):
    """What a step asks of the register."""

    def is_stopped(self, at: datetime) -> bool:
        """Whether somebody stopped the plan."""

    def held(self, at: datetime) -> Bools:
        """Which cells are held awake. Shape (cell,)."""

    def troubled(self, troubles: Sequence[Trouble], at: datetime) -> Sequence[str]:
        """Hold these cells and tell of them; return codes of holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step did, for people and the journal."""

    at: datetime
    slot: int
    is_stopped: bool
    n_held: int
    n_woken: int
    n_slept: int
    n_deferred: int
    n_asleep: int
    answers: dict[str, int]
    woken_by: dict[str, int]
    troubles: tuple[Trouble, ...]
    holds: tuple[str, ...]
