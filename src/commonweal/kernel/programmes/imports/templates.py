"""Tables to fill in, in the reader's language: what to write where, lists to choose from.

The example row is marked in its first cell, as the lake's templates are, and skipped on reading.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from django.db.models import DateField, DateTimeField, DecimalField, FloatField, IntegerField
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.imports.headers import CODE, NODE, field_names, header
from commonweal.kernel.programmes.values import named
from commonweal.lake.cells import EXAMPLE_MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.registry import RecordType

_FILLED_ROWS: Final = 100_000  # rows that formats and lists reach; longer tables come as CSV
_LISTED_NODES: Final = 20_000
_LISTS: Final = "lists"


def template_write(kind: RecordType, form: str, *, scope: Scope) -> bytes:
    """Return an empty table of a type of record as ``xlsx`` or ``csv``.

    Raises:
        InputError: The form is another.
    """
    if form == "csv":
        return _csv(kind, scope)
    if form == "xlsx":
        return _xlsx(kind, scope)
    raise InputError(
        _("a template cannot be %(form)s") % {"form": form or "?"}, hint=_("name it .xlsx or .csv")
    )


def _columns(kind: RecordType) -> tuple[str, ...]:
    return (CODE, NODE, *field_names(kind))


def _node_codes(kind: RecordType, scope: Scope) -> list[str]:
    """Return the nodes at which this scope may open such records."""
    ids = scope.nodes_of(kind.spec.opened_by)
    nodes = Node.objects.all() if ids is None else Node.objects.filter(pk__in=sorted(ids))
    return list(nodes.order_by("code").values_list("code", flat=True)[:_LISTED_NODES])


def _example(kind: RecordType, nodes: Sequence[str]) -> list[str]:
    cells = [f"{EXAMPLE_MARK} {kind.spec.code}-0001", nodes[0] if nodes else ""]
    for name in field_names(kind):
        spec = kind.spec.fields[name]
        is_choice = spec.example in spec.choices
        cells.append(named(spec.choices[spec.example]) if is_choice else spec.example)
    return cells


def _csv(kind: RecordType, scope: Scope) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header(kind, name) for name in _columns(kind))
    writer.writerow(_example(kind, _node_codes(kind, scope)))
    return text.getvalue().encode("utf-8-sig")  # with the mark that spreadsheets look for


def _xlsx(kind: RecordType, scope: Scope) -> bytes:
    content = io.BytesIO()
    nodes = _node_codes(kind, scope)
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_sheet_name(named(kind.spec.name)))
        lists = book.add_worksheet(_LISTS)
        _fill_in_sheet(book, sheet, kind, _example(kind, nodes))
        _choose_from(sheet, lists, kind, nodes)
        lists.hide()
    return content.getvalue()


def _sheet_name(name: str) -> str:
    return "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31] or "records"


def _fill_in_sheet(
    book: Workbook, sheet: Worksheet, kind: RecordType, example: Sequence[str]
) -> None:
    bold = {"bold": True, "bg_color": "#0B6E4F", "font_color": "white", "text_wrap": True}
    heading = book.add_format(bold | {"valign": "top"})
    shown = book.add_format({"italic": True, "font_color": "#808080", "num_format": "@"})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 36)
    for index, name in enumerate(_columns(kind)):
        column = kind.columns.get(name)
        form = None if isinstance(column, DecimalField | FloatField | IntegerField) else text
        if isinstance(column, DateField) and not isinstance(column, DateTimeField):
            form = day
        sheet.set_column(index, index, 22, form)
        sheet.write_string(0, index, header(kind, name), heading)
        sheet.write_comment(0, index, _explained(kind, name), {"x_scale": 2, "y_scale": 1.5})
        sheet.write_string(1, index, example[index], shown)


def _explained(kind: RecordType, name: str) -> str:
    if name == CODE:
        return _("Says which record a row is. The same code again changes that record.")
    if name == NODE:
        return _("Code of the unit that the record belongs to")
    spec, column = kind.spec.fields[name], kind.columns[name]
    is_optional = column.blank or column.null or column.has_default()
    lines = [named(spec.help) if spec.help else named(spec.name)]
    lines.append(_("may be empty") if is_optional else _("needed"))
    if spec.example:
        lines.append(_("for example: %(example)s") % {"example": spec.example})
    return "\n".join([*lines, *(named(each) for each in spec.choices.values())])


def _choose_from(
    sheet: Worksheet, lists: Worksheet, kind: RecordType, nodes: Sequence[str]
) -> None:
    """Offer choices and nodes in lists; they lie on a hidden sheet, for lists may be long."""
    offered: dict[int, Sequence[str]] = {1: nodes}
    for index, name in enumerate(_columns(kind)):
        if name in kind.spec.fields and (choices := kind.spec.fields[name].choices):
            offered[index] = [named(each) for each in choices.values()]
    for place, (index, words) in enumerate(offered.items()):
        if not words:
            continue
        lists.write_column(0, place, words)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        rule: dict[str, Any] = {
            "validate": "list",
            "source": f"={_LISTS}!${letter}$1:${letter}${len(words)}",
            "error_type": "warning",
        }
        sheet.data_validation(2, index, _FILLED_ROWS, index, rule)
