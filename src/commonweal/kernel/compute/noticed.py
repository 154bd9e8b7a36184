"""Reading the list of quality findings: which, about whom, and what values there are to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from django.db.models import Count

from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.selectors import subject_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from django.db.models import QuerySet

State = Literal["open", "cleared", "all"]
_CHUNK: Final = 500  # codes are looked up for so many findings at once


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding and the code of the meter, site or node it is about."""

    finding: Finding
    subject: str
    """Empty where the register no longer knows the subject."""


def findings_list(
    *, rule: str = "", month: date | None = None, state: State = "open"
) -> QuerySet[Finding]:
    """Return findings, the latest month first."""
    found = Finding.objects.order_by("-month", "rule", "subject_kind", "subject_id")
    if rule:
        found = found.filter(rule=rule)
    if month:
        found = found.filter(month=month)
    return found if state == "all" else found.filter(cleared_at__isnull=state == "open")


def findings_by_rule(*, state: State = "open") -> Sequence[tuple[str, int]]:
    """Return each rule with the number of its findings, the most frequent first."""
    counted = findings_list(state=state).order_by().values_list("rule").annotate(n=Count("pk"))
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def finding_months(*, state: State = "open") -> Sequence[date]:
    """Return the months that have findings, the latest first."""
    months = findings_list(state=state).order_by("-month").values_list("month", flat=True)
    return list(months.distinct())


def noticed(findings: Iterable[Finding]) -> Iterator[Noticed]:
    """Yield findings with the codes of their subjects, looked up a chunk at a time."""
    rest = iter(findings)
    while chunk := list(islice(rest, _CHUNK)):
        codes = {
            kind: subject_codes(kind, {f.subject_id for f in chunk if f.subject_kind == kind})
            for kind in {f.subject_kind for f in chunk}
        }
        for finding in chunk:
            yield Noticed(finding, codes[finding.subject_kind].get(finding.subject_id, ""))
