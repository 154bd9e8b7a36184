"""The columns of a table of records: which header means which field.

A header is a field's id or its name in any of the three languages, with or without the unit in
brackets behind it. Beside the fields there are ``code``, ``node``, and for edits made elsewhere
``id`` and ``version``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.catalogue.reading import Names
    from commonweal.kernel.programmes.registry import RecordType

CODE: Final = "code"
NODE: Final = "node"
ID: Final = "id"
VERSION: Final = "version"
STATE: Final = "state"
KEYS: Final = (CODE, NODE, ID, VERSION)
REASON: Final = "(why refused)"
ENVELOPE: Final[Mapping[str, Names]] = {
    CODE: {"zh-hant": "編號", "zh-hans": "编号", "en": "Code"},
    NODE: {"zh-hant": "單位", "zh-hans": "单位", "en": "Unit"},
    ID: {"zh-hant": "標識", "zh-hans": "标识", "en": "Identifier"},
    VERSION: {"zh-hant": "版本", "zh-hans": "版本", "en": "Version"},
    STATE: {"zh-hant": "狀態", "zh-hans": "状态", "en": "State"},
}
_TOLD: Final = frozenset({STATE, REASON})  # written by us, never read
_UNIT: Final = re.compile(r"^(?P<name>.*?)\s*\[(?P<unit>[^\]]*)\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which header of a file has which column of ours, and which headers nothing uses."""

    headers: Mapping[str, str]
    """Field or envelope column → header in the file."""
    ignored: tuple[str, ...]
    is_escaped: bool = True
    """Its texts have an apostrophe before what a spreadsheet would run; typed files do not."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The programme's own fields that the file has."""
        return tuple(name for name in self.headers if name not in ENVELOPE)


def field_names(kind: RecordType) -> tuple[str, ...]:
    """Return the fields that people enter."""
    return tuple(name for name, each in kind.spec.fields.items() if not each.is_computed)


def header(kind: RecordType, name: str) -> str:
    """Return the header of a column in the reader's language, with the unit of a number."""
    spec = kind.spec.fields.get(name)
    if spec is None:
        return named(ENVELOPE[name])
    return named(spec.name) + (f" [{spec.unit}]" if spec.unit else "")


def columns_find(kind: RecordType, headers: Sequence[str], file: str) -> Columns:
    """Return which header is which column.

    Raises:
        InputError: Two headers mean the same, one means two fields or another unit, or the column
            that identifies records is missing.
    """
    meanings = _meanings(kind)
    found: dict[str, str] = {}
    ignored = []
    for each in headers:
        name = _meaning(kind, meanings, each, file)
        if name is None:
            ignored.append(each)
        elif name in found:
            raise InputError(
                _("%(file)s: the headers %(one)r and %(other)r both mean %(name)s")
                % {"file": file, "one": found[name], "other": each, "name": name},
                hint=_("take one of the columns out"),
            )
        elif name not in _TOLD:
            found[name] = each
    if CODE not in found and ID not in found:
        raise InputError(
            _("%(file)s has no column %(column)s, which says which record a row is")
            % {"file": file, "column": CODE},
            hint=_("`commonweal programmes template %(kind)s` writes a table that has all columns")
            % {"kind": kind.id},
        )
    is_typed = file.lower().endswith(".parquet")
    return Columns(headers=found, ignored=tuple(ignored), is_escaped=not is_typed)


def _meanings(kind: RecordType) -> dict[str, set[str]]:
    """Return header in lower case → columns that it may mean; an id means only itself."""
    names = {name: kind.spec.fields[name].name for name in field_names(kind)}
    found: dict[str, set[str]] = {}
    for name, words in {**names, **ENVELOPE}.items():
        for word in words.values():
            found.setdefault(word.lower(), set()).add(name)
    return found | {name: {name} for name in (*names, *ENVELOPE, REASON)}


def _meaning(
    kind: RecordType, meanings: Mapping[str, set[str]], text: str, file: str
) -> str | None:
    bare, unit = text.strip(), None
    if bare.lower() not in meanings and (form := _UNIT.match(bare)):
        bare, unit = form["name"], form["unit"].strip()
    found = meanings.get(bare.lower(), set())
    if len(found) > 1:
        raise InputError(
            _("%(file)s: the header %(header)r may mean %(names)s")
            % {"file": file, "header": text, "names": ", ".join(sorted(found))},
            hint=_("write one of these as the header instead"),
        )
    name = next(iter(found), None)
    wanted = kind.spec.fields[name].unit if name in kind.spec.fields else None
    if name is not None and unit is not None and unit != wanted:
        raise InputError(
            _("%(file)s: the header %(header)r says %(unit)s, but %(name)s is in %(wanted)s")
            % {"file": file, "header": text, "unit": unit, "name": name, "wanted": wanted or "–"},
            hint=_("convert the column, and write the unit that the template has"),
        )
    return name
