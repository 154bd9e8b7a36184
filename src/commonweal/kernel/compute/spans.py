"""Rows that cover a span of days (bills, fuel deliveries, declared values), cut to months."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.metering.spans import Pieces, cut_spans
from commonweal.kernel.compute.activities import Findings, month_number
from commonweal.lake.datasets import dataset_get
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import month_add

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import ActivityRequest

_LONGEST_SPAN_MONTHS: Final = 12  # a yearly bill is filed under its first month


def span_rows(
    dataset: str, columns: str, request: ActivityRequest, *, whole_years: bool = False
) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the rows of a dataset whose span meets the months, and the segments' hashes.

    Rows come in order of the dataset's key, which no two share: sums over them are the same to the
    bit on every engine, however the rows lie in files.

    Args:
        dataset: Has ``start_date`` and ``end_date``.
        columns: What to select besides them, as SQL.
        request: Months and instant.
        whole_years: Return all rows that begin in a calendar year of such a row too: for sources
            that judge a row among those of its year, whichever months are asked for.
    """
    first, after = request.months[0], month_add(request.months[-1], 1)
    where = f"end_date > DATE '{first}' AND start_date < DATE '{after}'"
    begin = month_add(first, -_LONGEST_SPAN_MONTHS)
    if whole_years:
        begin, after = begin.replace(month=1), date(request.months[-1].year + 1, 1, 1)
        where = f"start_date >= DATE '{begin}' AND start_date < DATE '{after}'"
    months = [month_add(begin, i) for i in range(month_number(after) - month_number(begin))]
    relation = read(dataset, months=months, as_of=request.as_of)
    declared, names = dataset_get(dataset), [*columns.split(", "), "start_date", "end_date"]
    if not relation.files and set(names) <= set(declared.schema.names):
        return declared.schema.empty_table().select(names), relation.sha256s  # the commonest
    order = ", ".join(declared.key)
    sql = (
        f"SELECT {columns}, start_date, end_date FROM {dataset} "  # noqa: S608 - ours
        f"WHERE {where} ORDER BY {order}"
    )
    return query(sql, {dataset: relation}), relation.sha256s


def days(rows: pa.Table, column: str) -> NDArray[np.int64]:
    """Return a DAY column as days since 1970."""
    return np.asarray(rows[column].cast("int32"), dtype=np.int64)


def cut_to_months(rows: pa.Table, request: ActivityRequest, *series: str) -> Pieces:
    """Cut rows at the months' boundaries; ``month`` of a piece is a month's number.

    Args:
        rows: With ``start_date`` and ``end_date``.
        request: The months.
        series: Columns of which equal values can have only one truth for a day.
    """
    starts = [*request.months, month_add(request.months[-1], 1)]
    month_start_day = np.array(starts, dtype="datetime64[D]").astype(np.int64)
    pieces = cut_spans(
        _series(rows, series), days(rows, "start_date"), days(rows, "end_date"), month_start_day
    )
    return replace(pieces, month=pieces.month + request.first_month)


def _series(rows: pa.Table, columns: tuple[str, ...]) -> NDArray[np.int64]:
    """Number rows so that those with equal values share a number."""
    series = np.zeros(len(rows), dtype=np.int64)
    for name in columns:
        values = rows[name].combine_chunks().dictionary_encode()
        series = series * (len(values.dictionary) + 1) + np.asarray(values.indices)
    return series


def overlaps(
    kind: str,
    rule: str,
    subject_id: NDArray[np.int64],
    pieces: Pieces,
    quantity: NDArray[np.float64],
) -> Findings:
    """Return a finding for each piece whose days another span of its series covers too.

    Args:
        kind: Of the subject.
        rule: Name of the finding.
        subject_id: Of each piece, as everything that follows.
        pieces: Cut spans.
        quantity: What the piece would count alone.
    """
    hit = pieces.once < 1
    return Findings.of(kind, rule, subject_id[hit], pieces.month[hit], quantity[hit])
