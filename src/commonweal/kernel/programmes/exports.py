"""Records going out as CSV, XLSX, JSON lines or Parquet: a million with the memory of a thousand.

Tables for people (CSV, XLSX) have names in the reader's language and come back in as they are;
files for programs (JSON lines, Parquet) have ids. Personal fields are left out unless the scope
may read what is personal in every record that goes out.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    FloatField,
    ForeignKey,
    IntegerField,
    Q,
)
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import CLEARANCE, Privacy
from commonweal.kernel.programmes.imports.headers import CODE, ID, NODE, STATE, VERSION, header
from commonweal.kernel.programmes.safe_cells import cell_safe
from commonweal.kernel.programmes.values import named
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

    Rows = Iterator[Sequence[Any]]

_FETCHED: Final = 2000
_GROUP_ROWS: Final = 50_000
_SHEET_ROWS: Final = 1_048_576
_CELL_SIGNS: Final = 32_767
_SIGNIFICANT: Final = 15  # digits that a spreadsheet's numbers keep


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What went out."""

    n_rows: int
    withheld: tuple[str, ...]
    """Personal fields that the scope may not read in all of these records."""


def records_export(
    kind: RecordType, rows: QuerySet[Record], target: IO[bytes], form: str, *, scope: Scope
) -> ExportResult:
    """Write those of ``rows`` that the scope may see, in the order of their ids.

    Args:
        kind: Their type.
        rows: A queryset of it, filtered as wanted.
        target: Where the bytes go.
        form: ``csv``, ``xlsx``, ``jsonl`` or ``parquet``.
        scope: Who asks.

    Raises:
        InputError: The form is another, or a sheet cannot hold so many rows.
    """
    if form not in _WRITERS:
        raise InputError(
            _("records cannot be written as %(form)s") % {"form": form or "?"},
            hint=_("there are: %(known)s") % {"known": ", ".join(_WRITERS)},
        )
    seen = scope.visible(rows)
    withheld = _withheld(kind, seen, scope)
    names = (ID, VERSION, CODE, NODE, STATE, *(n for n in kind.columns if n not in withheld))
    columns = [_looked_up(kind, name) for name in names]
    found = seen.order_by("pk").values_list(*columns).iterator(chunk_size=_FETCHED)
    n_rows = _WRITERS[form](kind, names, found, target)
    return ExportResult(n_rows=n_rows, withheld=withheld)


def _withheld(kind: RecordType, rows: QuerySet[Record], scope: Scope) -> tuple[str, ...]:
    """Return the personal fields, unless the scope is cleared for all these records."""
    personal = tuple(name for name, each in kind.spec.fields.items() if each.is_personal)
    if not personal:
        return ()
    cleared = Q(owner_id=scope.user_id) if scope.user_id is not None else Q(pk__in=())
    for role, classes in CLEARANCE.items():
        if Privacy.PERSONAL.value in classes:
            nodes = scope.nodes_of(role)
            if nodes is None:
                return ()
            cleared |= Q(node_id__in=sorted(nodes))
    return personal if rows.exclude(cleared).exists() else ()


def _looked_up(kind: RecordType, name: str) -> str:
    """Return what to ask the database for: a reference by the code of what it refers to."""
    if name == NODE:
        return "node__code"
    column = kind.columns.get(name)
    if isinstance(column, ForeignKey):
        targets = {each.name for each in column.related_model._meta.get_fields()}  # noqa: SLF001
        return f"{name}__code" if "code" in targets else name
    return name


def _words(kind: RecordType, names: Sequence[str]) -> list[Callable[[Any], object]]:
    """Return for each column how a person sees its value; what they see comes back in as it is."""
    return [_word(kind, name) for name in names]


def _word(kind: RecordType, name: str) -> Callable[[Any], object]:
    words: dict[Any, str] = {}
    if name == STATE:
        words = {each.id: named(each.name) for each in kind.spec.states}
    elif name in kind.columns:
        choices = kind.spec.fields[name].choices
        words = {each: named(choice) for each, choice in choices.items()}
    if words:
        return lambda value: words.get(value, value)
    if isinstance(kind.columns.get(name), DateTimeField):
        return _local
    return str if name == ID else _same


