"""Small parts of making rows: texts into numbers, values into columns, relations into cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.network.pm.counters import COLUMNS, N_COUNTED

if TYPE_CHECKING:
    from commonweal.domains.radio.network.pm.block import Array
    from commonweal.lake.datasets import Column


def is_element(dn: str, element: str) -> bool:
    """Return whether an object is its managed element as a whole."""
    return not dn or element.endswith(dn) or (dn.startswith("ManagedElement=") and "," not in dn)


def number_of(text: str) -> float | None:
    """Return a long number that the quick reader left; None where it is none, or not finite."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        return None
    number = float(text)
    return number if np.isfinite(number) else None


def arrays_of(values: Array, columns: tuple[Column, ...]) -> dict[str, pa.Array]:
    """Return columns of a table of values by name, empty where they are NaN."""
    return {
        str(column.name): pa.array(np.ascontiguousarray(values[:, number]), from_pandas=True)
        for number, column in enumerate(columns)
    }


def added_up(rows: pa.Table, adds: Array) -> pa.Table:
    """Add rows of relations up to their cell's."""
    if not adds.any():
        return rows
    parts = rows.filter(pa.array(adds))
    key = ["element_dn", "cell_dn", "start_at", "duration_s"]
    numbers = [column.name for column in COLUMNS[:N_COUNTED]]
    sums = parts.group_by(key, use_threads=False).aggregate(
        [*((name, "sum") for name in numbers), ("suspect", "max"), ("source_row", "min")]
    )
    names = {f"{name}_sum": name for name in numbers}
    names |= {"suspect_max": "suspect", "source_row_min": "source_row"}
    renamed = sums.rename_columns([names.get(name, name) for name in sums.column_names])
    return pa.concat_tables([rows.filter(pa.array(~adds)), renamed.select(rows.column_names)])
