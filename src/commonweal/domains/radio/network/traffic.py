"""What sectors carried, slot by slot, told by the counters of their cells.

Axes: sector × day × slot; days are business days, rates Mbit/s of the downlink. A sector's slot is
known if all of its cells tell of it: one that is missing could have carried anything. A cell that
says it slept carried nothing, so the sector's total holds; but what its users asked of NR went to
LTE, so the slot tells nothing of how traffic divides between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.network.counting import Slots, pieces_add
from commonweal.errors import InputError
from commonweal.lake.pieces import can_read_pieces
from commonweal.lake.query import query_batches
from commonweal.lake.views import read
from commonweal.periods import business_midnight, month_add

if TYPE_CHECKING:
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools, Floats
    from commonweal.lake.views import Relation

    Ints = NDArray[np.int64]

_SQL: Final = resources.files("commonweal.domains.radio.network") / "queries" / "traffic.sql"
_DAY_S: Final = 86400
REPORTED_SHARE: Final = 0.9
"""Of the seconds of all cells: a slot with less is unknown."""
_ASLEEP_SHARE: Final = 0.95
_OUT_SHARE: Final = 0.1
_SLEPT_SHARE: Final = 0.05
_PRIOR_SLOTS: Final = 2.0
"""How many slots of a sector's mean its share of NR over the day is worth to one slot."""


@dataclass(frozen=True, slots=True)
class History:
    """What sectors carried.

    Attributes:
        first_date: Of the first day.
        total_mbit_s: NaN where not known. Shape (sector, day, slot).
        nr_share: Of the traffic, what NR carried while none of it slept. Shape (sector, slot).
        known_share: Of the slots. Shape (sector,).
        sha256s: Digests of the files it was read from.
    """

    first_date: date
    total_mbit_s: Floats
    nr_share: Floats
    known_share: Floats
    sha256s: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """Slots of some business days."""

    first_date: date
    n_days: int
    slots_a_day: int

    @property
    def slot_s(self) -> int:
        return _DAY_S // self.slots_a_day

    @property
    def begin_at(self) -> datetime:
        return business_midnight(self.first_date)

    @property
    def end_at(self) -> datetime:
        return business_midnight(self.first_date + timedelta(self.n_days))

    @property
    def months(self) -> list[date]:
        month, last = self.first_date.replace(day=1), self.first_date + timedelta(self.n_days - 1)
        found = []
        while month <= last:
            found.append(month)
            month = month_add(month, 1)
        return found


def history(
    network: Grid,
    *,
    until_date: date,
    n_days: int = 28,
    slots_a_day: int = 24,
    as_of: datetime | None = None,
) -> History:
    """Return what the sectors of a network carried on the days before a date.

    Args:
        network: The sectors, as they are now; what their cells carried before they were moved
            counts where they are.
        until_date: The first day that is not wanted.
        n_days: How many days.
        slots_a_day: 24 or 96; reports may be shorter than a slot, not longer.
        as_of: What was known then; None is now.

    Raises:
        InputError: A report is longer than a slot, or the arguments fit no days.
    """
    if n_days < 1 or slots_a_day not in {24, 96}:
        raise InputError(f"{n_days} days of {slots_a_day} slots", hint="1 day or more, 24 or 96")
    span = _Span(until_date - timedelta(n_days), n_days, slots_a_day)
    relation = read("cell_counters", months=span.months, as_of=as_of)
    shape = (network.n_sectors, n_days, slots_a_day)
    sums = np.zeros((5, network.n_sectors * n_days * slots_a_day), np.float32)
    if relation.n_rows and network.n_sectors:
        _add_all(sums, relation, network, span)
    seconds, volume, nr_volume, nr_slept_s, slept_s = sums.reshape(5, *shape)
    n_cells = np.bincount(network.cell_sector, minlength=network.n_sectors).astype(np.float32)
    told_s = seconds / np.maximum(n_cells, 1)[:, None, None]  # of a mean cell
    known = told_s >= REPORTED_SHARE * span.slot_s
    # where all of its cells slept at once its users went to a neighbour
    known &= slept_s <= (n_cells[:, None, None] - 1 + _SLEPT_SHARE) * span.slot_s
    total = np.full(shape, np.nan, np.float32)
    np.divide(volume, told_s, out=total, where=known)
    n_nr = np.bincount(network.cell_sector, _cell_is_nr(network), network.n_sectors)
    awake = known & (nr_slept_s <= _SLEPT_SHARE * span.slot_s * n_nr[:, None, None])
    return History(
        first_date=span.first_date,
        total_mbit_s=total,
        nr_share=_nr_share(np.where(awake, volume, 0), np.where(awake, nr_volume, 0)),
        known_share=known.mean(axis=(1, 2), dtype=np.float32),
        sha256s=relation.sha256s,
    )


