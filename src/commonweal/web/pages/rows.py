"""The rows of the files: what was read or billed at a meter, a site or a node in one month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue, rule_words
from commonweal.errors import InputError
from commonweal.kernel.compute.noticed import findings_list, noticed
from commonweal.kernel.compute.selectors import datasets_about, subject_rows
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import instant_text, unit_text
from commonweal.kernel.org.models import Meter, Node, Site
from commonweal.lake.datasets import ColumnKind
from commonweal.periods import BUSINESS_ZONE, PeriodKind, period
from commonweal.web.pages.scope import instant_read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pyarrow as pa

    from commonweal.catalogue import RuleWords
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.lake.datasets import Column, Dataset
    from commonweal.periods import Period

KINDS: Final = ("meter", "site", "node")
_MOST_ROWS: Final = 1_000  # of one dataset on a page; a month of hourly readings is 744


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a dataset, and the file and line it came from."""

    subject: str
    cells: tuple[str, ...]
    source_name: str
    source_row: int
    source_sha256: str
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing the quality rules noticed here, and still do."""

    subject: str
    words: RuleWords


@dataclass(frozen=True, slots=True)
class RowsTable:
    """One dataset's rows about one subject."""

    dataset: str
    caption: str
    has_meters: bool
    """Whether each row names its meter: the subject is a site, the dataset speaks of meters."""
    head: tuple[str, ...]
    rows: tuple[FileRow, ...]
    n_rows: int

    @property
    def is_cut(self) -> bool:
        """Whether more rows exist than are shown."""
        return self.n_rows > len(self.rows)


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Everything known of a subject in a month."""

    kind: str
    code: str
    name: str
    month: str
    as_of: str
    as_of_text: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[RowsTable, ...]
    notices: tuple[Notice, ...]
    months: tuple[str, str]
    """The month before and the month after."""


def rows_page(kind: str, code: str, *, month: str, as_of: str = "", language: Language) -> RowsPage:
    """Build the page of one meter, site or node in one month; a site shows its meters' rows too.

    Raises:
        InputError: The kind, the code or the month is unknown.
    """
    span = period(month)
    if kind not in KINDS or span.kind is not PeriodKind.MONTH:
        raise InputError(f"{kind} {code} in {month!r} is not a meter, site or node in a month")
    at = instant_read(as_of)
    name, facts, meters = _subject(kind, code, language)
    asked: list[tuple[Dataset, str, tuple[str, ...]]]
    asked = [(dataset, kind, (code,)) for dataset in datasets_about(kind)]
    if meters:
        asked += [(dataset, "meter", meters) for dataset in datasets_about("meter")]
    tables = [_table(each, span.start_date, at, language) for each in asked]
    return RowsPage(
        kind=kind,
        code=code,
        name=name,
        month=str(span),
        as_of=as_of,
        as_of_text=instant_text(at, language) if at else "",
        facts=facts,
        tables=tuple(table for table in tables if table.n_rows),
        notices=tuple(
            _notices({kind: (code,)} | ({"meter": meters} if meters else {}), span, language)
        ),
        months=(_month(span.start_date, -1), _month(span.start_date, 1)),
    )


def _notices(
    subjects: Mapping[str, Collection[str]], span: Period, language: Language
) -> Iterator[Notice]:
    for each in noticed(findings_list(month=span.start_date, subjects=subjects)):
        yield Notice(each.subject, rule_words(each.finding.rule, language, catalogue()))


def _month(first: date, step: int) -> str:
    index = first.year * 12 + first.month - 1 + step
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def _subject(
    kind: str, code: str, language: Language
) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return a subject's name, what the register says of it, and its meters."""
    if kind == "node":
        node = Node.objects.filter(code=code).first()
        if node is None:
            raise InputError(f"no organisation node {code!r}")
        return node_name(node, language), (("kind", str(node.get_kind_display())),), ()
    if kind == "site":
        site = Site.objects.filter(code=code).first()
        if site is None:
            raise InputError(f"no site {code!r}")
        meters = tuple(site.meters.order_by("code").values_list("code", flat=True))
        facts = (("kind", str(site.get_kind_display())), ("place", site.place))
        return site.name or site.code, facts, meters
    meter = Meter.objects.select_related("site").filter(code=code).first()
    if meter is None:
        raise InputError(f"no meter {code!r}")
    return meter.code, _meter_facts(meter), ()


def _meter_facts(meter: Meter) -> tuple[tuple[str, str], ...]:
    return (
        ("site", meter.site.code),
        ("carrier", f"{meter.carrier}, {meter.unit}"),
        ("multiplier", f"{meter.multiplier:g}"),
        ("rollover", f"{meter.rollover_at:,.0f}"),
    )


def _table(
    asked: tuple[Dataset, str, tuple[str, ...]],
    month: date,
    at: datetime | None,
    language: Language,
) -> RowsTable:
    dataset, kind, codes = asked
    columns = [c for c in dataset.columns if c.references != kind]
    found = {code: subject_rows(dataset.id, kind, code, month, at) for code in codes}
    rows = (row for code, table in found.items() for row in _rows(code, table, columns))
    return RowsTable(
        dataset=dataset.id,
        caption=dataset.names[language],
        has_meters=kind == "meter" and len(codes) > 0,
        head=tuple(_head(column, language) for column in columns),
        rows=tuple(islice(rows, _MOST_ROWS)),
        n_rows=sum(table.num_rows for table in found.values()),
    )


def _head(column: Column, language: Language) -> str:
    unit = unit_text(column.unit, language) if column.unit else ""
    return f"{column.names[language]} ({unit})" if unit else column.names[language]


def _rows(code: str, found: pa.Table, columns: list[Column]) -> Iterator[FileRow]:
    for row in found.to_pylist():
        yield FileRow(
            subject=code,
            cells=tuple(_cell(row[column.name], column) for column in columns),
            source_name=row["source_name"],
            source_row=row["source_row"],
            source_sha256=row["source_sha256"],
            segments=tuple(row["segment"].split(", ")),
        )


def _cell(value: object, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # Stored as UTC without a zone; people read the business clock.
        return f"{value.replace(tzinfo=UTC).astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return str(value) if column.kind is not ColumnKind.INTEGER else f"{value:,}"
