"""The slow reader: any well-formed XML, through libxml2, to the columns that ``scanning`` gives.

It refuses what a performance file has no use for and an attacker has: a document type (entities,
external ones too), depth, and what libxml2 itself refuses (names and texts beyond all measure).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from lxml import etree

from commonweal.domains.radio.network.pm.block import (
    MISCOUNTED,
    NO_DATA,
    NONE,
    NUMBER,
    OTHER,
    SUSPECT,
    Block,
    Header,
)
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DEPTH: Final = 32
_LENGTH: Final = 1000
_BLOCK_VALUES: Final = 200_000
_FEED_BYTES: Final = 1 << 20  # libxml2 takes no more than 10 MB at once
_LEAVES: Final = {"r", "suspect", "measResults", "measType", "measTypes"}
_PARENTS: Final = {
    "r": "measValue",
    "suspect": "measValue",
    "measResults": "measValue",
    "measValue": "measInfo",
    "measType": "measInfo",
    "measTypes": "measInfo",
    "granPeriod": "measInfo",
}


class UnreadableError(InputError):
    """A file is not what its kind says; nothing of it is taken."""

    def __init__(self, message: str, *, rule: str, hint: str) -> None:
        """Keep the rule's name for the list of rejects."""
        super().__init__(message, hint=hint)
        self.rule = rule


def judge(pieces: Iterable[bytes]) -> Iterator[Block]:
    """Yield what the pieces of one file say, in blocks of whole infos.

    Raises:
        UnreadableError: They are no whole XML, or have a document type or too many levels.
    """
    target = _Target()
    parser = etree.XMLParser(
        target=target,
        resolve_entities="internal",  # &amp; and its like: none is declared without a document type
        no_network=True,
        huge_tree=False,
        load_dtd=False,
    )
    try:
        for piece in pieces:
            for first in range(0, len(piece), _FEED_BYTES):
                parser.feed(piece[first : first + _FEED_BYTES])
            if target.n_values >= _BLOCK_VALUES and not target.in_info:
                yield target.taken()
        parser.close()
    except etree.XMLSyntaxError as fault:
        raise UnreadableError(
            f"it is no whole XML: {fault.msg}",
            rule="not_xml",
            hint="fetch the file again; if it stays so, its sender writes it so",
        ) from fault
    yield target.taken()