def slots_reported(network: Grid, *, until_date: date, as_of: datetime | None = None) -> int:
    """Return 96 where all reports of the day before a date are of 15 minutes or less; else 24."""
    span = _Span(until_date - timedelta(1), 1, 24)
    relation = read("cell_counters", months=span.months, as_of=as_of)
    longest = 0
    if relation.n_rows and network.n_sectors:
        sql = _SQL.read_text("utf-8").format(**_terms(network, span))
        for batch in query_batches(sql, {"cell_counters": relation, "asked": _asked(network)}):
            longest = max(longest, *batch["duration_s"].to_numpy().tolist())
    return 96 if 0 < longest <= _DAY_S // 96 else 24


def _asked(network: Grid) -> pa.Table:
    columns = {name: network.cells[name].cast(pa.string()) for name in ("element_dn", "cell_dn")}
    return pa.table({"cell": np.arange(network.cells.num_rows, dtype=np.int32)} | columns)


def _terms(network: Grid, span: _Span) -> dict[str, object]:
    """Return what the query says; elements' bounds let it pass over files of others."""
    elements = network.cells["element_dn"].cast(pa.string()).to_pylist()
    return {
        "begin": span.begin_at.replace(tzinfo=None).isoformat(sep=" "),
        "end": span.end_at.replace(tzinfo=None).isoformat(sep=" "),
        "least": min(elements).replace("'", "''"),
        "greatest": max(elements).replace("'", "''"),
        "asleep_share": _ASLEEP_SHARE,
        "out_share": _OUT_SHARE,
    }


def _cell_is_nr(network: Grid) -> Bools:
    return np.asarray(network.is_nr[network.cell_sector, network.cell_layer])


def _add_all(sums: Floats, relation: Relation, network: Grid, span: _Span) -> None:
    """Add all rows: of plain files as they lie, of those that correct one another by a query."""
    if can_read_pieces():
        slots = Slots(
            begin_s=int(span.begin_at.timestamp()),
            slot_s=span.slot_s,
            n_slots=span.n_days * span.slots_a_day,
            asleep_share=_ASLEEP_SHARE,
            out_share=_OUT_SHARE,
        )
        is_nr = _cell_is_nr(network)
        _refuse_longer(
            pieces_add(sums, relation, network.cells, network.cell_sector, is_nr, slots), span
        )
        relation = relation.layered
    if relation.files:
        sql = _SQL.read_text("utf-8").format(**_terms(network, span))
        for batch in query_batches(sql, {"cell_counters": relation, "asked": _asked(network)}):
            _add(sums, batch, network, span)


def _refuse_longer(duration_s: int, span: _Span) -> None:
    if duration_s > span.slot_s:
        raise InputError(
            f"a report is of {duration_s} s, longer than a slot of {span.slot_s} s",
            hint="ask for 24 slots a day",
        )


def _add(sums: Floats, batch: pa.RecordBatch, network: Grid, span: _Span) -> None:
    """Add rows to the sums, as ``history`` names them; a row counts where its middle lies."""
    duration_s = batch["duration_s"].to_numpy()
    _refuse_longer(duration_s.max(initial=0), span)
    start_s = batch["start_at"].cast("timestamp[us]").cast("int64").to_numpy() // 1_000_000
    begin_s = int(span.begin_at.timestamp())
    n_slots = span.n_days * span.slots_a_day
    slot = np.clip((start_s - begin_s + duration_s // 2) // span.slot_s, 0, n_slots - 1)
    cell = batch["cell"].to_numpy()
    at = network.cell_sector[cell] * n_slots + slot
    volume, slept_s = batch["volume_mbit"].to_numpy(), batch["slept_s"].to_numpy()
    is_nr = _cell_is_nr(network)[cell]
    for total, values in zip(
        sums, (duration_s, volume, volume * is_nr, slept_s * is_nr, slept_s), strict=True
    ):
        np.add.at(total, at, values.astype(np.float32))


def _nr_share(total: Floats, nr: Floats) -> Floats:
    """Return NR's share by slot, drawn to that of the sector's day, and that to the network's."""
    of_slot, nr_of_slot = total.sum(axis=1), nr.sum(axis=1)
    of_day, nr_of_day = of_slot.sum(axis=1, keepdims=True), nr_of_slot.sum(axis=1, keepdims=True)
    everywhere = float(nr_of_day.sum()) / max(float(of_day.sum()), 1e-9)
    share = np.full_like(of_day, everywhere)
    np.divide(nr_of_day, of_day, out=share, where=of_day > 0)
    prior = of_day / total.shape[1] / total.shape[2] * _PRIOR_SLOTS
    found = np.repeat(share, total.shape[2], axis=1)
    np.divide(nr_of_slot + prior * share, of_slot + prior, out=found, where=of_slot + prior > 0)
    return found.astype(np.float32)
