"""Rows of a linear programme, gathered block by block, and given to HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Rows:
    """Sparse rows with their limits."""

    n: int = 0
    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)

    def extend(self, low: Floats, high: Floats) -> slice:
        """Add empty rows; return where they lie."""
        self.low.append(np.asarray(low, float))
        self.high.append(np.asarray(high, float))
        self.n += len(low)
        return slice(self.n - len(low), self.n)

    def put(self, row: Ints, column: Ints, value: Floats) -> None:
        """Put values into rows that exist; those at one place add up nowhere: give each once."""
        self.row.append(np.asarray(row, np.int64))
        self.column.append(np.asarray(column, np.int64))
        self.value.append(np.asarray(value, float))

    def put_block(self, at: slice, block: Floats, first_column: int = 0) -> None:
        """Put a dense ``[column, row]`` block into rows."""
        column, row = np.nonzero(block)
        self.put(at.start + row, first_column + column, block[column, row])

    def limits(self) -> tuple[Floats, Floats]:
        """Return the least and the most of every row."""
        return np.concatenate(self.low), np.concatenate(self.high)

    def lp(self, cost: Floats, lower: Floats, upper: Floats) -> highspy.HighsLp:
        """Return the programme with these columns."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(cost), self.n
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
        model.row_lower_, model.row_upper_ = self.limits()
        row, column, value = (np.concatenate(x) for x in (self.row, self.column, self.value))
        order = np.lexsort((column, row))
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.searchsorted(row[order], np.arange(self.n + 1)).astype(np.int32)
        matrix.index_ = column[order].astype(np.int32)
        matrix.value_ = value[order]
        return model
