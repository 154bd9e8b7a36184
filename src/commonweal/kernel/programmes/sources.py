"""Records as activity data: each indicator that counts them is its own carrier."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.kernel.compute.activities import Activities, activity_source, month_number
from commonweal.kernel.programmes.asof import head_at, known_rows
from commonweal.kernel.programmes.clocks import clock_outcomes
from commonweal.kernel.programmes.counting import count_all
from commonweal.kernel.programmes.figures import figures
from commonweal.kernel.programmes.registry import RecordType
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import Q

    from commonweal.kernel.compute.activities import ActivityRequest
    from commonweal.kernel.programmes.asof import Head
    from commonweal.kernel.programmes.counting import Cells
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
    for each in figures(request.carriers).values():
        by_counted.setdefault(each.counted.id, []).append(each)
    found: dict[str, Cells] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    for together in by_counted.values():
        counted = together[0].counted
        if isinstance(counted, RecordType):
            rows = record_rows(counted, together, head)
            found |= _answers(together, rows, request, engine="duckdb")
            inputs["events"] = (str(head),)
        else:
            for months, alike in _by_months(together, request).items():
                relation = read(counted.id, months=months, as_of=request.as_of)
                found |= _answers(alike, relation, request)
                inputs[counted.id] = tuple({*inputs.get(counted.id, ()), *relation.sha256s})
    return [_activities(found, inputs, request)]


def _answers(
    together: Sequence[Figure],
    rows: Relation | pa.Table,
    request: ActivityRequest,
    engine: str = "",
) -> dict[str, Cells]:
    if not (rows.num_rows if isinstance(rows, pa.Table) else rows.n_rows):
        return {}
    asked = {each.indicator.id: each.count for each in together}
    return count_all(asked, rows, _months(request), engine=engine)


def _by_months(
    together: Sequence[Figure], request: ActivityRequest
) -> Mapping[tuple[date, ...] | None, Sequence[Figure]]:
    """Group figures by the months of their dataset that decide about them; None is all."""
    found: dict[tuple[date, ...] | None, list[Figure]] = {}
    for each in together:
        months = None
        if each.is_by_month:
            first = _months(request)[0]
            first -= first % 12 if each.count.is_distinct else 0
            numbers = range(first, _months(request)[-1] + 1)
            months = tuple(date(number // 12, number % 12 + 1, 1) for number in numbers)
        found.setdefault(months, []).append(each)
    return found


def record_rows(
    kind: RecordType,
    together: Sequence[Figure],
    head: Head,
    *also: str,
    within: Q | None = None,
) -> pa.Table:
    """Return the columns that these indicators look at, as known at a place in the log."""
    clocks = sorted({each.clock for each in together if each.clock})
    key = ("id",) if clocks else ()
    names = frozenset().union(*(each.columns for each in together), also, key)
    rows = known_rows(kind, sorted(names), head, within=within)
    for clock in clocks:
        ids, outcome = clock_outcomes(kind, clock, head=head)
        rows = rows.append_column(f"clock_{clock}", outcome.take(pc.index_in(rows["id"], ids)))
    return rows


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
