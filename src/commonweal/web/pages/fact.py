"""How one fact was made: formula, inputs, factors, children, meters, history, proof."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from commonweal.catalogue import catalogue, rule_words
from commonweal.kernel.compute.selectors import snapshot_of, unit_activities
from commonweal.kernel.disclosure.charts import figure
from commonweal.kernel.disclosure.known import fact_period, known_load, node_children, node_name
from commonweal.kernel.disclosure.lineage import entry_build, input_facts, nodes_by_code, value_text
from commonweal.kernel.disclosure.tree import Cell, Table, Text
from commonweal.kernel.disclosure.wording import (
    instant_text,
    number_text,
    percent_text,
    quantity_text,
    unit_text,
)
from commonweal.kernel.facts.selectors import fact_get, fact_history, inclusion_proof
from commonweal.kernel.programmes.behind import records_behind
from commonweal.web.pages.indicator import Definition, definition_of
from commonweal.web.pages.sureness import sureness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.compute.selectors import ActivityRow
    from commonweal.kernel.disclosure.tree import Entry
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.facts.selectors import InclusionProof
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.behind import Sum
    from commonweal.web.pages.sureness import Sureness

_SUM_TOLERANCE = Decimal("0.000001")  # facts are kept to a few decimals more than are printed


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One value that was or is in force."""

    fact_id: int
    value: str
    recorded: str
    until: str
    reason: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class MonthCell:
    """What one site or node used in one month; empty where it has no rows."""

    month: str
    text: str
    exact: Decimal | None
    is_estimated: bool
    findings: str


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One site or node: its months and their sum."""

    kind: str
    code: str
    carrier: str
    unit: str
    total: str
    exact: Decimal
    cells: tuple[MonthCell, ...]


@dataclass(frozen=True, slots=True)
class SubjectTable:
    """The sites and nodes behind a unit's fact, by month."""

    months: tuple[str, ...]
    rows: tuple[SubjectRow, ...]
    as_of: str


@dataclass(frozen=True, slots=True)
class RecordTable:
    """The records that a fact counts: a page of them, and what all of them add up to."""

    programme: str
    model: str
    rows: tuple[RecordRow, ...]
    n_shown_before: int
    sum: RecordSum | None
    """None where they are very many and nobody asked to have them added up."""
    next_offset: int | None


