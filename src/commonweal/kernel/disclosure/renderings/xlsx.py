"""The report's figures as a workbook: real numbers with printed decimals, and no formula."""

from __future__ import annotations

import io
import re
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.kernel.disclosure.renderings.annex import annex_build
from commonweal.kernel.disclosure.renderings.pages import edition_rows
from commonweal.kernel.disclosure.renderings.standards import state_words
from commonweal.kernel.disclosure.renderings.walking import plain, report_tables
from commonweal.kernel.disclosure.wording import unit_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonweal.kernel.disclosure.renderings.annex import Annex
    from commonweal.kernel.disclosure.tree import Report

Value = str | int | Decimal | tuple[Decimal, str] | None
"""A cell; a number may come with its format."""

_PRINTED: Final = re.compile(r"(?P<sign>[-\u2212]?)(?P<digits>[\d,]+(?:\.\d+)?)\s?(?P<share>%?)")
_SHARE: Final = "0.0%"


def report_xlsx(report: Report) -> bytes:
    """Return the workbook of a report that was built with its appendix.

    Texts are written as texts, whatever they begin with, so nothing in it is ever run. The same
    report gives the same bytes.
    """
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    annex = annex_build(report)
    with translation.override(report.language), xlsxwriter.Workbook(target, options) as book:
        created = report.as_of.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": f"{report.title} – {report.subtitle}", "created": created})
        sheets = _Sheets(book)
        sheets.add(_("About"), [_("Field"), _("Value")], edition_rows(report))
        sheets.add(_("Figures"), _fact_heads(), _facts(report, annex))
        _tables(sheets, report)
        sheets.add(_("Factors used"), _factor_heads(), _factors(report, annex))
        sheets.add(_("Restatements"), _change_heads(), _changes(report, annex))
        sheets.add(_("Standards"), _standard_heads(), _standards(annex))
    return target.getvalue()


class _Sheets:
    """Writes rows below a head that stays in view, and sizes columns by what they hold."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.formats: dict[str, xlsxwriter.format.Format] = {}
        self.bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def add(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Add a sheet with one table that can be filtered."""
        sheet = self.book.add_worksheet(name)
        n_rows = self.write(sheet, 0, heads, rows)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(n_rows, 1), len(heads) - 1)

    def write(
        self,
        sheet: xlsxwriter.worksheet.Worksheet,
        top: int,
        heads: Sequence[str],
        rows: Iterable[Sequence[Value]],
    ) -> int:
        """Write a table from a row on, and return how many rows it has."""
        for column, head in enumerate(heads):
            sheet.write_string(top, column, head, self.bold)
            sheet.set_column(column, column, 22)
        n_rows = 0
        for n_rows, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                self._cell(sheet, top + n_rows, column, value)
        return n_rows

    def _cell(
        self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Value
    ) -> None:
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, column, value)
        elif isinstance(value, tuple):
            sheet.write_number(row, column, float(value[0]), self._format(value[1]))
        else:
            sheet.write_number(row, column, float(value))

    def _format(self, code: str) -> xlsxwriter.format.Format:
        if code not in self.formats:
            self.formats[code] = self.book.add_format({"num_format": code})
        return self.formats[code]


def number_format(decimals: int, *, is_share: bool = False) -> str:
    """Return the format that prints a number with its decimals.

    >>> number_format(2), number_format(0), number_format(1, is_share=True)
    ('#,##0.00', '#,##0', '0.0%')
    """
    return (
        ("0" if is_share else "#,##0")
        + ("." + "0" * decimals if decimals else "")
        + ("%" if is_share else "")
    )


def printed_number(text: str) -> tuple[Decimal, str] | None:
    r"""Return a printed number with its format; None if it is anything else.

    >>> printed_number("\u22121,234.50"), printed_number("27.9%"), printed_number("4 GWh")
    ((Decimal('-1234.50'), '#,##0.00'), (Decimal('0.279'), '0.0%'), None)
    """
    found = _PRINTED.fullmatch(text)
    if found is None:
        return None
    value = Decimal(found["digits"].replace(",", "")) * (-1 if found["sign"] else 1)
    decimals = len(found["digits"].partition(".")[2])
    is_share = bool(found["share"])
    return value / 100 if is_share else value, number_format(decimals, is_share=is_share)


