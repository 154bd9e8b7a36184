"""Rows that tell of one day each (a top-up, a purchase, a trip), by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.lake.datasets import dataset_get
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import ActivityRequest


def dated_rows(
    dataset: str, columns: str, request: ActivityRequest
) -> tuple[pa.Table, NDArray[np.int64], tuple[str, ...]]:
    """Return the rows of the months and subjects asked for, in order of the dataset's key.

    Args:
        dataset: Its ``month_of`` is a day, its rows are about one kind of subject.
        columns: What to select, as SQL; the first column is the subject.
        request: Months, subjects, instant.

    Returns:
        The rows; the number of each one's month, shape (row,); the segments' hashes.
    """
    relation = read(dataset, months=request.months, as_of=request.as_of)
    order = ", ".join(dataset_get(dataset).key)
    sql = f"SELECT {columns}, month AS business_month FROM {dataset} ORDER BY {order}"  # noqa: S608 - ours
    rows = query(sql, {dataset: relation})
    rows = rows.filter(pa.array(request.asks_for(rows.column(0).to_numpy())))
    day = np.asarray(rows["business_month"].cast("int32"), dtype=np.int64).astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return rows, np.asarray(month), relation.sha256s
