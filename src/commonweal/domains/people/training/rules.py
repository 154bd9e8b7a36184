"""What must hold of sessions and certificates, and how attendance is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_date, month_add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.people.training.models import Certificate, Session
    from commonweal.kernel.programmes.services import Context

_NOTICE: Final = timedelta(days=90)
_ATTENDED: Final = """
SELECT session, COUNT(DISTINCT person) AS n_people, SUM(attended_h) AS attended_h
FROM (
    SELECT session, person, CAST(attended_h AS DECIMAL(14, 2)) AS attended_h
    FROM training_attendance
    UNION ALL
    SELECT session, person, CAST(NULL AS DECIMAL(14, 2)) AS attended_h FROM exam_results
) AS present
WHERE session IN (SELECT code FROM asked)
GROUP BY session
"""


def is_over(session: Session, context: Context) -> bool:
    """Whether the days are in order and have passed."""
    return session.first_day <= session.last_day <= business_date(context.now)


def was_attended(session: Session, _context: Context) -> bool:
    """Whether anybody came; a session without attendance is no session held."""
    return bool(session.n_people)


def attendance_count(sessions: Sequence[Session], _context: Context) -> None:
    """Count who came: one query of the lake, however many sessions are checked."""
    first = min(each.first_day for each in sessions).replace(day=1)
    last = max(each.last_day for each in sessions)
    n_months = (last.year - first.year) * 12 + last.month - first.month + 1
    months = [month_add(first, number) for number in range(n_months)]
    rows = {name: read(name, months=months) for name in ("training_attendance", "exam_results")}
    asked = pa.table({"code": [each.code for each in sessions]})
    counted = query(_ATTENDED, {**rows, "asked": asked}).to_pylist()
    found = {row["session"]: row for row in counted}
    for each in sessions:
        row = found.get(each.code, {})
        each.n_people, each.attended_h = row.get("n_people"), row.get("attended_h")


def is_near_expiry(certificate: Certificate, context: Context) -> bool:
    """Whether the certificate ends within 90 days."""
    return certificate.valid_until - business_date(context.now) <= _NOTICE


def has_ended(certificate: Certificate, context: Context) -> bool:
    """Whether the last day of validity has passed."""
    return certificate.valid_until < business_date(context.now)


def lasts(certificate: Certificate, context: Context) -> bool:
    """Whether the certificate is valid beyond today."""
    return certificate.valid_until > business_date(context.now)