def _local(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(BUSINESS_ZONE).isoformat(" ")


def _same(value: object) -> object:
    return value


def _csv(kind: RecordType, names: Sequence[str], rows: Rows, target: IO[bytes]) -> int:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(header(kind, name) for name in names)
    words, n_rows = _words(kind, names), 0
    for row in rows:
        cells = (word(value) for word, value in zip(words, row, strict=True))
        writer.writerow(["" if cell is None else cell_safe(cell) for cell in cells])
        n_rows += 1
    text.detach()
    return n_rows


def _xlsx(kind: RecordType, names: Sequence[str], rows: Rows, target: IO[bytes]) -> int:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    words, n_rows = _words(kind, names), 0
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        bold, day = (
            book.add_format({"bold": True}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        for index, name in enumerate(names):
            sheet.set_column(index, index, 20)
            sheet.write_string(0, index, header(kind, name), bold)
        sheet.freeze_panes(1, 0)
        for n_rows, row in enumerate(rows, start=1):
            if n_rows >= _SHEET_ROWS:
                raise InputError(
                    _("a sheet holds %(n)d rows and there are more") % {"n": _SHEET_ROWS - 1},
                    hint=_("export as csv or parquet, or fewer records"),
                )
            for index, (word, value) in enumerate(zip(words, row, strict=True)):
                _cell(sheet, n_rows, index, word(value), day)
    return n_rows


def _cell(sheet: Any, row: int, index: int, value: Any, day: Any) -> None:  # noqa: ANN401 - untyped library
    if value is None or value == "":
        return
    if hasattr(value, "year"):
        sheet.write_datetime(row, index, value, day)
    elif isinstance(value, bool):
        sheet.write_boolean(row, index, value)
    elif hasattr(value, "real") and len(str(value)) <= _SIGNIFICANT:
        sheet.write_number(row, index, value)
    else:
        text = str(cell_safe(str(value)))
        if len(text) > _CELL_SIGNS:
            raise InputError(
                _("row %(row)d has a text of %(n)d characters, a cell holds %(most)d")
                % {"row": row + 1, "n": len(text), "most": _CELL_SIGNS},
                hint=_("export as csv"),
            )
        sheet.write_string(row, index, text)


def _jsonl(_kind: RecordType, names: Sequence[str], rows: Rows, target: IO[bytes]) -> int:
    n_rows = 0
    for row in rows:
        document = dict(zip(names, row, strict=True))
        line = json.dumps(document, ensure_ascii=False, default=_plain)
        target.write(line.encode() + b"\n")
        n_rows += 1
    return n_rows


def _plain(value: Any) -> str:  # noqa: ANN401 - json's own contract
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _parquet(kind: RecordType, names: Sequence[str], rows: Rows, target: IO[bytes]) -> int:
    schema = pa.schema([(name, _arrow(kind, name)) for name in names])
    n_rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while some := list(islice(rows, _GROUP_ROWS)):
            columns = [
                pa.array(
                    [_typed(value, field.type) for value in column], field.type, from_pandas=False
                )
                for column, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.table(columns, schema=schema))
            n_rows += len(some)
    return n_rows


def _typed(value: object, kind: pa.DataType) -> object:
    if value is None or not pa.types.is_string(kind):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _arrow(kind: RecordType, name: str) -> pa.DataType:
    column = kind.columns.get(name)
    if name == VERSION:
        return pa.int64()
    if isinstance(column, DecimalField) and column.max_digits is not None:
        return pa.decimal128(column.max_digits, column.decimal_places or 0)
    for field, found in _ARROW:
        if isinstance(column, field):
            return found
    return pa.string()


_ARROW: Final = (
    (BooleanField, pa.bool_()),
    (DateTimeField, pa.timestamp("us", "UTC")),
    (DateField, pa.date32()),
    (FloatField, pa.float64()),
    (IntegerField, pa.int64()),
)
_WRITERS: Final[dict[str, Callable[[RecordType, Sequence[str], Rows, IO[bytes]], int]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
