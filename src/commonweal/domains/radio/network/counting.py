"""Counters of many cells, read as they lie and added up: no row is looked up, only its cell.

Rows of a file are sorted by cell and time, so that a cell is looked for once and all its rows
follow. The query beside it says the same in words; both agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.pieces import pieces_read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Floats
    from commonweal.lake.views import Relation

    Array = NDArray[np.generic]
    Ints = NDArray[np.int64]

_WORDS: Final = ("element_dn", "cell_dn", "suspect")
_VALUES: Final = ("volume_dl_mbit", "unavailable_s", "carrier_off_s", "deep_sleep_s")
_COLUMNS: Final = (*_WORDS, "start_at", "duration_s", *_VALUES)
_BETWEEN: Final = "\n"


class Slots(NamedTuple):
    """Slots that follow one another, and which rows tell of them."""

    begin_s: int
    slot_s: int
    n_slots: int
    asleep_share: float
    out_share: float


def pieces_add(  # noqa: PLR0917
    sums: Floats, relation: Relation, cells: pa.Table, sector: Ints, is_nr: Bools, slots: Slots
) -> int:
    """Add rows of the plain files to the sums of their sectors.

    Args:
        sums: Seconds, volume, NR's volume, NR's sleep, sleep. Shape (5, sector × slot).
        relation: Counters.
        cells: Whose are wanted, by ``element_dn`` and ``cell_dn``.
        sector: Of each cell.
        is_nr: Of each cell.
        slots: Of each sector.

    Returns:
        The longest period of a row that counts, seconds.
    """
    from commonweal.engines.radio.counted import add_counted  # noqa: PLC0415 - the compiler

    asked = _named(cells["element_dn"], cells["cell_dn"]).combine_chunks()
    elements = pc.unique(cells["element_dn"]).cast(pa.string()).to_pylist()
    longest = 0
    for piece in pieces_read(relation, _COLUMNS, words=_WORDS, among=elements):
        rows = piece.combine_chunks()
        ends, cell = _runs(rows, asked)
        volume, out_s, carrier_off_s, deep_sleep_s = (
            pc.fill_null(rows[name], 0.0).to_numpy() for name in _VALUES
        )
        found = add_counted(
            ends,
            np.where(cell >= 0, sector[cell] * slots.n_slots, -1),
            is_nr[cell],
            _is(rows["suspect"].combine_chunks(), "no"),
            rows["volume_dl_mbit"].is_valid().to_numpy(),
            rows["start_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy(),
            rows["duration_s"].to_numpy(),
            volume,
            out_s,
            carrier_off_s,
            deep_sleep_s,
            *slots,
            sums,
        )
        longest = max(longest, found)
    return longest


def _named(element: pa.ChunkedArray, cell: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = (each.cast(pa.string()) for each in (element, cell))
    return pc.binary_join_element_wise(*texts, _BETWEEN)


def _runs(rows: pa.Table, asked: pa.Array) -> tuple[Ints, Ints]:
    """Return where runs of one cell end, and which of those asked for it is; -1 for none."""
    differs = np.zeros(rows.num_rows, np.bool_)
    for name in ("element_dn", "cell_dn"):
        codes = rows[name].combine_chunks().indices.to_numpy()
        differs[:-1] |= codes[1:] != codes[:-1]
    differs[-1:] = True
    ends = np.flatnonzero(differs) + 1
    firsts = pa.array(ends - 1)
    names = _named(rows["element_dn"].take(firsts), rows["cell_dn"].take(firsts))
    found = pc.fill_null(pc.index_in(names, value_set=asked), -1)
    return ends, found.to_numpy().astype(np.int64)


def _is(words: pa.DictionaryArray, word: str) -> Bools:
    """Return where a column holds a word."""
    is_it = np.array([each == word for each in words.dictionary.to_pylist()])
    return np.asarray(is_it[words.indices.to_numpy()])
