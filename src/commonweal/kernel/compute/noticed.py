"""Reading the list of quality findings: which, about whom, and what values there are to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from django.db.models import Count, Q

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.selectors import subject_codes, subject_ids
from commonweal.kernel.org.models import Meter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from django.db.models import QuerySet

State = Literal["open", "cleared", "all"]
_CHUNK: Final = 500  # codes are looked up for so many findings at once


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding, the code of the meter, site or node it is about, and its quantity's unit."""

    finding: Finding
    subject: str
    """Empty where the register no longer knows the subject."""
    unit: str
    """A meter's, or that of the indicator; empty for a site, whose carriers differ."""


def findings_list(
    *,
    rule: str = "",
    month: date | None = None,
    state: State = "open",
    subjects: Mapping[str, Collection[str]] | None = None,
) -> QuerySet[Finding]:
    """Return findings, the latest month first; ``subjects`` are codes by kind, all if None."""
    found = Finding.objects.order_by("-month", "rule", "subject_kind", "subject_id")
    if rule:
        found = found.filter(rule=rule)
    if month:
        found = found.filter(month=month)
    if subjects is not None:
        asked = Q(pk__in=())
        for kind, codes in subjects.items():
            asked |= Q(subject_kind=kind, subject_id__in=subject_ids(kind, codes))
        found = found.filter(asked)
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
        subjects = {
            kind: _subjects(kind, {f.subject_id for f in chunk if f.subject_kind == kind})
            for kind in {f.subject_kind for f in chunk}
        }
        for finding in chunk:
            code, unit = subjects[finding.subject_kind].get(finding.subject_id, ("", ""))
            yield Noticed(finding, code, unit or _indicator_unit(finding.rule))


def _subjects(kind: str, ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    if kind == "meter":
        rows = Meter.objects.filter(pk__in=ids).values_list("pk", "code", "unit")
        return {pk: (code, unit) for pk, code, unit in rows}
    return {pk: (code, "") for pk, code in subject_codes(kind, ids).items()}


def _indicator_unit(rule: str) -> str:
    indicator = catalogue().indicators.get(rule.partition(" ")[2])
    return indicator.unit if indicator else ""
