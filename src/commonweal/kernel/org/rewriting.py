"""Writing bitemporal rows: a span is changed by closing rows and appending others.

    known before   [────────── A ──────────)
    change from                [── B ──)
    known after    [──── A ────)[── B ──)[── A ─)

The old row stays and is read by every ``as_of`` before the change.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final, TypeVar

from commonweal.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from commonweal.kernel.org.models import Span

S = TypeVar("S", bound="Span")
_BATCH_ROWS: Final = 2_000


def earliest(*days: date | None) -> date | None:
    """Return the earliest day; ``None`` stands for no end."""
    return min((day for day in days if day is not None), default=None)


def covers(row: Span, day: date) -> bool:
    """Return whether the row holds on ``day``."""
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def meets(row: Span, start_date: date, end_date: date | None) -> bool:
    """Return whether the row holds on some day of the half-open span."""
    return (row.valid_to is None or start_date < row.valid_to) and (
        end_date is None or row.valid_from < end_date
    )


def spans_rewrite(
    rows: Iterable[S],
    *,
    start_date: date,
    end_date: date | None,
    changes: Mapping[str, object] | None,
    now: datetime,
) -> None:
    """Change rows from one day up to, not including, another; ``None`` as changes ends them.

    Args:
        rows: Current rows of one table; those outside the span are left alone.
        start_date: First day of the change.
        end_date: The day after its last day; ``None`` has no end.
        changes: Fields of the changed part.
        now: When it is recorded.

    Raises:
        StateError: A row was recorded after ``now``.
    """
    touched = [row for row in rows if meets(row, start_date, end_date)]
    if not touched:
        return
    if late := next((row for row in touched if row.recorded_at > now), None):
        raise StateError(
            f"{late} was recorded at {late.recorded_at.isoformat()}, after {now.isoformat()}",
            hint="set the clock right; what is known only grows",
        )
    parts: list[S] = []
    for row in touched:
        if row.valid_from < start_date:
            parts.append(_part(row, row.valid_from, start_date, {}, now))
        if end_date is not None and (row.valid_to is None or end_date < row.valid_to):
            parts.append(_part(row, end_date, row.valid_to, {}, now))
        if changes is not None:
            start, end = max(row.valid_from, start_date), earliest(row.valid_to, end_date)
            parts.append(_part(row, start, end, changes, now))
    _close(touched, now)
    type(touched[0])._default_manager.bulk_create(parts, batch_size=_BATCH_ROWS)  # noqa: SLF001 - its public name


def _part(
    row: S, start_date: date, end_date: date | None, changes: Mapping[str, object], now: datetime
) -> S:
    part = copy(row)
    part._state = copy(row._state)  # noqa: SLF001 - a new row of the same table
    part.pk, part._state.adding = None, True  # noqa: SLF001
    part.valid_from, part.valid_to = start_date, end_date
    part.recorded_at, part.superseded_at = now, None
    for name, value in changes.items():
        setattr(part, name, value)
    return part


def _close(rows: Sequence[Span], now: datetime) -> None:
    manager = type(rows[0])._default_manager  # noqa: SLF001 - its public name
    for first in range(0, len(rows), _BATCH_ROWS):
        keys = [row.pk for row in rows[first : first + _BATCH_ROWS]]
        manager.filter(pk__in=keys).update(superseded_at=now)
