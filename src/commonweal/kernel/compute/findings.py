"""Keeping the list of quality findings in step with the latest computation."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Final

from django.db import connection

from commonweal.kernel.compute.models import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.kernel.compute.activities import Findings

# The ORM's own bulk upsert takes ten times as long, and there may be hundreds of thousands.
_UPSERT: Final = """
INSERT INTO compute_finding (
    dataset, subject_kind, subject_id, month, rule, quantity, first_seen_at, last_seen_at
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (dataset, subject_kind, subject_id, month, rule) DO UPDATE SET
    quantity = excluded.quantity, last_seen_at = excluded.last_seen_at, cleared_at = NULL
"""


def findings_record(
    dataset: str, findings: Findings, months: Sequence[date], *, now: datetime
) -> int:
    """Open what is new, touch what is still there, clear what is gone; return how many are open.

    Args:
        dataset: Activity source that noticed them.
        findings: Everything noticed in ``months``.
        months: First days of the months that were looked at.
        now: When.
    """
    number = (d.year * 12 + d.month - 1 for d in months)
    looked_at = set(number)
    rows = {
        (kind, subject, month, rule): quantity
        for kind, subject, month, rule, quantity in zip(
            findings.subject_kind,
            findings.subject_id.tolist(),
            findings.month.tolist(),
            findings.rule,
            findings.quantity.tolist(),
            strict=True,
        )
        if month in looked_at
    }
    instant = connection.ops.adapt_datetimefield_value(now)
    seen = [
        (
            dataset,
            kind,
            subject,
            date(month // 12, month % 12 + 1, 1),
            rule,
            None if isnan(quantity) else quantity,
            instant,
            instant,
        )
        for (kind, subject, month, rule), quantity in sorted(rows.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_UPSERT, seen)
    gone = Finding.objects.filter(dataset=dataset, month__in=months, cleared_at=None)
    gone.exclude(last_seen_at=now).update(cleared_at=now)
    return len(seen)
