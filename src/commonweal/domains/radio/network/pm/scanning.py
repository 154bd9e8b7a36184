"""The quick reader: one compiled pass over the bytes of plain XML.

Plain is what nearly every performance file is: tags, attributes, text. Whatever else XML allows
(entities, comments, CDATA, character references), and whatever is not well-formed, makes ``scan``
give up; then ``judging`` reads it with libxml2, to the same columns or to an error. So the pass has
to be right about plain files only, and a test holds both together.
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714 - compiled code
# takes few, flat functions: each call that passes an array costs it counting

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from commonweal.domains.radio.network.pm import lexing as lex
from commonweal.domains.radio.network.pm.block import (
    MISCOUNTED,
    NONE,
    OTHER,
    SUSPECT,
    Array,
    Block,
    Header,
)

if TYPE_CHECKING:
    from collections.abc import Callable


_PROLOG: Final = re.compile(  # byte order mark, declaration, style sheet: in their usual form
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=(["'])1\.0\1"""
    rb"""(?: encoding=(["'])(?i:utf-8|us-ascii)\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>)?"""
    rb"""(?:\s*<\?xml-stylesheet [ -;=@-~]*\?>)?"""
)


class Room(NamedTuple):
    """Arrays that a scan fills; few of them, because each costs a compiled call its counting."""

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


def _interned(
    text: Array, start: int, end: int, state: Array, strings: Array, buckets: Array
) -> int:
    """Return the number of a text; NONE where there is no room for another."""
    mixed = np.uint64(14695981039346656037)
    for at in range(start, end):
        mixed = (mixed ^ np.uint64(text[at])) * np.uint64(1099511628211)
    mask = len(buckets) - 1
    bucket = np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(mask))
    length = end - start
    while buckets[bucket] >= 0:
        known = buckets[bucket]
        first = strings[known, 0]
        if strings[known, 1] - first == length:
            at = 0
            while at < length and text[first + at] == text[start + at]:
                at += 1
            if at == length:
                return int(known)
        bucket = (bucket + 1) & mask
    number = state[lex.N_STRINGS]
    if number >= len(strings):
        return NONE
    strings[number, 0], strings[number, 1] = start, end
    state[lex.N_STRINGS] += 1
    buckets[bucket] = number
    return int(number)


def _add_value(
    text: Array,
    start: int,
    end: int,
    p: int,
    state: Array,
    types_of_p: Array,
    values: Array,
    marks: Array,
    others: Array,
) -> None:
    """Give the open row a value."""
    number = state[lex.N_VALUES]
    while start < end and lex.IS_SPACE[text[start]]:
        start += 1
    while start < end and lex.IS_SPACE[text[end - 1]]:
        end -= 1
    kind, value = lex.number(text, start, end)
    known = p < lex.P_LIMIT and types_of_p[p, 0] == state[lex.N_INFOS]
    values[number] = value
    marks[number, lex.VALUE_ROW] = state[lex.N_ROWS]
    marks[number, lex.VALUE_TYPE] = types_of_p[p, 1] if known else NONE
    marks[number, lex.VALUE_KIND] = kind
    state[lex.N_VALUES] += 1
    if kind == OTHER:
        other = state[lex.N_OTHERS]
        others[other, 0], others[other, 1], others[other, 2] = number, start, end
        state[lex.N_OTHERS] += 1


