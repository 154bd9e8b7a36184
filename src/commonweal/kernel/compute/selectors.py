"""From a fact back to what it was made of: sites by month, then the rows of the files."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.compute.activities import ActivityRequest, activities, month_number
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.values import activity_of, counted_carriers
from commonweal.kernel.org.models import Meter, Node, Site
from commonweal.kernel.org.selectors import site_nodes
from commonweal.lake.datasets import Dataset, dataset_get, datasets
from commonweal.lake.models import Segment, Source
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import Period, PeriodKind, month_add

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import Activities
    from commonweal.kernel.facts.models import Fact

_REGISTERS: Final[dict[str, type[Meter | Site | Node]]] = {
    "meter": Meter,
    "site": Site,
    "node": Node,
}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """What one site or node used of one carrier in one month, in the carrier's unit."""

    subject_kind: str
    subject: str
    month: date
    carrier: str
    quantity: float
    unit: str
    estimated_share: float
    findings: tuple[str, ...]


def snapshot_of(fact: Fact) -> datetime:
    """Return the instant whose knowledge a fact was computed with."""
    return datetime.fromisoformat(fact.batch.parameters["snapshot"])


def unit_activities(fact: Fact) -> tuple[ActivityRow, ...]:
    """Return the activity rows of a node's own sites behind a fact, as they were known for it.

    Rows of nodes below are not included: they stand behind those nodes' facts. Empty for a
    formula, whose inputs are facts.
    """
    entry = catalogue().indicators[fact.indicator]
    source = activity_of(entry)
    node = Node.objects.filter(code=fact.node).first()
    if not source or node is None or "snapshot" not in fact.batch.parameters:
        return ()
    span = Period(fact.start_date, fact.end_date, PeriodKind(fact.period_kind))
    as_of = snapshot_of(fact)
    owners = site_nodes(span.months, as_of)
    is_own = owners.node_id == node.pk
    sites = owners.site_id[is_own.any(axis=1)]
    subjects, carriers = np.append(sites, node.pk), counted_carriers(entry)
    parts = activities(source, ActivityRequest(span.months, as_of, subjects, carriers))
    rows: list[ActivityRow] = []
    for part in parts:
        if part.subject == "site":
            at = np.searchsorted(owners.site_id, part.subject_id).clip(max=len(is_own) - 1)
            month = part.month - month_number(span.months[0])
            mine = is_own[at, month] if len(is_own) else np.zeros(len(month), dtype=np.bool_)
            mine &= np.isin(part.subject_id, sites)
        else:
            mine = part.subject_id == node.pk
        rows.extend(_rows(part, mine, carriers))
    return tuple(sorted(rows, key=lambda row: (row.subject, row.month, row.carrier)))


