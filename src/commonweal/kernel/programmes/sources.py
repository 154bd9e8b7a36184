"""Records as activity data: each indicator that counts them is its own carrier."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from commonweal.kernel.compute.activities import Activities, activity_source, month_number
from commonweal.kernel.programmes.asof import head_at, known_rows
from commonweal.kernel.programmes.counting import Cells, count
from commonweal.kernel.programmes.figures import figures
from commonweal.kernel.programmes.registry import RecordType
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from commonweal.kernel.compute.activities import ActivityRequest
    from commonweal.kernel.programmes.asof import Head
    from commonweal.kernel.programmes.figures import Figure
    from commonweal.lake.views import Relation


@activity_source("records")
def records(request: ActivityRequest) -> Sequence[Activities]:
    """Return what every indicator counts, by node and month.

    A node and month without any record of a kind has no row: no data. Each type of record is read
    once, whatever the number of indicators that count it.
    """
    head = head_at(request.as_of)
    by_counted: dict[str, list[Figure]] = {}
    for each in figures().values():
        by_counted.setdefault(each.counted.id, []).append(each)
    found: dict[str, Cells] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    for together in by_counted.values():
        counted = together[0].counted
        if isinstance(counted, RecordType):
            found |= _counted_records(counted, together, head, request)
            inputs["events"] = (str(head),)
        else:
            for each in together:
                rows = dataset_rows(each, request)
                found[each.indicator.id] = count(each.count, rows, _months(request))
                inputs[counted.id] = tuple({*inputs.get(counted.id, ()), *rows.sha256s})
    return [_activities(found, inputs, request)]


def dataset_rows(figure: Figure, request: ActivityRequest) -> Relation:
    """Return the rows of a dataset that decide an indicator's months, and few others."""
    months = None
    if figure.count.span == "flow" and figure.date_field == figure.counted.month_of:  # type: ignore[union-attr] # a dataset
        first = _months(request)[0]
        first -= first % 12 if figure.count.is_distinct else 0
        numbers = range(first, _months(request)[-1] + 1)
        months = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return read(figure.counted.id, months=months, as_of=request.as_of)


def _counted_records(
    kind: RecordType, together: Sequence[Figure], head: Head, request: ActivityRequest
) -> dict[str, Cells]:
    rows = record_rows(kind, together, head)
    return {
        each.indicator.id: count(each.count, rows, _months(request), engine="duckdb")
        for each in together
    }


def record_rows(kind: RecordType, together: Sequence[Figure], head: Head) -> pa.Table:
    """Return the columns that these indicators look at, as known at a place in the log."""
    return known_rows(kind, sorted(frozenset().union(*(each.columns for each in together))), head)


def _months(request: ActivityRequest) -> range:
    first = month_number(request.months[0])
    return range(first, first + len(request.months))


def _activities(
    found: Mapping[str, Cells], inputs: Mapping[str, tuple[str, ...]], request: ActivityRequest
) -> Activities:
    sizes = [len(each.value) for each in found.values()]
    none = [np.zeros(0, np.int64)]
    node_id = np.concatenate([*(each.node_id for each in found.values()), *none])
    asked = request.asks_for(node_id)
    quantity = np.concatenate([*(each.value for each in found.values()), np.zeros(0)])[asked]
    return Activities(
        "node",
        node_id[asked],
        np.concatenate([*(each.month for each in found.values()), *none])[asked],
        tuple(found),
        np.repeat(np.arange(len(sizes)), sizes)[asked],
        quantity,
        np.zeros(len(quantity)),
        inputs,
        is_counted=True,
    )
