"""Inline XBRL 1.1: the report as XHTML that people read and machines do, too.

Every figure that states a fact is marked where it is printed. The page holds only what the XHTML
of the specification knows: no script, no form, pictures as images with their tables below them.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from commonweal.kernel.disclosure.svg import chart_svg
from commonweal.kernel.disclosure.tree import (
    Block,
    Bullets,
    Cell,
    Chart,
    Figure,
    Heading,
    Paragraph,
    Report,
    Section,
    Spans,
    Table,
)
from commonweal.kernel.disclosure.wording import instant_text, language_of
from commonweal.kernel.disclosure.xbrl.measures import PREFIXES, Measure
from commonweal.kernel.disclosure.xbrl.names import (
    AXES,
    ENTRY_POINT,
    IX,
    IXT,
    LINK,
    NAMESPACE,
    PREFIX,
    XBRLDI,
    XBRLI,
    XHTML,
    XLINK,
    XML,
    XML_LANGUAGES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.xbrl.entities import Entity
    from commonweal.kernel.disclosure.xbrl.printed import Printed
    from commonweal.kernel.disclosure.xbrl.statements import Context, Key, Statements

_SPACES: Final[dict[str | None, str]] = {
    None: XHTML,
    "ix": IX,
    "ixt": IXT,
    "link": LINK,
    "xlink": XLINK,
    "xbrldi": XBRLDI,
    PREFIX: NAMESPACE,
}
_SPACES.update(PREFIXES)
_STYLE: Final = Path(__file__).parent / "inline.css"
_FORMAT: Final = "ixt:num-dot-decimal"
_AS_KNOWN: Final = {"zh-hant": "資料截至", "zh-hans": "数据截至", "en": "As known on"}


def inline_html(report: Report, statements: Statements, entity: Entity) -> bytes:
    """Return a report as an inline XBRL document: the same report, the same bytes."""
    return _Page(report, statements, entity).document()


class _Page:
    """One document under construction."""

    def __init__(self, report: Report, statements: Statements, entity: Entity) -> None:
        self.report, self.statements, self.entity = report, statements, entity
        self.contexts = {each: f"c{n}" for n, each in enumerate(statements.contexts, start=1)}
        self.n_facts = 0

    def document(self) -> bytes:
        report = self.report
        language = XML_LANGUAGES[language_of(report.language)]
        root = etree.Element(_x("html"), {f"{{{XML}}}lang": language}, nsmap=_SPACES)
        head = _add(root, "head")
        _add(head, "title", f"{report.title} – {report.subtitle}")
        content = {"http-equiv": "Content-Type", "content": "text/html; charset=UTF-8"}
        _add(head, "meta", **content)
        _add(head, "style", _STYLE.read_text("utf-8"), type="text/css")
        body = _add(root, "body")
        self._header(_add(body, "div", style="display:none"))
        main = _add(body, "div", **{"class": "report"})
        _add(main, "p", report.subtitle, **{"class": "kicker"})
        _add(main, "h1", report.title)
        known = instant_text(report.as_of, report.language)
        meta = f"{_AS_KNOWN[report.language]} {known} · {report.boundary_name}"
        _add(main, "p", meta, **{"class": "meta"})
        for section in report.sections:
            self._section(main, section)
        return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))

    def _header(self, parent: Any) -> None:  # noqa: ANN401 - lxml has no types
        header = _ix(parent, "header")
        if self.statements.hidden:
            hidden = _ix(header, "hidden")
            for each in self.statements.hidden:
                attributes = self._marks(each.key, each.decimals, 0, is_negative=each.value < 0)
                _ix(hidden, "nonFraction", attributes).text = f"{abs(each.value):f}"
        references = _ix(header, "references")
        place = {f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": ENTRY_POINT}
        etree.SubElement(references, f"{{{LINK}}}schemaRef", place)
        resources = _ix(header, "resources")
        for context, name in self.contexts.items():
            self._context(resources, context, name)
        for measure in self.statements.measures:
            _unit(resources, measure)

    def _context(self, parent: Any, context: Context, name: str) -> None:  # noqa: ANN401
        element = _xbrli(parent, "context", {"id": name})
        whom = _xbrli(element, "entity")
        _xbrli(whom, "identifier", {"scheme": self.entity.scheme}).text = self.entity.identifier
        when = _xbrli(element, "period")
        if context.is_instant:
            _xbrli(when, "instant").text = context.last_date.isoformat()
        else:
            _xbrli(when, "startDate").text = context.start_date.isoformat()
            _xbrli(when, "endDate").text = context.last_date.isoformat()
        if not context.node:
            return
        scenario = _xbrli(element, "scenario")
        for axis, code in zip(AXES, (context.node, context.boundary), strict=True):
            dimension = {"dimension": f"{PREFIX}:{axis}"}
            member = etree.SubElement(scenario, f"{{{XBRLDI}}}typedMember", dimension)
            domain = f"{axis.removesuffix('Axis').lower()}_code"
            etree.SubElement(member, f"{{{NAMESPACE}}}{domain}").text = code

    def _marks(
        self, key: Key, decimals: int, scale: int, *, is_negative: bool
    ) -> Mapping[str, str]:
        self.n_facts += 1
        return {
            "id": f"f{self.n_facts}",
            "name": f"{PREFIX}:{key.indicator}",
            "contextRef": self.contexts[key.context],
            "unitRef": key.measure.id,
            "decimals": str(decimals),
            "scale": str(scale),
            "format": _FORMAT,
            **({"sign": "-"} if is_negative else {}),
        }

    def _section(self, parent: Any, section: Section) -> None:  # noqa: ANN401
        place = _add(parent, "div", id=section.id, **{"class": "section"})
        _add(place, "h2", section.title)
        for block in section.blocks:
            self._block(place, block)

    def _block(self, parent: Any, block: Block) -> None:  # noqa: ANN401
        match block:
            case Heading():
                _add(parent, "h3", block.text)
            case Paragraph():
                kind = {"class": "meta"} if block.role else {}
                self._spans(_add(parent, "p", **kind), block.spans)
            case Bullets():
                items = _add(parent, "ul") if block.items else None
                for spans in block.items:
                    self._spans(_add(items, "li"), spans)
            case Table():
                self._table(parent, block)
            case Chart():
                self._chart(parent, block)

    def _chart(self, parent: Any, chart: Chart) -> None:  # noqa: ANN401
        _add(parent, "p", chart.title, **{"class": "picture"})
        if chart.has_values:
            drawing = _self_contained(chart_svg(chart)).encode()
            source = "data:image/svg+xml;base64," + base64.b64encode(drawing).decode("ascii")
            _add(_add(parent, "p"), "img", src=source, alt=chart.title)
        self._table(parent, chart.table)

    def _table(self, parent: Any, table: Table) -> None:  # noqa: ANN401
        if not table.head or not table.rows:
            return
        element = _add(_add(parent, "div", **{"class": "scroll"}), "table")
        _add(element, "caption", table.caption)
        self._row(_add(element, "thead"), table.head, "th")
        body = _add(element, "tbody")
        for row in table.rows:
            self._row(body, row, "td")

    def _row(self, parent: Any, cells: tuple[Cell, ...], tag: str) -> None:  # noqa: ANN401
        row = _add(parent, "tr")
        for cell in cells:
            kind = {"class": "number"} if cell.is_numeric else {}
            self._spans(_add(row, tag, **kind), cell.spans)

    def _spans(self, parent: Any, spans: Spans) -> None:  # noqa: ANN401
        for span in spans:
            place = _add(parent, "strong") if span.is_strong else parent
            stated = self.statements.figures.get(span) if isinstance(span, Figure) else None
            if stated is None:
                _append(place, span.text)
            else:
                self._figure(place, *stated)

    def _figure(self, parent: Any, key: Key, printed: Printed) -> None:  # noqa: ANN401
        _append(parent, printed.before)
        attributes = self._marks(
            key, printed.decimals, printed.scale, is_negative=printed.is_negative
        )
        _ix(parent, "nonFraction", attributes).text = printed.digits
        _append(parent, printed.after)


def _unit(parent: Any, measure: Measure) -> None:  # noqa: ANN401 - lxml has no types
    unit = _xbrli(parent, "unit", {"id": measure.id})
    if not measure.under:
        _xbrli(unit, "measure").text = measure.over
        return
    divide = _xbrli(unit, "divide")
    for side, part in (("unitNumerator", measure.over), ("unitDenominator", measure.under)):
        _xbrli(_xbrli(divide, side), "measure").text = part


def _self_contained(drawing: str) -> str:
    """Put the styles of drawings into one: an image sees none of its page's."""
    style = (_STYLE.parent / "drawing.css").read_text("utf-8")
    return drawing.replace(">", f"><style>{style}</style>", 1)


def _x(tag: str) -> str:
    return f"{{{XHTML}}}{tag}"


def _add(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:  # noqa: ANN401
    element = etree.SubElement(parent, _x(tag), attributes)
    element.text = text
    return element


def _append(parent: Any, text: str) -> None:  # noqa: ANN401 - lxml has no types
    """Add text behind whatever an element already holds."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _ix(parent: Any, tag: str, attributes: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
    return etree.SubElement(parent, f"{{{IX}}}{tag}", attributes or {})


def _xbrli(parent: Any, tag: str, attributes: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
    return etree.SubElement(parent, f"{{{XBRLI}}}{tag}", attributes or {})
