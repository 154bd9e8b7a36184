"""Columns and row rules that several datasets share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.cells import as_one
from commonweal.lake.datasets import Column, ColumnKind, RowRule

if TYPE_CHECKING:
    from collections.abc import Callable


START_DATE: Final = Column(
    "start_date",
    ColumnKind.DAY,
    {"zh-hant": "首日", "zh-hans": "首日", "en": "First day"},
    example="2024-01-01",
)
END_DATE: Final = Column(
    "end_date",
    ColumnKind.DAY,
    {"zh-hant": "末日次日", "zh-hans": "末日次日", "en": "Day after the last day"},
    example="2024-02-01",
)


def _starts_before_end(rows: pa.Table) -> pa.Array:
    return pc.less(rows["start_date"], rows["end_date"])


SPAN_ORDERED: Final = RowRule(
    name="span_ordered",
    sentence="the first day lies before the day after the last",
    hint="end_date is the day after the last day: January is 2024-01-01 to 2024-02-01",
    accepts=_starts_before_end,
    columns=("start_date", "end_date"),
)


def _within_a_year(rows: pa.Table) -> pa.Array:
    n_days = pc.subtract(rows["end_date"].cast(pa.int32()), rows["start_date"].cast(pa.int32()))
    return pc.less_equal(n_days, 366)


SPAN_WITHIN_A_YEAR: Final = RowRule(
    name="span_within_a_year",
    sentence="the span is no longer than a year",
    hint="send one row for each year; what a row spreads over years tells little of each",
    accepts=_within_a_year,
    columns=("start_date", "end_date"),
)


def judge_pairs(
    first: str, second: str, accepts: Callable[[str, str], bool]
) -> Callable[[pa.Table], pa.Array]:
    """Return a rule over two text columns that judges each distinct pair once.

    A file has millions of rows and a handful of pairs. A blank cell leaves nothing to judge.
    """

    def judge(rows: pa.Table) -> pa.Array:
        left, right = (as_one(rows[name]).dictionary_encode() for name in (first, second))
        n_right = len(right.dictionary)
        numbers = pc.multiply(left.indices.cast(pa.int64()), n_right)
        pairs = pc.add(numbers, right.indices.cast(pa.int64())).dictionary_encode()
        lefts, rights = left.dictionary.to_pylist(), right.dictionary.to_pylist()
        verdicts = [
            accepts(lefts[pair // n_right], rights[pair % n_right])
            for pair in pairs.dictionary.to_pylist()
        ]
        return pa.array(verdicts, pa.bool_()).take(pairs.indices)  # null where a cell is blank

    return judge
