"""Builds reports: a definition and its text, with every mention bound to a fact as known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils import translation

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.disclosure.charts import Scene, chart_build, months_of, table_build
from commonweal.kernel.disclosure.definitions import (
    DOMAINS_ROOT,
    ReportDefinition,
    report_definition,
    section_spans,
)
from commonweal.kernel.disclosure.gaps import Gaps
from commonweal.kernel.disclosure.known import (
    batch_at,
    boundary_get,
    known_load,
    latest_instant,
    node_children,
    node_get,
    node_name,
    nodes_below,
)
from commonweal.kernel.disclosure.lineage import entry_build, facts_with_inputs, nodes_by_code
from commonweal.kernel.disclosure.mentions import Mention, Words, line_parse
from commonweal.kernel.disclosure.paths import path_chart
from commonweal.kernel.disclosure.resolve import Resolver, mention_period, since_years
from commonweal.kernel.disclosure.tree import (
    Block,
    Bullets,
    Cell,
    Chart,
    Entry,
    Figure,
    Heading,
    Paragraph,
    Report,
    Section,
    Spans,
    Table,
    Text,
)
from commonweal.kernel.disclosure.wording import LANGUAGES, Language, period_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from commonweal.kernel.disclosure.markup import Line, RawBlock, RawSection
    from commonweal.periods import Period


def report_build(
    report_id: str,
    period: Period,
    *,
    language: Language,
    as_of: datetime | None = None,
    node: str = "",
    boundary: str = "",
    has_appendix: bool = True,
    root: Path = DOMAINS_ROOT,
) -> Report:
    """Build one report in one language as known at an instant.

    The same arguments and the same ``as_of`` give the same report for ever, whatever was restated
    since. Without ``as_of`` it is the instant at which facts were last recorded.

    Args:
        report_id: A report defined by a domain.
        period: The period reported on.
        language: ``zh-hant``, ``zh-hans`` or ``en``.
        as_of: What was known then.
        node: Organisation node; the operator as a whole by default.
        boundary: Reporting boundary; the first defined by default.
        has_appendix: Whether each fact's making is told too; the site has pages for that.
        root: The folder of the domains that define reports.

    Raises:
        InputError: The report, the node, the boundary or the language is unknown.
        DefinitionError: The report's files are wrong.
        StateError: There are no facts yet.
    """
    if language not in LANGUAGES:
        raise InputError(f"no language {language!r}", hint=f"there are {', '.join(LANGUAGES)}")
    definition = report_definition(report_id, root)
    at, counted, top = latest_instant(as_of), boundary_get(boundary), node_get(node)
    last_day = period.months[-1] if period.months else period.start_date
    children = node_children(top.code, at_date=max(period.start_date, last_day), as_of=at)
    parts = nodes_below(_named(definition), top, at_date=max(period.start_date, last_day), as_of=at)
    known = known_load(
        _wanted(definition, period, [top.code, *parts], [child.code for child in children]),
        boundary=counted.code,
        as_of=at,
    )
    scene = Scene(language, period, top, children, known, counted.code, at, parts)
    resolver = Resolver(scene, definition.spec, counted, batch_at(at))
    with translation.override(language):  # words of models follow the report, not the reader
        return _Writer(definition, resolver).report(has_appendix=has_appendix)


def _mentions(definition: ReportDefinition) -> Iterator[Mention]:
    spec, indicators = definition.spec, catalogue().indicators
    for text in definition.texts.values():
        for section in text.sections:
            for span in section_spans(section, spec=spec, indicators=indicators):
                if isinstance(span, Mention):
                    yield span


def _named(definition: ReportDefinition) -> dict[str, str]:
    """Return the codes of nodes that the texts name, and where."""
    found = ((span.option("node"), span.place) for span in _mentions(definition))
    return {code: place for code, place in found if code}


def _wanted(
    definition: ReportDefinition, period: Period, nodes: list[str], children: list[str]
) -> Iterator[tuple[set[str], list[str], set[Period]]]:
    """Yield the indicators, nodes and periods that a report speaks of."""
    spec, indicators = definition.spec, catalogue().indicators
    named, ranked, periods = set[str](), set[str](), {period, period.year_before}
    for span in _mentions(definition):
        named |= {span.name, span.options.get("of", span.name)} & indicators.keys()
        ranked |= {span.options["of"]} if span.name == "rank" else set()
        periods.add(mention_period(span, period))
        periods.add(mention_period(span, period, "against"))
        periods.update(since_years(span, period))
    drawn = {name for chart in spec.charts for name in chart.indicators}
    across = {
        name for chart in spec.charts if chart.over == "children" for name in chart.indicators
    }
    across |= {column.indicator for table in spec.tables for column in table.columns}
    across |= {table.sort for table in spec.tables}
    months = months_of(period)
    yield named, nodes, periods
    yield drawn, nodes[:1], {*months, *(each.year_before for each in months)}
    yield ranked | across, children, {period}


class _Writer:
    """Holds what is known while one report is written."""

    def __init__(self, definition: ReportDefinition, resolver: Resolver) -> None:
        self.definition, self.resolver, self.scene = definition, resolver, resolver.scene
        self.language = resolver.scene.language
        self.text = definition.texts[self.language]
        self.gaps = Gaps(self.language, definition.spec.gaps == "listed")

    def report(self, *, has_appendix: bool) -> Report:
        sections = tuple(
            Section(section.id, section.title, tuple(self._blocks(section)))
            for section in self.text.sections
        )
        scene, batch = self.scene, self.resolver.batch
        printed, boundary = period_text(scene.period, self.language), self.resolver.boundary
        return Report(
            id=self.definition.spec.id,
            title=self.text.title,
            subtitle=f"{node_name(scene.node, self.language)} · {printed}",
            language=self.language,
            period=scene.period,
            period_text=printed,
            node=scene.node.code,
            node_name=node_name(scene.node, self.language),
            boundary=boundary.code,
            boundary_name=node_name(boundary, self.language),
            as_of=scene.as_of,
            sections=sections,
            entries=self._entries(sections) if has_appendix else (),
            tree_size=batch.tree_size if batch else 0,
            root_hash=batch.root_hash if batch else "",
        )

    def _blocks(self, section: RawSection) -> Iterator[Block]:
        part = section.title
        for raw in section.blocks:
            match raw.kind:
                case "heading":
                    yield from self.gaps.told()
                    part = raw.rows[0][0].text
                    yield Heading(part)
                case "bullets":
                    items = tuple(filter(None, (self._joined(row) for row in raw.rows)))
                    if items:
                        yield Bullets(items)
                case "table":
                    yield self._table(raw, part)
                case "directive":
                    yield self._directive(raw.rows[0][0])
                case _:
                    if spans := self._joined(raw.rows[0]):
                        yield Paragraph(spans)
        yield from self.gaps.told()

    def _joined(self, lines: tuple[Line, ...]) -> Spans:
        # Lines of a Chinese paragraph are joined without a space, as a typesetter would.
        gap: Spans = (Text(" "),) if self.language == "en" else ()
        spans: Spans = ()
        for line in lines:
            spans += (*(gap if spans else ()), *self._spans(line, in_text=True))
        return self.gaps.filled(spans)

    def _spans(self, line: Line, *, in_text: bool = False) -> Spans:
        spans: list[Text | Figure] = []
        is_strong = False
        indicators, allowed = catalogue().indicators, self.definition.spec.allowed
        for piece in line_parse(line, indicators=indicators, allowed=allowed):
            if isinstance(piece, Words):
                for index, part in enumerate(piece.text.split("**")):
                    is_strong ^= index > 0
                    spans += [Text(part, is_strong)] if part else []
            else:
                figure = self.resolver.span(piece, in_text=in_text)
                spans.append(replace(figure, is_strong=is_strong))
        return tuple(spans)

    def _table(self, raw: RawBlock, caption: str) -> Table:
        head, *rows = ([self._spans(cell) for cell in row] for row in raw.rows)
        numeric = [
            any(
                isinstance(span, Figure) or span.indicator
                for row in rows
                for span in row[column : column + 1][0]
            )
            for column in range(len(head))
        ]
        return Table(
            caption,
            tuple(Cell(spans, numeric[i]) for i, spans in enumerate(head)),
            tuple(tuple(Cell(spans, numeric[i]) for i, spans in enumerate(row)) for row in rows),
        )

    def _directive(self, line: Line) -> Chart | Table:
        place = f"{line.file}:{line.number}"
        what, _, name = line.text.strip("[] ").partition(" ")
        if what == "table":
            return table_build(self.definition.table(name.strip(), place), self.scene)
        spec = self.definition.chart(name.strip(), place)
        if spec.over == "path":
            return path_chart(spec, self.scene)
        return chart_build(spec, self.scene)

    def _entries(self, sections: Iterable[Section]) -> tuple[Entry, ...]:
        facts, inputs = facts_with_inputs(_fact_ids(sections))
        nodes = nodes_by_code(fact.node for fact in facts.values())
        return tuple(
            entry_build(fact, inputs=inputs.get(fact.pk, {}), nodes=nodes, language=self.language)
            for fact in facts.values()
        )


def _fact_ids(sections: Iterable[Section]) -> set[int]:
    return {
        fact_id
        for section in sections
        for block in section.blocks
        for spans in _block_spans(block)
        for span in spans
        if isinstance(span, Figure)
        for fact_id in span.fact_ids
    }


def _block_spans(block: Block) -> Iterator[Spans]:
    match block:
        case Paragraph():
            yield block.spans
        case Bullets():
            yield from block.items
        case Table():
            yield from (cell.spans for row in block.rows for cell in row)
        case Chart():
            yield from (cell.spans for row in block.table.rows for cell in row)
        case Heading():
            return
