"""Aggregating sorted readings to groups: the rows of a meter's month lie together, as a run.

Axes: ``reading`` within one piece of one month, sorted by meter, then time; ``group`` as in
``registers``. Where rows are sorted no table of groups need be kept while reading: a run ends
where the next meter begins. Pieces are aggregated apart and joined afterwards, for a run may go on
in the next piece.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.metering.keys import meter_month_key
from commonweal.engines.metering.registers import Groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.engines.metering.registers import Floats, Ints


def group_runs(meter: NDArray[np.integer], month: int, at_us: Ints, register: Floats) -> Groups:
    """Return the groups of one piece of a month's readings, sorted by meter, then time.

    Args:
        meter: Shape (reading,), at least one.
        month: Number of the month, January of year 0 being 0.
        at_us: Shape (reading,), microseconds since 1970.
        register: Raw registers, shape (reading,).

    >>> meter, at_us = np.array([1, 1, 4]), np.array([0, 5, 2])
    >>> found = group_runs(meter, 24_288, at_us, np.array([2.0, 3.0, 7.0]))
    >>> found.meter.tolist(), found.first.tolist(), found.last.tolist(), found.n_readings.tolist()
    ([1, 4], [2.0, 7.0], [3.0, 7.0], [2, 1])
    """
    start = np.append(0, np.flatnonzero(meter[1:] != meter[:-1]) + 1)
    end = np.append(start[1:], len(meter)) - 1
    return Groups(
        meter=meter[start].astype(np.int64),
        month=np.full(len(start), month, np.int64),
        first=register[start],
        last=register[end],
        smallest=np.minimum.reduceat(register, start),
        largest=np.maximum.reduceat(register, start),
        first_at_us=at_us[start],
        last_at_us=at_us[end],
        n_readings=end - start + 1,
    )


def groups_joined(pieces: Sequence[Groups]) -> Groups:
    """Return the groups of all pieces, those of one meter and month made one.

    Pieces come in any order; the readings of a group in one piece are all before or all after
    those of the same group in another.
    """
    if not pieces:
        none, nothing = np.zeros(0, np.int64), np.zeros(0)
        return Groups(none, none, nothing, nothing, nothing, nothing, none, none, none)
    columns = {
        f.name: np.concatenate([getattr(piece, f.name) for piece in pieces]) for f in fields(Groups)
    }
    key = meter_month_key(columns["meter"], columns["month"])
    order = np.argsort(key, kind="stable")  # a merge of runs that are sorted already
    rising = key[order]
    is_first = np.append(True, rising[1:] != rising[:-1])[: len(key)]
    if is_first.all():
        return Groups(**{name: column[order] for name, column in columns.items()})
    order = np.lexsort((columns["first_at_us"], key))
    sorted_columns = {name: column[order] for name, column in columns.items()}
    start = np.flatnonzero(is_first)
    end = np.append(start[1:], len(key)) - 1
    told = {name: column[start] for name, column in sorted_columns.items()}
    for name in ("last", "last_at_us"):
        told[name] = sorted_columns[name][end]
    for name, joined in _JOINED:
        told[name] = joined.reduceat(sorted_columns[name], start)
    return Groups(**told)


_JOINED: Final = (("smallest", np.minimum), ("largest", np.maximum), ("n_readings", np.add))
