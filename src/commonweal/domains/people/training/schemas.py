"""Attendance and exam results: millions of rows a year, so they are measurements, not records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from commonweal.kernel.programmes.datasets import dataset_declare
from commonweal.lake.datasets import RowRule

if TYPE_CHECKING:
    import pyarrow as pa


def _is_pseudonym(rows: pa.Table) -> pa.Array:
    return pc.match_substring_regex(rows["person"], "^([0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{64})$")


PSEUDONYM = RowRule(
    name="pseudonym",
    sentence="the person is a pseudonym, not a name or a number that leads to one",
    hint="send a keyed hash of the employee number: 16, 32 or 64 lower-case hexadecimal digits",
    accepts=_is_pseudonym,
)

TRAINING_ATTENDANCE = dataset_declare(__file__, "training_attendance", rules=(PSEUDONYM,))
EXAM_RESULTS = dataset_declare(__file__, "exam_results", rules=(PSEUDONYM,))
