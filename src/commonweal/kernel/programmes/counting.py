"""Counting rows by organisation node and month: one query of portable SQL for an indicator.

A flow's rows count in one month; a cumulative figure's from their month on; a stock's on the last
day of every month that lies between two days. All are *spans of months*: the query groups rows by
node and span, however many there are, and what is left is added up here in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.lake.query import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from fractions import Fraction

    from numpy.typing import NDArray

    from commonweal.lake.views import Relation

ROWS: Final = "counted"
_SHIFT: Final = 2**32  # a month and a node in one number, so that the least is the first
_DECIMALS: Final = 6  # of a summand; finer ones are refused where definitions are checked
_EXACT: Final = Context(prec=60)
_FOREVER: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What to count, as SQL over the columns of ``counted``.

    Attributes:
        node: Node of a row.
        first_day: Day whose month a row counts in, or from; rows without one count nowhere.
        last_day: Day on whose month's last day a row of a stock counts no more; may be NULL.
        value: What is summed or told apart; empty counts rows.
        exists: Which rows there are at all: where none is, there is no data.
        fits: Which of them count.
        span: ``flow``, ``cumulative`` or ``stock``.
        is_distinct: Whether equal values count once.
        scale: From the unit of the value to the indicator's.
    """

    node: str
    first_day: str
    last_day: str = ""
    value: str = ""
    exists: str = "TRUE"
    fits: str = "TRUE"
    span: str = "flow"
    is_distinct: bool = False
    scale: Fraction


@dataclass(frozen=True, slots=True)
class Cells:
    """Values by node and month where there are rows; arrays of shape (cell,)."""

    node_id: NDArray[np.int64]
    month: NDArray[np.int64]
    value: NDArray[np.float64]


def count_all(
    asked: Mapping[str, Count], rows: Relation | pa.Table, months: range, *, engine: str = ""
) -> dict[str, Cells]:
    """Answer several questions about one dataset, or table in memory, in one query.

    Args:
        asked: What to count, by a name of the caller's.
        rows: The dataset's rows as known at an instant, or a table.
        months: Months by number, in a row.
        engine: As ``lake.query`` takes it.
    """
    sql = " UNION ALL ".join(
        f"SELECT {i} AS question, node_id, begins, ends, n_rows,"  # noqa: S608 - ours
        f" CAST(quantity AS DECIMAL(38, {_DECIMALS})) AS quantity"
        f" FROM ({_sql(what, months)}) AS q{i}"
        for i, what in enumerate(asked.values())
    )
    calendar = pa.table({"month": pa.array(months, pa.int64())})
    found = query(sql, {ROWS: rows, "asked": calendar}, engine=engine or None)
    question = found["question"].to_numpy()
    return {
        name: _spread(what, found.filter(pa.array(question == i)), months)
        for i, (name, what) in enumerate(asked.items())
    }


def month_sql(day: str) -> str:
    """Return the number of a day's month as SQL."""
    return f"CAST(EXTRACT(YEAR FROM {day}) * 12 + EXTRACT(MONTH FROM {day}) - 1 AS BIGINT)"


def rows_sql(what: Count, months: range, *also: str) -> str:
    """Return the rows that decide about these months, as SQL.

    ``node_id begins ends fits value`` and ``also``; ``begins`` and ``ends`` are numbers of months,
    the second that of the first month in which a row counts no more, NULL if it lasts.
    """
    lowest = months[0] if what.span == "flow" else 0
    if what.is_distinct and what.span == "flow":
        lowest -= (
            lowest % 12
        )  # the first occurrence in the year may lie before the months asked for
    ends = month_sql(what.last_day) if what.last_day else "CAST(NULL AS BIGINT)"
    value = what.value or "1"
    if what.value and not what.is_distinct:
        value = f"CAST({value} AS DECIMAL(28, {_DECIMALS}))"
    more = "".join(f", {each}" for each in also)
    return f"""
    SELECT * FROM (
        SELECT CAST({what.node} AS BIGINT) AS node_id, {month_sql(what.first_day)} AS begins,
            {ends} AS ends, ({what.fits}) AS fits, {value} AS value{more}
        FROM {ROWS} WHERE {what.first_day} IS NOT NULL AND ({what.exists})
    ) AS dated WHERE begins >= {lowest} AND begins <= {months[-1]}"""  # noqa: S608 - ours


