"""Row rules that several datasets share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.datasets import RowRule

if TYPE_CHECKING:
    from collections.abc import Callable


def _starts_before_end(rows: pa.Table) -> pa.Array:
    return pc.less(rows["start_date"], rows["end_date"])


SPAN_ORDERED: Final = RowRule(
    name="span_ordered",
    sentence="the first day lies before the day after the last",
    hint="end_date is the day after the last day: January is 2024-01-01 to 2024-02-01",
    accepts=_starts_before_end,
)


def judge_pairs(
    first: str, second: str, accepts: Callable[[str, str], bool]
) -> Callable[[pa.Table], pa.Array]:
    """Return a rule over two text columns that judges each distinct pair once.

    A file has millions of rows and a handful of pairs.
    """

    def judge(rows: pa.Table) -> pa.Array:
        known = cache(accepts)
        pairs = zip(rows[first].to_pylist(), rows[second].to_pylist(), strict=True)
        return pa.array([a is None or b is None or known(a, b) for a, b in pairs], pa.bool_())

    return judge