def _scan(
    text: Array,
    is_final: bool,  # noqa: FBT001
    state: Array,
    strings: Array,
    buckets: Array,
    opened: Array,
    infos: Array,
    rows: Array,
    types: Array,
    values: Array,
    marks: Array,
    others: Array,
    types_of_p: Array,
) -> bool:
    """Read all infos of a piece; False where it is not plain, or not whole."""
    n, at, depth = len(text), 0, 0
    n_types, position, done = 0, 0, False
    while True:
        while at < n and text[at] != lex.LT:
            if not lex.IS_TEXT[text[at]] or (depth == 0 and not lex.IS_SPACE[text[at]]):
                return False
            at += 1
        if at >= n:
            break
        following = text[at + 1] if at + 1 < n else 0
        if following == lex.SLASH:
            if depth == 0:
                return False
            depth -= 1
            name = opened[depth, 0] + 1
            if lex.leaf_end(text, at, name, opened[depth, 2]) != at:
                return False
            at += 3 + opened[depth, 2] - name
            if opened[depth, 3] == lex.VALUE:
                state[lex.N_ROWS] += 1
            elif opened[depth, 3] == lex.INFO:
                state[lex.N_INFOS] += 1
            done = depth == 0
            continue
        if following == lex.LETTER_R and depth and opened[depth - 1, 3] == lex.VALUE:
            p = lex.quick_r(text, at)  # the commonest element in its commonest form
            if p > 0:
                start = at + 8 + lex.n_digits(p)
                end = start
                while end < n and lex.IS_TEXT[text[end]] and text[end] != lex.LT:
                    end += 1
                if (
                    end + 3 < n
                    and text[end] == lex.LT
                    and text[end + 1] == lex.SLASH
                    and text[end + 2] == lex.LETTER_R
                    and text[end + 3] == lex.GT
                ):
                    position += 1
                    _add_value(text, start, end, p, state, types_of_p, values, marks, others)
                    at = end + 4
                    continue
        start = at
        at = lex.tag(text, at, state)
        if at < 0 or done:
            return False
        kind, is_empty = state[lex.KIND], state[lex.IS_EMPTY] == 1
        parent = opened[depth - 1, 3] if depth else NONE
        if kind == lex.R or kind == lex.SUSPECT or kind == lex.RESULTS:
            kind = kind if parent == lex.VALUE else NONE
        elif kind == lex.VALUE or kind == lex.TYPE or kind == lex.TYPES or kind == lex.PERIOD:
            kind = kind if parent == lex.INFO else NONE
        if (
            kind == lex.R
            or kind == lex.TYPE
            or kind == lex.TYPES
            or kind == lex.RESULTS
            or kind == lex.SUSPECT
        ):
            first = last = at
            if not is_empty:
                last = lex.leaf_end(text, at, start + 1, state[lex.NAME_END])
                if last < 0:
                    return False
                at = last + 2 + state[lex.NAME_END] - start
            p = lex.position(text, state)
            if p < 0:
                return False
            row = state[lex.N_ROWS]
            if kind == lex.R:
                position += 1
                _add_value(
                    text, first, last, p or position, state, types_of_p, values, marks, others
                )
            elif kind == lex.SUSPECT:
                if lex.is_true(text, first, last):
                    rows[row, lex.ROW_FLAGS] |= SUSPECT
            elif kind == lex.RESULTS:
                n_words = 0
                first = lex.end_of_space(text, first, last)
                while first < last:
                    end = lex.end_of_word(text, first, last)
                    n_words += 1
                    _add_value(text, first, end, n_words, state, types_of_p, values, marks, others)
                    first = lex.end_of_space(text, end, last)
                if n_words != n_types:
                    rows[row, lex.ROW_FLAGS] |= MISCOUNTED
            else:
                if row and rows[row - 1, lex.ROW_INFO] == state[lex.N_INFOS]:
                    return False  # a type behind its values
                first = lex.end_of_space(text, first, last)
                while first < last or kind == lex.TYPE:
                    end = lex.end_of_word(text, first, last)
                    if kind == lex.TYPE and lex.end_of_space(text, end, last) < last:
                        return False  # a name with a space in it
                    n_types += 1
                    p = p or n_types
                    if end - first > lex.LENGTH:
                        return False
                    name = _interned(text, first, end, state, strings, buckets)
                    if name < 0 or p >= lex.P_LIMIT or types_of_p[p, 0] == state[lex.N_INFOS]:
                        return False
                    types_of_p[p, 0], types_of_p[p, 1] = state[lex.N_INFOS], state[lex.N_TYPES]
                    types[state[lex.N_TYPES]] = name
                    state[lex.N_TYPES] += 1
                    p = 0
                    first = lex.end_of_space(text, end, last)
                    if kind == lex.TYPE:
                        break
            continue
        if kind == lex.INFO:
            if parent == lex.INFO or parent == lex.VALUE:
                return False
            info = state[lex.N_INFOS]
            infos[info, lex.INFO_ELEMENT] = state[lex.ELEMENT_AT]
            infos[info, lex.INFO_DURATION] = infos[info, lex.INFO_END] = NONE
            n_types = 0
        elif kind == lex.VALUE:
            row = state[lex.N_ROWS]
            rows[row, lex.ROW_INFO], rows[row, lex.ROW_FLAGS] = state[lex.N_INFOS], 0
            rows[row, lex.ROW_OBJECT] = NONE
            position = 0
        elif kind == lex.PERIOD:
            infos[state[lex.N_INFOS], lex.INFO_DURATION] = NONE
            infos[state[lex.N_INFOS], lex.INFO_END] = NONE
        elif kind == lex.DATA:
            state[lex.ELEMENT_AT] = NONE
        elif kind == lex.ELEMENT or kind == lex.ENTITY:
            state[lex.ELEMENT_AT] = NONE
            state[lex.ELEMENT_START], state[lex.ELEMENT_END] = start, at
        for attribute in range(len(lex.ATTRIBUTE_ENDS) - 1):
            if kind < 0 or state[lex.FROM + attribute] < 0:
                continue
            number = _interned(
                text,
                state[lex.FROM + attribute],
                state[lex.TO + attribute],
                state,
                strings,
                buckets,
            )
            if number < 0:
                return False
            if kind == lex.VALUE and attribute == lex.OBJECT:
                rows[state[lex.N_ROWS], lex.ROW_OBJECT] = number
            elif kind == lex.PERIOD and attribute == lex.DURATION:
                infos[state[lex.N_INFOS], lex.INFO_DURATION] = number
            elif kind == lex.PERIOD and attribute == lex.END:
                infos[state[lex.N_INFOS], lex.INFO_END] = number
            elif attribute == lex.DN and (kind == lex.ELEMENT or kind == lex.ENTITY):
                state[lex.ELEMENT_AT] = number
            elif (kind == lex.SENDER and attribute == lex.DN) or (
                kind == lex.SENDER and attribute == lex.SENDER_NAME and state[lex.FROM + lex.DN] < 0
            ):
                state[lex.SENDER_AT] = number
            elif kind == lex.HEADER and attribute == lex.PREFIX:
                state[lex.PREFIX_AT] = number
            elif attribute == lex.BEGIN and (kind == lex.COLLECTION or kind == lex.DATA):
                state[lex.BEGIN_AT] = number
            elif attribute == lex.END and (kind == lex.COLLECTION or kind == lex.DATA):
                state[lex.END_AT] = number
        if is_empty:
            if kind == lex.VALUE:
                state[lex.N_ROWS] += 1
            elif kind == lex.INFO:
                state[lex.N_INFOS] += 1
            done = depth == 0
        else:
            if depth >= lex.DEPTH:
                return False
            opened[depth, 0], opened[depth, 1] = start, at
            opened[depth, 2], opened[depth, 3] = state[lex.NAME_END], kind
            depth += 1
    state[lex.N_OPEN] = depth
    for each in range(depth):
        if opened[each, 3] == lex.INFO:
            return False
    return done if is_final else depth > 0


@cache
def _compiled() -> Callable[..., bool]:
    from numba import njit  # noqa: PLC0415 - the compiler
    from numba.extending import register_jitable  # noqa: PLC0415

    for helper in (_interned, _add_value, *lex.COMPILED):
        register_jitable(helper)
    compiled: Callable[..., bool] = njit(cache=True, nogil=True)(_scan)
    return compiled


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
    if not _compiled()(text, is_final, *room):
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
    content = text.tobytes()
    state = room.state.tolist()
    strings = [
        content[start:end].decode() for start, end in room.strings[: state[lex.N_STRINGS]].tolist()
    ]
    others = {
        value: content[start:end].decode()
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
