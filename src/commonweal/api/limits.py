"""How often somebody may ask: so many requests a minute, counted by all processes together.

A process takes requests from the register in blocks, so that one request in many writes there. All
together never let more through than the limit; what a process has taken and not used when the
minute ends is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from django.db.models import F

from commonweal.api.models import Quota

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE_S: Final = 60
_BLOCKS: Final = 20  # a limit is taken in so many parts
_KEPT: Final = 10  # minutes after which a row is rubbish


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a minute; below zero, the request is one too many."""

    most: int
    n_left: int
    resets_s: int


@dataclass(slots=True)
class _Held:
    minute: int
    n_held: int
    n_beyond: int
    """What the register still had to give when this process last took some."""


_held: dict[str, _Held] = {}
_lock: Final = Lock()


def taken(holder: str, *, now: datetime, most: int) -> Left:
    """Take one request of this minute, and return what is left."""
    seconds = int(now.timestamp())
    minute, resets_s = seconds // _MINUTE_S, _MINUTE_S - seconds % _MINUTE_S
    with _lock:
        held = _held.get(holder)
        if held is None or held.minute != minute:
            held = _held[holder] = _Held(minute, 0, most)
        if held.n_held == 0 and held.n_beyond > 0:
            held.n_held, held.n_beyond = _block_take(holder, minute, most)
        if held.n_held == 0:
            return Left(most, -1, resets_s)
        held.n_held -= 1
        return Left(most, held.n_held + held.n_beyond, resets_s)


def forget() -> None:
    """Forget what this process holds, as a new one would."""
    with _lock:
        _held.clear()


def _block_take(holder: str, minute: int, most: int) -> tuple[int, int]:
    """Take a block from the register; return it, and what remains there."""
    row, is_new = Quota.objects.get_or_create(holder=holder, minute=minute, defaults={"n_taken": 0})
    if is_new:
        Quota.objects.filter(minute__lt=minute - _KEPT).delete()
        _forget_old(minute)
    block = min(max(most // _BLOCKS, 1), most - row.n_taken)
    while block > 0:
        same = Quota.objects.filter(pk=row.pk, n_taken=row.n_taken)
        if same.update(n_taken=F("n_taken") + block):
            return block, most - row.n_taken - block
        row.refresh_from_db()  # another process took some meanwhile
        block = min(block, most - row.n_taken)
    return 0, 0


def _forget_old(minute: int) -> None:
    for holder in [each for each, held in _held.items() if held.minute < minute]:
        del _held[holder]