def _sql(what: Count, months: range) -> str:
    """Return rows of (node, month from, month until, number of rows, quantity)."""
    rows = rows_sql(what, months)
    return _distinct_sql(what, rows) if what.is_distinct else _summed_sql(rows)


def _summed_sql(rows: str) -> str:
    return f"""
    SELECT node_id, begins, ends, COUNT(*) AS n_rows, SUM(CASE WHEN fits THEN value END) AS quantity
    FROM ({rows}) AS spans GROUP BY node_id, begins, ends"""  # noqa: S608 - ours


def _distinct_sql(what: Count, rows: str) -> str:
    """Return rows as above: all of them without quantity, and first occurrences as one each."""
    if what.span == "stock":
        firsts = f"""
    SELECT MIN(month * {_SHIFT} + node_id) AS place, month + 1 AS ends
    FROM ({rows}) AS spans JOIN asked ON begins <= month AND (ends IS NULL OR ends > month)
    WHERE fits AND value IS NOT NULL GROUP BY value, month"""  # noqa: S608 - ours
    else:
        year = ", FLOOR(begins / 12)" if what.span == "flow" else ""
        firsts = f"""
    SELECT MIN(begins * {_SHIFT} + node_id) AS place, CAST(NULL AS BIGINT) AS ends
    FROM ({rows}) AS spans WHERE fits AND value IS NOT NULL GROUP BY value{year}"""  # noqa: S608
    return f"""
    SELECT node_id, begins, CAST(NULL AS BIGINT) AS ends, COUNT(*) AS n_rows, 0 AS quantity
    FROM ({rows}) AS spans GROUP BY node_id, begins
    UNION ALL
    SELECT place % {_SHIFT}, CAST(FLOOR(place / {_SHIFT}) AS BIGINT), ends, 0, COUNT(*)
    FROM ({firsts}) AS firsts GROUP BY place, ends"""  # noqa: S608


def _spread(what: Count, found: pa.Table, months: range) -> Cells:
    """Add the groups up over the months that their spans cover; exact until the last step."""
    begin, n_months = months[0], len(months)
    nodes, node = np.unique(found["node_id"].to_numpy().astype(np.int64), return_inverse=True)
    begins = found["begins"].to_numpy().astype(np.int64)
    ends = found["ends"].cast(pa.int64()).fill_null(_FOREVER).to_numpy()
    once = begins + 1
    if what.span == "flow":
        ends = once
    n_rows = found["n_rows"].to_numpy().astype(np.int64)
    quantity = np.array([_whole(q) for q in found["quantity"].to_pylist()], dtype=object)

    enter = np.clip(begins - begin, 0, n_months)
    leave = np.clip(ends - begin, enter, n_months)
    total = np.zeros((len(nodes), n_months + 1), dtype=object)
    np.add.at(total, (node, enter), quantity)
    np.subtract.at(total, (node, leave), quantity)
    total = np.cumsum(total, axis=1)[:, :-1]
    seen = np.zeros((len(nodes), n_months + 1), dtype=np.int64)
    lasting = once if what.span == "flow" else np.full(len(once), _FOREVER)
    np.add.at(seen, (node, enter), n_rows)
    np.subtract.at(seen, (node, np.clip(lasting - begin, enter, n_months)), n_rows)
    at, month = np.nonzero(np.cumsum(seen, axis=1)[:, :-1])
    scale, one = what.scale.numerator, what.scale.denominator * 10**_DECIMALS
    value = [total[i, j] * scale / one for i, j in zip(at.tolist(), month.tolist(), strict=True)]
    return Cells(nodes[at], month.astype(np.int64) + begin, np.array(value, dtype=np.float64))


def _whole(quantity: Decimal | None) -> int:
    """Return a sum in millionths."""
    return int(_EXACT.scaleb(quantity, _DECIMALS)) if quantity else 0
