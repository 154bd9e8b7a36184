"""Keeping the list of quality findings in step with the latest computation."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from commonweal.kernel.compute.models import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.kernel.compute.activities import Findings

_CHUNK = 2_000


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
    seen = [
        Finding(
            dataset=dataset,
            subject_kind=kind,
            subject_id=subject,
            month=date(month // 12, month % 12 + 1, 1),
            rule=rule,
            quantity=quantity,
            first_seen_at=now,
            last_seen_at=now,
        )
        for (kind, subject, month, rule), quantity in sorted(rows.items())
    ]
    Finding.objects.bulk_create(
        seen,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["dataset", "subject_kind", "subject_id", "month", "rule"],
        update_fields=["quantity", "last_seen_at", "cleared_at"],
    )
    gone = Finding.objects.filter(dataset=dataset, month__in=months, cleared_at=None)
    gone.exclude(last_seen_at=now).update(cleared_at=now)
    return len(seen)
