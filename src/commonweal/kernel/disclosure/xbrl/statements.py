"""What a report states: every printed figure that is a fact, and the hidden ones that sums need.

A sum is checked by whoever receives the filing. Where a total and some of its parts are printed,
the parts that are not printed are stated unseen, or the check would miss them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.known import boundary_get, node_get
from commonweal.kernel.disclosure.tree import (
    Block,
    Bullets,
    Chart,
    Figure,
    Paragraph,
    Report,
    Spans,
    Table,
)
from commonweal.kernel.disclosure.wording import rounded
from commonweal.kernel.disclosure.xbrl.measures import Measure, measure_of, shifted
from commonweal.kernel.disclosure.xbrl.printed import Printed, printed_read
from commonweal.kernel.disclosure.xbrl.sums import sums
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.selectors import facts_as_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from decimal import Decimal


@dataclass(frozen=True, slots=True, order=True)
class Context:
    """Of whom and when: both codes are empty for the operator as a whole in its first boundary."""

    node: str
    boundary: str
    start_date: date
    end_date: date
    """The day after the last one, as everywhere."""
    is_instant: bool

    @property
    def last_date(self) -> date:
        """The last day, as XBRL writes the end of a period."""
        return self.end_date - timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a statement is about."""

    indicator: str
    context: Context
    measure: Measure


@dataclass(frozen=True, slots=True)
class Statement:
    """A value to so many decimals."""

    key: Key
    value: Decimal
    decimals: int


@dataclass(frozen=True)
class Statements:
    """What one report states.

    Attributes:
        figures: What each printed figure states; figures that are no fact are not here.
        hidden: Facts that are not printed.
        n_marks: Printed numbers that state a fact.
        n_other: Printed numbers that are no fact: changes, steps of a target, counts of the log.
    """

    figures: Mapping[Figure, tuple[Key, Printed]]
    hidden: tuple[Statement, ...]
    n_marks: int
    n_other: int

    def each(self) -> tuple[Statement, ...]:
        """Return every distinct thing stated, at its most exact, in order of what it is about."""
        best = {statement.key: statement for statement in self.hidden}
        for key, printed in self.figures.values():
            if key not in best or printed.decimals > best[key].decimals:
                best[key] = Statement(key, printed.value, printed.decimals)
        return tuple(best[key] for key in sorted(best))

    @property
    def contexts(self) -> tuple[Context, ...]:
        """Every context, in order."""
        return tuple(sorted({statement.key.context for statement in self.each()}))

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure, in order."""
        return tuple(sorted({statement.key.measure for statement in self.each()}))


def statements_of(report: Report) -> Statements:
    """Read every printed figure of a report against the facts it names."""
    printed = [span for spans in report_spans(report) for span in spans if _is_number(span)]
    figures = [span for span in printed if isinstance(span, Figure)]
    facts = Fact.objects.in_bulk({pk for figure in figures for pk in figure.fact_ids[:1]})
    whole = (node_get().code, boundary_get().code)
    read: dict[Figure, tuple[Key, Printed]] = {}
    for figure in set(figures):
        fact = facts.get(figure.fact_id) if figure.fact_id else None
        if fact is None or fact.indicator not in catalogue().indicators:
            continue
        found = printed_read(figure, fact)
        if found is not None:
            read[figure] = (Key(fact.indicator, _context(fact, whole), found.measure), found)
    hidden = tuple(_hidden(report, {key for key, _ in read.values()}, facts.values(), whole))
    n_marks = sum(figure in read for figure in figures)
    return Statements(read, hidden, n_marks, len(figures) - n_marks)


def _is_number(span: object) -> bool:
    return isinstance(span, Figure) and span.has_data and any(map(str.isdecimal, span.text))


def report_spans(report: Report) -> Iterator[Spans]:
    """Yield every run of text and figures, in the order in which it is printed."""
    for section in report.sections:
        for block in section.blocks:
            yield from block_spans(block)


def block_spans(block: Block) -> Iterator[Spans]:
    """Yield the runs of one block; a chart's are those of its table."""
    match block:
        case Paragraph():
            yield block.spans
        case Bullets():
            yield from block.items
        case Table():
            yield from (cell.spans for row in (block.head, *block.rows) for cell in row)
        case Chart():
            yield from block_spans(block.table)
        case _:
            return


def _context(fact: Fact, whole: tuple[str, str]) -> Context:
    is_whole = (fact.node, fact.boundary) == whole
    is_instant = catalogue().indicators[fact.indicator].rollup.over_time == "last"
    return Context(
        node="" if is_whole else fact.node,
        boundary="" if is_whole else fact.boundary,
        # A level is of the last day, whatever period it was asked for.
        start_date=fact.end_date - timedelta(days=1) if is_instant else fact.start_date,
        end_date=fact.end_date,
        is_instant=is_instant,
    )


def _hidden(
    report: Report, stated: set[Key], facts: Iterable[Fact], whole: tuple[str, str]
) -> Iterator[Statement]:
    wanted = set[Key]()
    for total in sums():
        for key in stated:
            if key.indicator != total.indicator:
                continue
            parts = {Key(part, key.context, key.measure) for part, _ in total.parts}
            if parts & stated:
                wanted |= parts - stated
    if not wanted:
        return
    periods = {fact.period for fact in facts}
    rows = facts_as_of(
        boundary=report.boundary,
        indicators={key.indicator for key in wanted},
        nodes={key.context.node or whole[0] for key in wanted},
        periods=periods,
        as_of=report.as_of,
    )
    for fact in rows:
        measure, power = measure_of(fact.unit)
        key = Key(fact.indicator, _context(fact, whole), measure)
        if fact.value is not None and key in wanted:
            wanted.remove(key)
            value = shifted(rounded(fact.value, fact.decimals), power)
            yield Statement(key, value, fact.decimals - power)
