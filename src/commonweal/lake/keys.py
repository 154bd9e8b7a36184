"""Which keys of a file were seen before, in 16 bytes a row.

A key is remembered as 96 mixed bits: 64 to search by, 32 to confirm. For ten million rows the
chance that any two different keys are taken for one is 1 in 10¹⁵.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_WORD: Final = 8
_SEARCH, _CONFIRM, _ROW = 0, 1, 2

_Array = np.ndarray[Any, Any]
_Run = tuple[_Array, _Array, _Array]


class SeenKeys:
    """Keys in sorted runs of doubling length, so that a look-up is a few binary searches."""

    def __init__(self) -> None:
        """Start with no key seen."""
        self._runs: list[_Run] = []

    def add(self, columns: Sequence[pa.Array], rows: _Array) -> _Array:
        """Remember the keys of some rows; return the row that had each first, -1 where it is new.

        Args:
            columns: The key's columns, without nulls.
            rows: int64 row numbers.
        """
        bits = [_bits(column) for column in columns]
        mixed = _mixed(bits, seed=1)
        order = np.argsort(mixed)
        if (np.diff(mixed[order]) == 0).any():  # then the order of equals matters
            order = np.argsort(mixed, kind="stable")
        search, rows = mixed[order], rows[order].astype(np.uint32)
        confirm = (_mixed(bits, seed=2)[order] >> np.uint64(32)).astype(np.uint32)
        same = (search[1:] == search[:-1]) & (confirm[1:] == confirm[:-1])
        first = np.concatenate([[True], ~same])[: len(search)]
        leader = np.maximum.accumulate(np.where(first, np.arange(len(search)), 0))
        seen = np.where(first, -1, rows[leader].astype(np.int64))
        for run in self._runs:
            at = np.minimum(np.searchsorted(run[_SEARCH], search), len(run[_SEARCH]) - 1)
            known = (run[_SEARCH][at] == search) & (run[_CONFIRM][at] == confirm)
            seen = np.where(known, run[_ROW][at], seen)
        fresh = seen < 0
        self._insert((search[fresh], confirm[fresh], rows[fresh]))
        found = np.empty_like(seen)
        found[order] = seen
        return found

    def _insert(self, run: _Run) -> None:
        if not len(run[_SEARCH]):
            return
        while self._runs and len(self._runs[-1][_SEARCH]) < 2 * len(run[_SEARCH]):
            older = self._runs.pop()
            order = np.argsort(np.concatenate([older[_SEARCH], run[_SEARCH]]), kind="stable")
            search, confirm, rows = (
                np.concatenate(pair)[order] for pair in zip(older, run, strict=True)
            )
            run = (search, confirm, rows)
        self._runs.append(run)


def _mixed(bits: Sequence[_Array], *, seed: int) -> _Array:
    mixed = np.full(len(bits[0]), seed, np.uint64)
    for column in bits:
        mixed = (mixed ^ column) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
        mixed ^= mixed >> np.uint64(31)
    return mixed


def _bits(column: pa.Array) -> _Array:
    """Return 64 bits for every value: the value itself, or a text's length and bytes, mixed."""
    if pa.types.is_string(column.type):
        return _text_bits(column)
    if pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    if not pa.types.is_floating(column.type):
        column = column.cast(pa.int64())
    return np.asarray(column).view(np.uint64)


def _text_bits(column: pa.Array) -> _Array:
    """Mix texts of one length together, eight bytes at a time: a file has millions of them."""
    _, offsets, content = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    signs = np.frombuffer(content or b"", np.uint8)
    n_bytes = np.diff(ends)
    found = np.zeros(len(column), np.uint64)
    for length in np.unique(n_bytes).tolist():
        rows = np.flatnonzero(n_bytes == length)
        padded = np.zeros((len(rows), -(-length // _WORD) * _WORD), np.uint8)
        padded[:, :length] = signs[ends[rows, None] + np.arange(length)]
        words = padded.view("<u8")
        if length:
            found[rows] = _mixed([words[:, w] for w in range(words.shape[1])], seed=length)
    return found
