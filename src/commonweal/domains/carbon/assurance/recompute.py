"""A unit computed again from the rows of the files, and the rows themselves.

The stored value is not looked at. The rows are read as they were known when the fact was made, go
through the metering engines, and meet a factor that is looked up anew; quantities, factors and
shares are kept line by line, so that a sum can be done again by hand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import fsum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.assurance.population import Parents
from commonweal.errors import StateError
from commonweal.kernel.compute.activities import ActivityRequest, activities, month_number
from commonweal.kernel.compute.lineage import factor_line
from commonweal.kernel.compute.selectors import snapshot_of, subject_codes
from commonweal.kernel.compute.values import activity_of, counted_carriers
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Meter, Node, Site
from commonweal.kernel.org.selectors import boundary_shares, site_nodes
from commonweal.lake.datasets import dataset_get, datasets
from commonweal.lake.models import Source
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    import pyarrow as pa

    from commonweal.domains.carbon.assurance.population import Unit
    from commonweal.kernel.compute.activities import Activities
    from commonweal.kernel.org.selectors import SiteNodes

_TABLES: Final[dict[str, type[Site | Node]]] = {"site": Site, "node": Node}
_SPARE_DECIMALS: Final = 4  # what a recorded value keeps beyond its printed decimals


@dataclass(frozen=True, slots=True)
class Line:
    """What one site or node contributes in one month by one carrier."""

    subject_kind: str
    subject: str
    node: str
    month: str
    carrier: str
    quantity: float
    factor: str
    factor_value: float
    scale: float
    share: float

    @property
    def contribution(self) -> float:
        """Quantity × factor × scale × share, in the indicator's unit."""
        return self.quantity * self.factor_value * self.scale * self.share


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A unit from its rows: value in the fact's unit, lines, and the factors met."""

    value: float
    lines: tuple[Line, ...]
    factors: Mapping[str, Mapping[str, Any]]
    subjects: Mapping[str, frozenset[int]]
    """Ids by kind of all whose rows were read."""

    def documents(self) -> list[dict[str, Any]]:
        """Return the lines as JSON objects."""
        return [{**asdict(line), "contribution": line.contribution} for line in self.lines]


def tolerance_of(fact: Fact) -> float:
    """Return by how much a recalculation may differ: half of the last digit that is kept."""
    return 0.5 * 10.0 ** -min(fact.decimals + _SPARE_DECIMALS, 9)


def recompute(unit: Unit) -> Recomputed:
    """Compute what a unit adds to its indicator from the rows as they were known for its fact.

    Raises:
        StateError: The fact was not computed from activities, so there are no rows behind it.
    """
    fact = unit.fact
    entry = catalogue().indicators[fact.indicator]
    source = activity_of(entry)
    if not source or "snapshot" not in fact.batch.parameters:
        raise StateError(
            f"fact #{fact.pk} {fact.indicator} was not computed from rows",
            hint="follow its inputs instead: commonweal facts show",
        )
    as_of, months, carriers = snapshot_of(fact), fact.period.months, counted_carriers(entry)
    covered = _covered(fact, months, as_of)
    owners = site_nodes(months, as_of)
    own = np.isin(owners.node_id, list(covered))
    subjects = np.unique(np.append(owners.site_id[own.any(axis=1)], list(covered)))
    parts = activities(source, ActivityRequest(months, as_of, subjects, carriers))
    book = _book(fact, months, as_of, parts, covered)
    lines: list[Line] = []
    factors: dict[str, dict[str, Any]] = {}
    asked: dict[str, set[int]] = {"site": set(), "node": set()}
    for part in parts:
        for row in _rows(part, months, owners, covered):
            if part.carriers[row.carrier] not in carriers:
                continue
            line, factor = _line(fact, part, row, book)
            if line.share:
                lines.append(line)
                factors |= {factor["id"]: factor} if factor else {}
                asked[part.subject].add(row.subject)
    lines.sort(key=lambda line: (line.subject_kind, line.subject, line.month, line.carrier))
    value = fsum(line.contribution for line in lines)
    return Recomputed(value, tuple(lines), factors, {k: frozenset(v) for k, v in asked.items()})


def _covered(fact: Fact, months: tuple[date, ...], as_of: datetime) -> set[int]:
    """Return the node and those below it that have no fact of their own to be counted by."""
    parents = Parents(months, as_of)
    below = parents.below(fact.node, fact.start_date)
    told = set(
        Fact.objects.filter(
            indicator=fact.indicator,
            boundary=fact.boundary,
            node__in=below - {fact.node},
            period_kind=fact.period_kind,
            start_date=fact.start_date,
            end_date=fact.end_date,
            value__isnull=False,
            recorded_at__lte=fact.recorded_at,
        ).values_list("node", flat=True)
    )
    for code in sorted(told):
        below -= parents.below(code, fact.start_date)
    return set(Node.objects.filter(code__in=below).values_list("pk", flat=True))


class _Row(NamedTuple):
    subject: int
    node: int
    month: int  # index
    carrier: int  # index
    quantity: float


@dataclass(frozen=True, slots=True)
class _Book:
    """What lines are told with: codes and places of subjects, codes of nodes, shares."""

    as_of: datetime
    subjects: Mapping[tuple[str, int], tuple[str, str]]
    nodes: Mapping[int, str]
    shares: Mapping[tuple[int, int], float]


