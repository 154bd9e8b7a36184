"""Values into the columns of their rows, compiled."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from commonweal.domains.radio.network.pm.block import NUMBER, Array
from commonweal.engines.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_RANK = 32_767


def _place(  # noqa: PLR0917 - compiled
    rows: Array,
    names: Array,
    kinds: Array,
    values: Array,
    uses: Array,
    ratios: Array,
    ranks: Array,
    placed: Array,
) -> None:
    for value in range(len(values)):
        name = names[value]
        column = uses[name, 0] if name >= 0 else -1
        if column < 0 or kinds[value] != NUMBER:
            continue
        row, rank = rows[value], uses[name, 1]
        before = ranks[row, column]
        if rank > before:
            continue
        number = values[value] * ratios[name, 0] / ratios[name, 1]
        if rank == before and uses[name, 2]:
            number += placed[row, column]
        placed[row, column], ranks[row, column] = number, rank


@cache
def _compiled() -> Callable[..., None]:
    return kept(_place, nogil=True)


def place(
    *,
    rows: Array,
    names: Array,
    kinds: Array,
    values: Array,
    uses: Array,
    ratios: Array,
    n_rows: int,
    n_columns: int,
) -> Array:
    """Return a table of values, NaN where nothing was measured.

    Args:
        rows: Row of each value, shape (value,).
        names: Name of its counter, an index into ``uses``; negative where it has none.
        kinds: ``block.NUMBER`` where the value counts.
        values: As they came.
        uses: Column (negative: none), rank, and 1 where it adds up, of each name, shape (name, 3).
        ratios: What to multiply and then to divide by, shape (name, 2).
        n_rows: Rows of the table.
        n_columns: Its columns.

    Returns:
        Shape (row, column). Of several counters of one column the least rank counts, and among
        equals the last, or their sum.
    """
    placed = np.full((n_rows, n_columns), np.nan)
    ranks = np.full((n_rows, n_columns), _NO_RANK, np.int16)
    _compiled()(rows, names, kinds, values, uses, ratios, ranks, placed)
    return placed
