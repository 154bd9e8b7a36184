"""The rows of a file: their keys and values read, and what is wrong with each as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from commonweal.kernel.programmes.imports.cells import Cleaner, texts
from commonweal.kernel.programmes.imports.headers import CODE, ID, KEYS, NODE, VERSION
from commonweal.kernel.programmes.imports.result import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.imports.headers import Columns
    from commonweal.kernel.programmes.imports.matching import Register
    from commonweal.kernel.programmes.registry import RecordType

_CODE_LIMIT: Final = 64


@dataclass(slots=True)
class Row:
    """One row of the file; what is wrong with it so far."""

    place: int
    """In its batch."""
    number: int
    code: str = ""
    id: UUID | None = None
    version: int | None = None
    node: Node | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: list[RowRefusedError] = field(default_factory=list)


class RowReader:
    """Reads rows some thousand at a time; remembers the keys it has seen."""

    def __init__(self, kind: RecordType, columns: Columns, register: Register) -> None:
        """Begin a file."""
        self._columns, self._register = columns, register
        self._cleaner = Cleaner(kind, columns)
        self._seen: dict[str | UUID, int] = {}

    def rows(
        self, cells: pa.Table, numbers: Sequence[int], faults: Sequence[str | None]
    ) -> list[Row]:
        """Return the rows with everything that is wrong with them as they stand."""
        values = self._cleaner.values(cells)
        keys = {name: self._keys(name, cells) for name in KEYS if name in self._columns.headers}
        nodes = self._register.nodes({each for each in keys.get(NODE, ()) if each})
        names, columns = list(values), list(values.values())
        rows = []
        for place, (number, fault) in enumerate(zip(numbers, faults, strict=True)):
            read = [column[place] for column in columns]
            row = Row(place, number, values=dict(zip(names, read, strict=True)))
            row.faults = [each for each in read if isinstance(each, RowRefusedError)]
            if fault:
                hint = _("look for a delimiter or a quotation mark inside a cell")
                row.faults = [RowRefusedError("shape", fault, hint=hint)]
            self._keys_set(row, {name: each[place] for name, each in keys.items()}, nodes)
            rows.append(row)
        return rows

    def _keys(self, name: str, cells: pa.Table) -> list[str | None]:
        found = texts(self._columns, name, cells).to_pylist()
        return [None if each is None else str(each) for each in found]

    def _keys_set(
        self, row: Row, keys: Mapping[str, str | None], nodes: Mapping[str, Node | None]
    ) -> None:
        row.code = keys.get(CODE) or ""
        try:
            row.id = _id(keys.get(ID))
            row.version = _version(keys.get(VERSION))
            row.node = self._node(nodes, keys.get(NODE))
            self._once(row)
        except RowRefusedError as fault:
            row.faults.append(fault)

    def _node(self, nodes: Mapping[str, Node | None], code: str | None) -> Node | None:
        if code and nodes[code] is None:
            raise RowRefusedError(
                "node",
                _("there is no node %(code)r") % {"code": code},
                column=self._columns.headers[NODE],
                value=code,
                hint=_("`commonweal org tree` lists them"),
            )
        return nodes[code] if code else None

    def _once(self, row: Row) -> None:
        """Refuse a code or id that an earlier row has."""
        if len(row.code) > _CODE_LIMIT:
            sentence = _("a code has at most %(n)d characters") % {"n": _CODE_LIMIT}
            raise RowRefusedError("value", sentence, column=CODE, value=row.code)
        if not row.code.isprintable():
            sentence = _("%(code)a has characters that nobody sees") % {"code": row.code}
            raise RowRefusedError("value", sentence, column=CODE, value=row.code)
        for name, key in ((CODE, row.code), (ID, row.id)):
            if key and (first := self._seen.setdefault(key, row.number)) != row.number:
                raise RowRefusedError(
                    "double",
                    _("%(key)s stands in row %(row)d already") % {"key": key, "row": first},
                    column=name,
                    value=key,
                    hint=_("one row for one record: take one of them out"),
                )


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise RowRefusedError(
            "value",
            _("%(value)r is no identifier") % {"value": text},
            column=ID,
            value=text,
            hint=_("leave it empty, or as it was exported"),
        ) from None


def _version(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise RowRefusedError(
            "value",
            _("%(value)r is no version") % {"value": text},
            column=VERSION,
            value=text,
            hint=_("leave it empty, or as it was exported"),
        )
    return int(text)
