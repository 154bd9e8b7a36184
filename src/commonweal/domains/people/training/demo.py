"""Synthetic training of 2023 and 2024: the files that came in, and the records beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.people.training import demo_rows
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2025, 1, 20, 2, 0, tzinfo=UTC)
_LINES: Final = ("business", "digital", "network", "market", "security", "other")
_N_EXAMS, _N_SCHEMES, _N_CERTIFIED = 16, 12, 15
_NATION: Final = 1_000  # nodes; an operator with fewer has not that many people


def build(
    *,
    scopes: Mapping[str, Scope],
    nodes: Mapping[str, Node],
    folder: Path,
    part: int | None = None,
) -> None:
    """Bring the files in; take sessions, schemes and certificates along their ways.

    The published table has ten million attendances in two years, and so has this demo where the
    operator is as large. ``part`` writes one of so many people instead; without it, a small
    operator has one of a hundred.
    """
    office, home = _Office(scopes, nodes["group"]), folder / "training"
    home.mkdir(parents=True, exist_ok=True)
    units = sorted({each.code for each in nodes.values() if each.kind == "province"})
    units = units or [nodes["group"].code]
    part = part or (1 if len(nodes) > _NATION else 100)
    for year in (2023, 2024):
        attendance, heads = (home / f"{name}-{year}.parquet" for name in ("attendance", "heads"))
        held = demo_rows.attendance(year, units, attendance, part=part)
        demo_rows.headcounts(year, units, heads, part=part)
        office.bring(year, training_attendance=attendance, submissions=heads)
        office.close(year, [tuple(each.values()) for each in held.to_pylist()])
    schemes = office.schemes()
    exams = [
        (f"exam-2024-{number + 1:02d}", "exam", date(2024, 3 + number * 9 // _N_EXAMS, 16))
        for number in range(_N_EXAMS)
    ]
    under = [schemes[number % _N_SCHEMES] for number in range(_N_EXAMS)]
    results = home / "exam-results-2024.parquet"
    codes = [each.code for each in under]
    passed = demo_rows.exam_results(exams, codes, units, results, part=part)
    office.bring(2024, exam_results=results)
    closed = office.close(2024, [(*e, s.title) for e, s in zip(exams, under, strict=True)])
    office.certify(closed, under, passed)


@dataclass(frozen=True)
class _Office:
    """The people who run training for the group."""

    scopes: Mapping[str, Scope]
    group: Node

    def bring(self, year: int, **files: Path) -> None:
        """Bring a year's files into the lake in the January after it."""
        at = datetime(year + 1, 1, 10, 2, tzinfo=UTC)
        for dataset, path in files.items():
            source_ingest(dataset, path, actor=self.scopes["data_owner"].actor, now=at)

    def close(self, year: int, sessions: Iterable[tuple[Any, ...]]) -> Sequence[Any]:
        """Plan a year's sessions (code, kind, day, course), hold them, check and close them."""
        values = {
            code: {"course": course, "kind": kind, "first_day": day, "last_day": day}
            for code, kind, day, course in sessions
        }
        found = self._open("session", datetime(year, 1, 4, 2, tzinfo=UTC), values)
        for day, action, role in ((8, "hold", "data_owner"), (12, "check", "data_owner")):
            self._act(found, action, role, datetime(year + 1, 1, day, 2, tzinfo=UTC))
        return self._act(found, "close", "reviewer", datetime(year + 1, 1, 15, 2, tzinfo=UTC))

    def schemes(self) -> Sequence[Any]:
        """Draw up twelve schemes and issue them; every third holds for a year, others for three."""
        values = {
            f"scheme-{number:02d}": {
                "title": f"能力認證方案{number:02d}",
                "line": _LINES[number % len(_LINES)],
                "valid_months": 36 if number % 3 else 12,
            }
            for number in range(_N_SCHEMES)
        }
        found = self._open("scheme", datetime(2024, 2, 1, 2, tzinfo=UTC), values)
        at, issued = datetime(2024, 2, 20, 2, tzinfo=UTC), {"issued_on": date(2024, 2, 20)}
        return self._act(found, "issue", "programme_manager", at, issued)

    def certify(
        self, exams: Sequence[Any], schemes: Sequence[Any], passed: Sequence[Sequence[str]]
    ) -> None:
        """Award certificates to the first who passed each exam; those that end soon are marked."""
        values = {
            f"{exam.code}-{number:03d}": {
                "person": person,
                "scheme": scheme,
                "exam": exam,
                "passed_on": exam.first_day,
                "valid_until": month_add(exam.first_day.replace(day=1), scheme.valid_months),
            }
            for exam, scheme, people in zip(exams, schemes, passed, strict=True)
            for number, person in enumerate(people[:_N_CERTIFIED], start=1)
        }
        found = self._open("certificate", datetime(2025, 1, 16, 2, tzinfo=UTC), values)
        found = self._act(found, "award", "reviewer", datetime(2025, 1, 17, 2, tzinfo=UTC))
        soon = [each for each in found if each.valid_until < date(2025, 4, 20)]
        self._act(soon, "warn", "data_owner", KNOWN_AT)

    def _open(
        self, kind: str, at: datetime, values: Mapping[str, Mapping[str, Any]]
    ) -> Sequence[Any]:
        openings = [Opening(node=self.group, code=code, values=v) for code, v in values.items()]
        kind_found = record_type(f"training.{kind}")
        return records_open(kind_found, openings, scope=self.scopes["data_owner"], now=at)

    def _act(
        self,
        found: Sequence[Any],
        action: str,
        role: str,
        at: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> Sequence[Any]:
        kind = record_type(found[0]._meta.label_lower)  # noqa: SLF001 - public _meta
        context = Context(self.scopes[role], at, values=values or {})
        done = records_act(kind, [each.pk for each in found], action, context=context)
        return [each.record for each in done]
