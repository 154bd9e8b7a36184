"""The quick reader: one compiled pass over the bytes of plain XML.

Plain is what nearly every performance file is: tags, attributes, text. Whatever else XML allows
(entities, comments, CDATA, character references), and whatever is not well-formed, makes ``scan``
give up; then ``judging`` reads it with libxml2, to the same columns or to an error. So the pass has
to be right about plain files only, and a test holds both together.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import numpy as np

from commonweal.domains.radio.network.pm import lexing as lex
from commonweal.domains.radio.network.pm.block import NONE, Array, Block, Header
from commonweal.domains.radio.network.pm.walking import compiled

_PROLOG: Final = re.compile(  # byte order mark, declaration, style sheet: in their usual form
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=(["'])1\.0\1"""
    rb"""(?: encoding=(["'])(?i:utf-8|us-ascii)\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>)?"""
    rb"""(?:\s*<\?xml-stylesheet [ -;=@-~]*\?>)?"""
)


class Room(NamedTuple):
    """Arrays that a scan fills."""

    state: Array
    strings: Array
    """Start and end of each text."""
    buckets: Array
    opened: Array
    """Start, end, end of the name, and number of each open element."""
    infos: Array
    rows: Array
    types: Array
    values: Array
    marks: Array
    """Row, type and kind of each value."""
    others: Array
    """Value, start and end of each text that is no plain number."""
    types_of_p: Array
    """For each ``p`` the info that last used it, and its type there."""


def _room(n_bytes: int) -> Room:
    """Make room for whatever so many bytes can say; what is not used is never touched."""
    n_values, n_rows, n_infos = n_bytes // 2 + 1, n_bytes // 12 + 1, n_bytes // 11 + 1
    state = np.zeros(lex.N_STATE, np.int64)
    state[lex.PREFIX_AT :] = NONE
    return Room(
        state=state,
        strings=np.empty((lex.STRINGS, 2), np.int32),
        buckets=np.full(lex.STRINGS * 2, NONE, np.int32),
        opened=np.empty((lex.DEPTH, 4), np.int32),
        infos=np.empty((n_infos, 3), np.int32),
        rows=np.empty((n_rows, 3), np.int32),
        types=np.empty(n_values, np.int32),
        values=np.empty(n_values, np.float64),
        marks=np.empty((n_values, 3), np.int32),
        others=np.empty((n_values, 3), np.int32),
        types_of_p=np.full((lex.P_LIMIT, 2), NONE, np.int32),
    )


def scan(piece: bytes, *, is_final: bool) -> tuple[Block, bytes] | None:
    """Read all infos of a piece of a file.

    Args:
        piece: Bytes from the file's start, or from ``reopened`` on, to behind the end of an info.
        is_final: The piece reaches to the file's end.

    Returns:
        The columns, and the tags that are open at the piece's end, to be put before the next one.
        None where the piece is not plain XML in UTF-8: let ``judging`` read it.
    """
    if not _is_plain_text(piece):
        return None
    begun = _PROLOG.match(piece)
    text = np.frombuffer(piece, np.uint8)[begun.end() if begun else 0 :]
    room = _room(len(text))
    if not compiled()(text, is_final, *room):
        return None
    return _block(text, room), _reopened(text, room)


def _is_plain_text(piece: bytes) -> bool:
    if piece.isascii():
        return True
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return b"\xef\xbf\xbe" not in piece and b"\xef\xbf\xbf" not in piece


def _block(text: Array, room: Room) -> Block:
    content, state = text.data, room.state.tolist()
    strings = [
        str(content[start:end], "utf-8")
        for start, end in room.strings[: state[lex.N_STRINGS]].tolist()
    ]
    others = {
        value: str(content[start:end], "utf-8")
        for value, start, end in room.others[: state[lex.N_OTHERS]].tolist()
    }

    def said(place: int) -> str:
        return strings[state[place]] if state[place] >= 0 else ""

    infos, rows = room.infos[: state[lex.N_INFOS]], room.rows[: state[lex.N_ROWS]]
    marks = room.marks[: state[lex.N_VALUES]]
    return Block(
        header=Header(
            dn_prefix=said(lex.PREFIX_AT),
            sender_dn=said(lex.SENDER_AT),
            begins=said(lex.BEGIN_AT),
            ends=said(lex.END_AT),
        ),
        strings=strings,
        info_element=infos[:, lex.INFO_ELEMENT],
        info_duration=infos[:, lex.INFO_DURATION],
        info_end=infos[:, lex.INFO_END],
        row_info=rows[:, lex.ROW_INFO],
        row_object=rows[:, lex.ROW_OBJECT],
        row_flags=rows[:, lex.ROW_FLAGS],
        type_name=room.types[: state[lex.N_TYPES]],
        value_row=marks[:, lex.VALUE_ROW],
        value_type=marks[:, lex.VALUE_TYPE],
        values=room.values[: state[lex.N_VALUES]],
        value_kind=marks[:, lex.VALUE_KIND],
        others=others,
    )


def _reopened(text: Array, room: Room) -> bytes:
    """Return the tags that are open, and the managed element that holds from here on."""
    state = room.state.tolist()
    opened = room.opened[: state[lex.N_OPEN]].tolist()
    tags = [text[start:end].tobytes() for start, end, _, _ in opened]
    if opened and state[lex.ELEMENT_AT] >= 0:
        element = text[state[lex.ELEMENT_START] : state[lex.ELEMENT_END]].tobytes()
        tags.append(element.removesuffix(b">").removesuffix(b"/") + b"/>")
    return b"".join(tags)