@dataclass(frozen=True, slots=True)
class RecordSum:
    """What all records that a fact counts add up to."""

    n_visible: int
    n_hidden: int
    total: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record counted."""

    pk: str
    code: str
    node: str
    day: str
    contribution: str


@dataclass(frozen=True, slots=True)
class FactPage:
    """Everything the lineage page shows."""

    entry: Entry
    definition: Definition | None
    period_value: str
    boundary: str
    is_current: bool
    children: Table | None
    children_sum: str
    children_agree: bool
    subjects: SubjectTable | None
    history: tuple[HistoryRow, ...]
    proof: InclusionProof
    months_note: str
    records: RecordTable | None
    sureness: Sureness | None


def fact_page(
    fact_id: int, *, language: Language, scope: Scope, offset: int = 0, summed: bool = False
) -> FactPage:
    """Build the lineage of one fact, as it was when the fact was recorded.

    Args:
        fact_id: Which.
        language: For names and numbers.
        scope: Who reads: of the records counted, those are shown that may be read.
        offset: How many of these to pass over.
        summed: Whether to add the records up though they be very many.

    Raises:
        InputError: There is no such fact.
    """
    fact = fact_get(fact_id)
    nodes = nodes_by_code([fact.node])
    entry = entry_build(
        fact, inputs=input_facts([fact]).get(fact.pk, {}), nodes=nodes, language=language
    )
    indicator = catalogue().indicators.get(fact.indicator)
    children = _children(fact)
    is_sum = indicator is not None and indicator.rollup.over_org == "sum"
    found = [child for _, child in children if child is not None and child.value is not None]
    total = sum((child.value or Decimal(0) for child in found), Decimal(0)) if found else None
    lines = fact.lineage
    months_note = (
        f"{lines['months_with_data']}/{lines['months']}"
        if lines.get("months_with_data", 0) < lines.get("months", 0)
        else ""
    )
    records = _records(fact, scope, offset, language, summed=summed)
    is_leaf_of_activity = not children and bool(lines.get("activity")) and records is None
    return FactPage(
        entry=entry,
        definition=definition_of(indicator, language) if indicator else None,
        period_value=str(fact_period(fact)),
        boundary=fact.boundary,
        is_current=fact.superseded_at is None,
        children=_children_table(fact, children, language) if children else None,
        children_sum=number_text(total, fact.decimals) if is_sum and total is not None else "",
        children_agree=is_sum
        and total is not None
        and fact.value is not None
        and abs(total - fact.value) <= max(abs(fact.value) * _SUM_TOLERANCE, Decimal("0.01")),
        subjects=_subjects(fact, language) if is_leaf_of_activity else None,
        history=tuple(_history(fact, language)),
        proof=inclusion_proof(fact),
        months_note=months_note,
        records=records,
        sureness=sureness(fact, language),
    )


def fact_proof(fact_id: int) -> dict[str, Any]:
    """Return the inclusion proof of a fact as a document that checks without the database.

    Raises:
        InputError: There is no such fact.
    """
    return asdict(inclusion_proof(fact_get(fact_id)))


def _children(fact: Fact) -> Sequence[tuple[Node, Fact | None]]:
    span = fact_period(fact)
    last_month = span.months[-1] if span.months else span.start_date
    at = fact.recorded_at
    children = node_children(fact.node, at_date=max(span.start_date, last_month), as_of=at)
    if not children:
        return ()
    known = known_load(
        [([fact.indicator], [child.code for child in children], [span])],
        boundary=fact.boundary,
        as_of=at,
    )
    return [(child, known.get(fact.indicator, child.code, span)) for child in children]


def _children_table(
    fact: Fact, children: Sequence[tuple[Node, Fact | None]], language: str
) -> Table:
    words = {
        "zh-hant": ("下屬單位", "單位", "數值", "占比"),
        "zh-hans": ("下属单位", "单位", "数值", "占比"),
        "en": ("Organisations below", "Organisation", "Value", "Share"),
    }[language]
    indicator = catalogue().indicators.get(fact.indicator)
    has_share = indicator is not None and indicator.rollup.over_org == "sum" and bool(fact.value)
    names = words[1:] if has_share else words[1:3]
    head = tuple(Cell((Text(word),), is_numeric=i > 0) for i, word in enumerate(names))
    rows = []
    for node, child in children:
        shown = figure(child, unit=fact.unit, decimals=None, language=language)
        row = [
            Cell((Text(node_name(node, language)),), node=node.code),
            Cell((shown,), is_numeric=True),
        ]
        if has_share:
            value = child.value if child else None
            share = "" if value is None else percent_text(value / (fact.value or 1), 1, language)
            row.append(Cell((Text(share),), is_numeric=True))
        rows.append((shown.sort_key, tuple(row)))
    rows.sort(key=lambda pair: (pair[0] is None, -(pair[0] or Decimal(0))))
    return Table(words[0], head, tuple(row for _, row in rows))


def _subjects(fact: Fact, language: Language) -> SubjectTable | None:
    found: dict[tuple[str, str, str, str], dict[date, ActivityRow]] = {}
    for row in unit_activities(fact):
        carrier = catalogue().carriers.get(row.carrier)
        name = carrier.name[language] if carrier else row.carrier
        key = row.subject_kind, row.subject, name, unit_text(row.unit, language)
        found.setdefault(key, {})[row.month] = row
    if not found:
        return None
    months = fact_period(fact).months
    return SubjectTable(
        months=tuple(f"{month:%Y-%m}" for month in months),
        rows=tuple(_subject(key, months, rows, language) for key, rows in found.items()),
        as_of=snapshot_of(fact).isoformat(),
    )


def _subject(
    key: tuple[str, str, str, str],
    months: Sequence[date],
    rows: Mapping[date, ActivityRow],
    language: Language,
) -> SubjectRow:
    kind, code, carrier, unit = key
    exact = sum((Decimal(str(row.quantity)) for row in rows.values()), Decimal(0))
    return SubjectRow(
        kind=kind,
        code=code,
        carrier=carrier,
        unit=unit,
        total=number_text(exact, 0),
        exact=exact,
        cells=tuple(_month_cell(month, rows.get(month), language) for month in months),
    )


def _month_cell(month: date, row: ActivityRow | None, language: Language) -> MonthCell:
    if row is None:
        return MonthCell(f"{month:%Y-%m}", "", None, is_estimated=False, findings="")
    exact = Decimal(str(row.quantity))
    return MonthCell(
        month=f"{month:%Y-%m}",
        text=number_text(exact, 0),
        exact=exact,
        is_estimated=row.estimated_share > 0,
        findings="; ".join(rule_words(rule, language, catalogue()).name for rule in row.findings),
    )


def _records(
    fact: Fact, scope: Scope, offset: int, language: Language, *, summed: bool
) -> RecordTable | None:
    found = records_behind(fact, scope=scope, offset=offset, summed=summed)
    if found is None:
        return None
    names = nodes_by_code({row.node for row in found.rows})
    programme, _, model = found.kind.id.partition(".")
    return RecordTable(
        programme=programme,
        model=model,
        rows=tuple(
            RecordRow(
                pk=str(UUID(row.record_id)),
                code=row.code,
                node=node_name(names[row.node], language),
                day=row.day.isoformat(),
                contribution=number_text(row.contribution, fact.decimals),
            )
            for row in found.rows
        ),
        n_shown_before=found.offset,
        sum=_sum(fact, found.sum, language) if found.sum else None,
        next_offset=found.next_offset,
    )


def _sum(fact: Fact, found: Sum, language: Language) -> RecordSum:
    return RecordSum(
        n_visible=found.n_visible,
        n_hidden=found.n_hidden,
        total=quantity_text(found.total, fact.unit, fact.decimals, language),
        agrees=found.agrees,
    )


def _history(shown: Fact, language: str) -> Iterator[HistoryRow]:
    for fact in fact_history(shown):
        yield HistoryRow(
            fact_id=fact.pk,
            value=value_text(fact, language),
            recorded=instant_text(fact.recorded_at, language),
            until=instant_text(fact.superseded_at, language) if fact.superseded_at else "",
            reason=fact.reason,
            is_shown=fact.pk == shown.pk,
        )