# --- the sheets ---
def _tables(sheets: _Sheets, report: Report) -> None:
    """Write the tables of the report below one another, with their captions."""
    sheet, top = sheets.book.add_worksheet(_("Tables")), 0
    for _section, table in report_tables(report):
        sheet.write_string(top, 0, table.caption, sheets.bold)
        heads = [plain(cell.spans) for cell in table.head]
        rows = (
            [printed_number(plain(cell.spans)) or plain(cell.spans) for cell in row]
            for row in table.rows
        )
        top += sheets.write(sheet, top + 1, heads, rows) + 3


def _fact_heads() -> list[str]:
    return [
        _("Fact"),
        _("Indicator"),
        _("Name"),
        _("Organisation"),
        _("Period"),
        _("From"),
        pgettext("day after the last", "Before"),
        _("Value"),
        _("Unit"),
        _("Decimals"),
        _("Boundary"),
        pgettext("share", "Estimated"),
        _("Method"),
        _("Formula"),
        _("In the text"),
        _("Recorded"),
        pgettext("before an instant", "As known on"),
    ]


def _facts(report: Report, annex: Annex) -> Iterable[Sequence[Value]]:
    for row in annex.facts:
        is_share = unit_text(row.unit, "en") == ""
        shown = number_format(row.decimals, is_share=is_share)
        yield (
            row.fact_id,
            row.indicator,
            row.name,
            row.node_name,
            row.period,
            row.start_date.isoformat(),
            row.end_date.isoformat(),
            None if row.value is None else (row.value, shown),
            row.unit,
            row.decimals,
            row.boundary,
            None if row.estimated_share is None else (row.estimated_share, _SHARE),
            annex.entries[row.fact_id].method,
            row.formula,
            _("yes") if row.is_printed else _("no"),
            row.recorded_at.isoformat(),
            report.as_of.isoformat(),
        )


def _factor_heads() -> list[str]:
    return [
        _("Factor"),
        _("Carrier"),
        _("Value"),
        _("Unit"),
        pgettext("of a factor", "Place"),
        _("Year"),
        _("Year of the data"),
        _("Source of the factor"),
        _("Steps"),
        _("Facts"),
    ]


def _factors(report: Report, annex: Annex) -> Iterable[Sequence[Value]]:
    for row in annex.factors:
        yield (
            row.id,
            row.carrier,
            row.value,
            unit_text(row.unit, report.language),
            row.place,
            row.year,
            row.data_year,
            row.source,
            "; ".join(row.steps),
            ", ".join(str(fact_id) for fact_id in row.fact_ids),
        )


def _change_heads() -> list[str]:
    return [
        _("Fact"),
        _("Replaces"),
        _("Indicator"),
        _("Name"),
        _("Organisation"),
        _("Period"),
        pgettext("value", "Before"),
        pgettext("value", "Now"),
        _("Unit"),
        _("Reason"),
        _("Recorded"),
    ]


def _changes(report: Report, annex: Annex) -> Iterable[Sequence[Value]]:
    for row in annex.changes:
        yield (
            row.fact_id,
            row.replaced_id,
            row.indicator,
            row.name,
            row.node,
            row.period,
            row.value_before,
            row.value,
            unit_text(row.unit, report.language),
            row.reason,
            row.recorded_at.isoformat(),
        )


def _standard_heads() -> list[str]:
    return [
        _("Standard"),
        _("Paragraph"),
        _("Subject"),
        _("State"),
        _("Indicator"),
        _("Name"),
        _("Value"),
        _("Fact"),
    ]


def _standards(annex: Annex) -> Iterable[Sequence[Value]]:
    words = state_words()
    for standard in annex.standards:
        for each in standard.paragraphs:
            head = (standard.name, each.id, each.label, words[each.state])
            for answer in each.answers:
                yield (*head, answer.indicator, answer.name, answer.value, answer.fact_id)
            if not each.answers:
                yield head