def _book(
    fact: Fact,
    months: tuple[date, ...],
    as_of: datetime,
    parts: Sequence[Activities],
    covered: set[int],
) -> _Book:
    shares = boundary_shares(fact.boundary, months, as_of)
    subjects: dict[tuple[str, int], tuple[str, str]] = {
        (part.subject, row.pk): (row.code, row.place)
        for part in parts
        for row in _TABLES[part.subject].objects.filter(pk__in=set(part.subject_id.tolist()))
    }
    return _Book(
        as_of,
        subjects,
        dict(Node.objects.filter(pk__in=covered).values_list("pk", "code")),
        {
            (node, m): float(share)
            for node, row in zip(shares.node_id.tolist(), shares.share, strict=True)
            for m, share in enumerate(row.tolist())
        },
    )


def _rows(
    part: Activities, months: Sequence[date], owners: SiteNodes, covered: set[int]
) -> Iterator[_Row]:
    """Yield the rows that count for these nodes."""
    first = month_number(months[0])
    for i in range(len(part.subject_id)):
        subject, month = int(part.subject_id[i]), int(part.month[i]) - first
        node = subject
        if part.subject == "site":
            node = int(owners.node_id[np.searchsorted(owners.site_id, subject), month])
        if node in covered:
            yield _Row(subject, node, month, int(part.carrier[i]), float(part.quantity[i]))


def _line(fact: Fact, part: Activities, row: _Row, book: _Book) -> tuple[Line, dict[str, Any]]:
    entry, carrier = catalogue().indicators[fact.indicator], part.carriers[row.carrier]
    day = month_add(fact.period.months[0], row.month)
    code, place = book.subjects[part.subject, row.subject]
    factor: dict[str, Any] = {}
    scale = 1.0
    if entry.source.kind == "activity":
        scale = float(entry.multiplier(carrier))
        if name := entry.source.factor:
            found = (
                catalogue()
                .factors[name]
                .find(carrier=carrier, place=place, year=day.year, known_at=book.as_of)
            )
            factor = factor_line(found)
    line = Line(
        subject_kind=part.subject,
        subject=code,
        node=book.nodes[row.node],
        month=f"{day:%Y-%m}",
        carrier=carrier,
        quantity=row.quantity,
        factor=factor.get("id", ""),
        factor_value=float(factor.get("value", 1)),
        scale=scale,
        share=book.shares.get((row.node, row.month), 0.0),
    )
    return line, factor


def rows_behind(found: Recomputed, fact: Fact) -> dict[str, pa.Table]:
    """Return the rows of the files behind a recalculation, by dataset, as they were known then.

    Spans that reach into the period are there, and of readings the months on both sides, which
    decide the cut at its ends. Each row has its file's name, SHA-256 and line.
    """
    as_of, months = snapshot_of(fact), fact.period.months
    sites = sorted(found.subjects["site"])
    ids = {
        "site": sites,
        "meter": list(Meter.objects.filter(site__in=sites).values_list("pk", flat=True)),
        "node": sorted(found.subjects["node"]),
    }
    tables = {}
    for name in sorted(set(fact.batch.inputs) & set(datasets())):
        rows = _dataset_rows(name, ids, months, as_of)
        if rows is not None and len(rows):
            tables[name] = rows
    return tables


def _dataset_rows(
    name: str, ids: Mapping[str, Sequence[int]], months: Sequence[date], as_of: datetime
) -> pa.Table | None:
    dataset = dataset_get(name)
    about = next((c for c in dataset.columns if c.references in ids), None)
    if about is None or not ids[about.references or ""]:
        return None
    is_span = {"start_date", "end_date"} <= {c.name for c in dataset.columns}
    first, after = months[0], month_add(months[-1], 1)
    begin = month_add(first, -12 if is_span else -1)
    last = month_number(after) + (0 if is_span else 1)
    around = [month_add(begin, i) for i in range(last - month_number(begin))]
    chosen = ", ".join(map(str, sorted(ids[about.references or ""])))
    where = f"{about.name} IN ({chosen})"
    if is_span:
        where += f" AND end_date > DATE '{first}' AND start_date < DATE '{after}'"
    sql = f"SELECT * FROM {name} WHERE {where} ORDER BY {', '.join(dataset.key)}"  # noqa: S608 - ours
    rows = query(sql, {name: read(name, months=around, as_of=as_of)})
    return _named(rows, about.name, about.references or "")


def _named(rows: pa.Table, column: str, kind: str) -> pa.Table:
    """Put codes in place of ids, and the file each row came from beside it."""
    keys = rows["source_key"].to_pylist()
    files = {s.key: s for s in Source.objects.filter(key__in=set(keys))}
    ids = rows[column].to_pylist()
    if kind == "meter":
        codes = dict(Meter.objects.filter(pk__in=set(ids)).values_list("pk", "code"))
    else:
        codes = subject_codes(kind, set(ids))
    at = rows.column_names.index(column)
    rows = rows.set_column(at, column, [[codes[i] for i in ids]])
    found = [files.get(key) for key in keys]
    return (
        rows.drop_columns(["source_key"])
        .append_column("source_name", [[s.name if s else "" for s in found]])
        .append_column("source_sha256", [[s.sha256 if s else "" for s in found]])
    )