def _rows(part: Activities, mine: NDArray[np.bool_], carriers: Sequence[str]) -> list[ActivityRow]:
    counted = np.isin(part.carrier, [i for i, c in enumerate(part.carriers) if c in carriers])
    total: dict[tuple[int, int, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for i in np.flatnonzero(mine & counted).tolist():
        key = int(part.subject_id[i]), int(part.month[i]), part.carriers[int(part.carrier[i])]
        total[key][0] += float(part.quantity[i])
        total[key][1] += float(part.estimated[i])
    codes = subject_codes(part.subject, {subject for subject, _, _ in total})
    noticed = _noticed(part.subject, {subject for subject, _, _ in total})
    units = catalogue().carriers
    return [
        ActivityRow(
            subject_kind=part.subject,
            subject=codes[subject],
            month=(day := date(month // 12, month % 12 + 1, 1)),
            carrier=carrier,
            quantity=quantity,
            unit=units[carrier].unit if carrier in units else "",
            estimated_share=rough / quantity if quantity else 0.0,
            findings=tuple(sorted(noticed[subject, day])),
        )
        for (subject, month, carrier), (quantity, rough) in total.items()
    ]


def subject_codes(kind: str, ids: Collection[int]) -> dict[int, str]:
    """Return the codes of meters, sites or nodes by id."""
    return dict(_REGISTERS[kind].objects.filter(pk__in=ids).values_list("pk", "code"))


def _noticed(kind: str, ids: set[int]) -> dict[tuple[int, date], set[str]]:
    """Return open findings by subject and month; a meter's count as its site's."""
    found: dict[tuple[int, date], set[str]] = defaultdict(set)
    site_of = {}
    if kind == "site":
        site_of = dict(Meter.objects.filter(site__in=ids).values_list("pk", "site_id"))
    open_rows = Finding.objects.filter(cleared_at=None)
    for subject, month, rule in open_rows.filter(
        subject_kind="meter", subject_id__in=site_of
    ).values_list("subject_id", "month", "rule"):
        found[site_of[subject], month].add(rule)
    for subject, month, rule in open_rows.filter(subject_kind=kind, subject_id__in=ids).values_list(
        "subject_id", "month", "rule"
    ):
        found[subject, month].add(rule)
    return found


def subject_ids(kind: str, codes: Collection[str]) -> set[int]:
    """Return the ids of meters, sites or nodes by code; an unknown code is left out."""
    return set(_REGISTERS[kind].objects.filter(code__in=codes).values_list("pk", flat=True))


def datasets_about(kind: str) -> tuple[Dataset, ...]:
    """Return the datasets whose rows speak of a meter, a site or a node."""
    return tuple(d for d in datasets().values() if _reference(d, kind))


def subject_rows(
    dataset_id: str, kind: str, code: str, month: date, as_of: datetime | None = None
) -> pa.Table:
    """Return the rows about a meter, site or node in a month, with the file each came from.

    Spans (bills) are found by the month they begin in or reach into.

    Returns:
        The dataset's columns, and ``source_name``, ``source_sha256``, ``source_row``, ``segment``
        (all of the segments that hold rows of that source), in order of the dataset's key.

    Raises:
        InputError: No such code, or the dataset says nothing about that kind of subject.
    """
    dataset = dataset_get(dataset_id)
    column = _reference(dataset, kind)
    if not column:
        raise InputError(f"dataset {dataset_id} says nothing about a {kind}")
    subject = _REGISTERS[kind].objects.filter(code=code).first()
    if subject is None:
        raise InputError(f"no {kind} {code!r}")
    names = {c.name for c in dataset.columns}
    is_span = {"start_date", "end_date"} <= names
    months = [month_add(month, i) for i in range(-12 if is_span else 0, 1)]
    relation = read(dataset_id, months=months, as_of=as_of)
    where = f"{column} = {subject.pk}"
    if is_span:
        where += f" AND end_date > DATE '{month}' AND start_date < DATE '{month_add(month, 1)}'"
    order = ", ".join(dataset.key)
    sql = f"SELECT * FROM {dataset_id} WHERE {where} ORDER BY {order}"  # noqa: S608 - ours
    return _with_files(query(sql, {dataset_id: relation}), dataset_id)


def meter_rows(
    dataset_id: str, meter_code: str, month: date, as_of: datetime | None = None
) -> pa.Table:
    """Return a meter's rows in a month; see ``subject_rows``."""
    return subject_rows(dataset_id, "meter", meter_code, month, as_of)


def _reference(dataset: Dataset, kind: str) -> str:
    return next((c.name for c in dataset.columns if c.references == kind), "")


def _with_files(rows: pa.Table, dataset_id: str) -> pa.Table:
    keys = rows["source_key"].to_pylist()
    sources = {s.key: s for s in Source.objects.filter(key__in=set(keys))}
    segments: dict[int, list[str]] = defaultdict(list)
    for source_id, path in Segment.objects.filter(
        dataset=dataset_id, source__in=[s.pk for s in sources.values()]
    ).values_list("source_id", "path"):
        segments[source_id or 0].append(path)
    found = [sources.get(key) for key in keys]
    return (
        rows.append_column("source_name", [[s.name if s else "" for s in found]])
        .append_column("source_sha256", [[s.sha256 if s else "" for s in found]])
        .append_column("segment", [[", ".join(segments[s.pk]) if s else "" for s in found]])
    )