class _Target:
    """Takes libxml2's events; keeps columns."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._header: dict[str, str] = {}
        self._element: str | None = None
        self._text: list[str] | None = None
        self._attributes: dict[str, str] = {}
        self._clear()

    @property
    def in_info(self) -> bool:
        return "measInfo" in self._open

    @property
    def n_values(self) -> int:
        return len(self._values)

    def _clear(self) -> None:
        self._strings: dict[str, int] = {}
        self._infos: list[tuple[int, int, int]] = []
        self._rows: list[tuple[int, int, int]] = []
        self._types: list[int] = []
        self._values: list[tuple[int, int, float, int]] = []
        self._others: dict[int, str] = {}

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        raise UnreadableError(
            f"it declares a document type ({name}), through which entities come",
            rule="document_type",
            hint="a performance file has none; ask its sender",
        )

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        parent = self._open[-1] if self._open else ""
        if len(self._open) >= _DEPTH:
            raise UnreadableError(
                f"its elements lie more than {_DEPTH} deep",
                rule="too_deep",
                hint="a performance file needs 6 levels; ask its sender",
            )
        if self._text is not None:
            raise UnreadableError(
                f"there is an element {name!r} inside of {parent!r}, which holds a text",
                rule="structure",
                hint="ask its sender for files of TS 32.435",
            )
        if _PARENTS.get(name, parent) != parent:
            name = ""  # what it would mean elsewhere it does not mean here
        self._refuse_long((tag, *attributes.values()))
        self._open.append(name)
        if name in _LEAVES:
            self._text, self._attributes = [], dict(attributes)
        elif name:
            self._opened(name, attributes)

    def _refuse_long(self, texts: Iterable[str]) -> None:
        if any(len(text) > _LENGTH for text in texts):
            raise UnreadableError(
                f"a name in it is longer than {_LENGTH} characters",
                rule="too_long",
                hint="a performance file has no such names; ask its sender",
            )

    def _opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "measInfo":
            self._duration = self._end = NONE
            self._of_p: dict[int, int] = {}
            self._pending: list[tuple[int, list[tuple[int, str]], str | None, bool]] = []
            self._n_types = 0
        elif name == "granPeriod":
            self._duration = self._number(attributes.get("duration"))
            self._end = self._number(attributes.get("endTime"))
        elif name == "measValue":
            self._object = self._number(attributes.get("measObjLdn"))
            self._results: list[tuple[int, str]] = []
            self._compact: str | None = None
            self._suspect = False
        elif name in {"managedElement", "measEntity"}:
            self._element = attributes.get("localDn")
        elif name == "fileHeader":
            self._tell("dn_prefix", attributes.get("dnPrefix"))
        elif name == "fileSender":
            self._tell("sender_dn", attributes.get("localDn", attributes.get("senderName")))
        elif name in {"measCollec", "measData"}:
            self._tell("begins", attributes.get("beginTime"))
            self._tell("ends", attributes.get("endTime"))
            if name == "measData":
                self._element = None

    def _tell(self, name: str, said: str | None) -> None:
        if said is not None:
            self._header[name] = said

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, _tag: str) -> None:
        name = self._open.pop()
        if name in _LEAVES:
            text = "".join(self._text or ()).strip()
            self._text = None
            self._leaf(name, text)
        elif name == "measValue":
            self._pending.append((self._object, self._results, self._compact, self._suspect))
        elif name == "measInfo":
            self._finish()

    def _leaf(self, name: str, text: str) -> None:
        if name == "suspect":
            self._suspect = self._suspect or text.lower() in {"true", "1"}
        elif name == "r":
            self._results.append((self._position(len(self._results) + 1), text))
        elif name == "measResults":
            self._compact = text
        elif name == "measType":
            self._refuse_long([text])
            self._n_types += 1
            self._add_type(self._position(self._n_types), text)
        else:
            self._refuse_long(text.split())
            for word in text.split():
                self._n_types += 1
                self._add_type(self._n_types, word)

    def _position(self, otherwise: int) -> int:
        written = self._attributes.get("p", str(otherwise)).strip()
        if not written.isdecimal():
            raise UnreadableError(
                f"a position p is {written!r}, no number",
                rule="structure",
                hint="ask its sender for files of TS 32.435",
            )
        return int(written)

    def _add_type(self, p: int, name: str) -> None:
        if p in self._of_p:
            raise UnreadableError(
                f"two types of one measInfo have the position p = {p}",
                rule="structure",
                hint="no value of it is sure of its counter; ask its sender",
            )
        self._of_p[p] = len(self._types)
        self._types.append(self._number(name))

    def _finish(self) -> None:
        info = len(self._infos)
        self._infos.append((self._number(self._element), self._duration, self._end))
        for dn, named, compact, suspect in self._pending:
            row = len(self._rows)
            flags = SUSPECT if suspect else 0
            words: list[str] = []
            if compact is not None:
                words = compact.split()
                flags |= 0 if len(words) == self._n_types else MISCOUNTED
            self._rows.append((info, dn, flags))
            for p, text in (*named, *enumerate(words, start=1)):
                kind, value = _value(text)
                if kind == OTHER:
                    self._others[len(self._values)] = text
                self._values.append((row, self._of_p.get(p, NONE), value, kind))

    def _number(self, text: str | None) -> int:
        if text is None:
            return NONE
        return self._strings.setdefault(text, len(self._strings))

    def close(self) -> None:
        """End; lxml asks for this method."""

    def taken(self) -> Block:
        """Return what was gathered, and begin anew."""
        infos = np.array(self._infos, np.int32).reshape(-1, 3)
        rows = np.array(self._rows, np.int32).reshape(-1, 3)
        of_rows, of_types, values, kinds = (
            zip(*self._values, strict=True) if self._values else ((), (), (), ())
        )
        block = Block(
            header=Header(**self._header),
            strings=list(self._strings),
            info_element=infos[:, 0],
            info_duration=infos[:, 1],
            info_end=infos[:, 2],
            row_info=rows[:, 0],
            row_object=rows[:, 1],
            row_flags=rows[:, 2],
            type_name=np.array(self._types, np.int32),
            value_row=np.array(of_rows, np.int32),
            value_type=np.array(of_types, np.int32),
            values=np.array(values, np.float64),
            value_kind=np.array(kinds, np.int32),
            others=self._others,
        )
        self._clear()
        return block


def _value(text: str) -> tuple[int, float]:
    if text in {"", "NIL"}:
        return NO_DATA, np.nan
    try:
        return NUMBER, float(text) if text.isascii() and "_" not in text else _no_number()
    except ValueError:
        return OTHER, np.nan


def _no_number() -> float:
    raise ValueError
