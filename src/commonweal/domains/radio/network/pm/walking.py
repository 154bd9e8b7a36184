"""The compiled pass over the bytes of plain XML: tags, attributes, text, into arrays.

Flat functions of arrays, as the compiler likes them; ``lexing`` has what they are made of. False or
-1 says that something is not plain, and ``scanning`` gives up.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0917, PLR1714 - compiled code: flat functions of arrays

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.network.pm import lexing as lex
from commonweal.domains.radio.network.pm.block import (
    MISCOUNTED,
    NONE,
    NUMBER,
    OTHER,
    SUSPECT,
    Array,
)
from commonweal.engines.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable


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


def _put_value(
    value: float, kind: int, p: int, state: Array, types_of_p: Array, values: Array, marks: Array
) -> None:
    number = state[lex.N_VALUES]
    known = p < lex.P_LIMIT and types_of_p[p, 0] == state[lex.N_INFOS]
    values[number] = value
    marks[number, lex.VALUE_ROW] = state[lex.N_ROWS]
    marks[number, lex.VALUE_TYPE] = types_of_p[p, 1] if known else NONE
    marks[number, lex.VALUE_KIND] = kind
    state[lex.N_VALUES] = number + 1


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
    while start < end and lex.IS_SPACE[text[start]]:
        start += 1
    while start < end and lex.IS_SPACE[text[end - 1]]:
        end -= 1
    kind, value = lex.number(text, start, end)
    if kind == OTHER:
        other = state[lex.N_OTHERS]
        others[other, 0], others[other, 1], others[other, 2] = state[lex.N_VALUES], start, end
        state[lex.N_OTHERS] += 1
    _put_value(value, kind, p, state, types_of_p, values, marks)


def _close(text: Array, at: int, state: Array, opened: Array) -> int:
    """Read the end of the innermost open element; -1 where something else ends."""
    depth = state[lex.N_OPEN] - 1
    if depth < 0:
        return -1
    state[lex.N_OPEN] = depth
    name = opened[depth, 0] + 1
    if lex.leaf_end(text, at, name, opened[depth, 2]) != at:
        return -1
    _end(opened[depth, 3], state)
    return int(at + 3 + opened[depth, 2] - name)


def _end(kind: int, state: Array) -> None:
    """Count a row or an info that is whole."""
    if kind == lex.VALUE:
        state[lex.N_ROWS] += 1
    elif kind == lex.INFO:
        state[lex.N_INFOS] += 1
    state[lex.IS_DONE] = state[lex.N_OPEN] == 0


def _quick_values(
    text: Array,
    at: int,
    state: Array,
    types_of_p: Array,
    values: Array,
    marks: Array,
    others: Array,
) -> int:
    """Read the commonest elements in their commonest form, and return where something else is."""
    n = len(text) - lex.QUICK_LENGTH
    while at < n:
        p, start = lex.quick_r(text, at)
        if p == 0:
            return at
        value, end = lex.quick_number(text, start)
        if end < 0:
            end = lex.quick_end(text, start)
            if end < 0:
                return at
            _add_value(text, start, end, p, state, types_of_p, values, marks, others)
        else:
            _put_value(value, NUMBER, p, state, types_of_p, values, marks)
        at = end + 4
    return at


def _kind_in(kind: int, parent: int) -> int:
    """Return the kind of an element, NONE where it has no meaning inside its parent."""
    if kind == lex.R or kind == lex.SUSPECT or kind == lex.RESULTS:
        return kind if parent == lex.VALUE else NONE
    if kind == lex.VALUE or kind == lex.TYPE or kind == lex.TYPES or kind == lex.PERIOD:
        return kind if parent == lex.INFO else NONE
    return kind


def _results(
    text: Array,
    first: int,
    last: int,
    state: Array,
    rows: Array,
    values: Array,
    marks: Array,
    others: Array,
    types_of_p: Array,
) -> None:
    """Read values that stand in one text, in the order of their types."""
    n_words = 0
    first = lex.end_of_space(text, first, last)
    while first < last:
        end = lex.end_of_word(text, first, last)
        n_words += 1
        _add_value(text, first, end, n_words, state, types_of_p, values, marks, others)
        first = lex.end_of_space(text, end, last)
    if n_words != state[lex.N_TYPES_HERE]:
        rows[state[lex.N_ROWS], lex.ROW_FLAGS] |= MISCOUNTED


def _type(
    text: Array,
    first: int,
    end: int,
    p: int,
    state: Array,
    strings: Array,
    buckets: Array,
    types: Array,
    types_of_p: Array,
) -> bool:
    """Read the name of one measurement type; False where it is not plain."""
    state[lex.N_TYPES_HERE] += 1
    p = p or state[lex.N_TYPES_HERE]
    if end - first > lex.LENGTH:
        return False
    name = _interned(text, first, end, state, strings, buckets)
    if name < 0 or p >= lex.P_LIMIT or types_of_p[p, 0] == state[lex.N_INFOS]:
        return False
    types_of_p[p, 0], types_of_p[p, 1] = state[lex.N_INFOS], state[lex.N_TYPES]
    types[state[lex.N_TYPES]] = name
    state[lex.N_TYPES] += 1
    return True


def _types(
    text: Array,
    first: int,
    last: int,
    p: int,
    is_one: bool,  # noqa: FBT001
    state: Array,
    strings: Array,
    buckets: Array,
    rows: Array,
    types: Array,
    types_of_p: Array,
) -> bool:
    """Read one measurement type, or a list of them; False where they are not plain."""
    row = state[lex.N_ROWS]
    if row and rows[row - 1, lex.ROW_INFO] == state[lex.N_INFOS]:
        return False  # a type behind its values
    first = lex.end_of_space(text, first, last)
    while first < last or is_one:
        end = lex.end_of_word(text, first, last)
        following = lex.end_of_space(text, end, last)
        if is_one and following < last:
            return False  # a name with a space in it
        if not _type(text, first, end, p, state, strings, buckets, types, types_of_p):
            return False
        p, first = 0, following
        if is_one:
            break
    return True


def _begin(kind: int, start: int, at: int, state: Array, infos: Array, rows: Array) -> None:
    """Begin an element that holds others."""
    if kind == lex.INFO:
        info = state[lex.N_INFOS]
        infos[info, lex.INFO_ELEMENT] = state[lex.ELEMENT_AT]
        infos[info, lex.INFO_DURATION] = infos[info, lex.INFO_END] = NONE
        state[lex.N_TYPES_HERE] = 0
    elif kind == lex.VALUE:
        row = state[lex.N_ROWS]
        rows[row, lex.ROW_INFO], rows[row, lex.ROW_FLAGS] = state[lex.N_INFOS], 0
        rows[row, lex.ROW_OBJECT] = NONE
        state[lex.ROW_BEGAN] = state[lex.N_VALUES]
    elif kind == lex.PERIOD:
        infos[state[lex.N_INFOS], lex.INFO_DURATION] = NONE
        infos[state[lex.N_INFOS], lex.INFO_END] = NONE
    elif kind == lex.DATA:
        state[lex.ELEMENT_AT] = NONE
    elif kind == lex.ELEMENT or kind == lex.ENTITY:
        state[lex.ELEMENT_AT] = NONE
        state[lex.ELEMENT_START], state[lex.ELEMENT_END] = start, at


def _note(kind: int, attribute: int, number: int, state: Array, infos: Array, rows: Array) -> None:
    """Keep what an attribute says of its element."""
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


def _attributes(
    text: Array, kind: int, state: Array, strings: Array, buckets: Array, infos: Array, rows: Array
) -> bool:
    """Read the attributes of an element; False where there is no room for their texts."""
    for attribute in range(len(lex.ATTRIBUTE_ENDS) - 1):
        if kind < 0 or state[lex.FROM + attribute] < 0:
            continue
        first, last = state[lex.FROM + attribute], state[lex.TO + attribute]
        number = _interned(text, first, last, state, strings, buckets)
        if number < 0:
            return False
        _note(kind, attribute, number, state, infos, rows)
    return True


def _leaf(
    text: Array,
    start: int,
    at: int,
    kind: int,
    state: Array,
    strings: Array,
    buckets: Array,
    rows: Array,
    types: Array,
    values: Array,
    marks: Array,
    others: Array,
    types_of_p: Array,
) -> int:
    """Read an element that holds text alone; -1 where it is not plain."""
    first = last = at
    if state[lex.IS_EMPTY] != 1:
        last = lex.leaf_end(text, at, start + 1, state[lex.NAME_END])
        if last < 0:
            return -1
        at = last + 2 + state[lex.NAME_END] - start
    p = lex.position(text, state)
    if p < 0:
        return -1
    if kind == lex.R:
        p = p or state[lex.N_VALUES] - state[lex.ROW_BEGAN] + 1
        _add_value(text, first, last, p, state, types_of_p, values, marks, others)
    elif kind == lex.SUSPECT:
        if lex.is_true(text, first, last):
            rows[state[lex.N_ROWS], lex.ROW_FLAGS] |= SUSPECT
    elif kind == lex.RESULTS:
        _results(text, first, last, state, rows, values, marks, others, types_of_p)
    elif not _types(
        text, first, last, p, kind == lex.TYPE, state, strings, buckets, rows, types, types_of_p
    ):
        return -1
    return at


def _node(
    text: Array,
    start: int,
    at: int,
    kind: int,
    state: Array,
    strings: Array,
    buckets: Array,
    opened: Array,
    infos: Array,
    rows: Array,
) -> bool:
    """Read the start of an element that may hold others; False where it may not stand there."""
    depth = state[lex.N_OPEN]
    if kind == lex.INFO and depth:
        parent = opened[depth - 1, 3]
        if parent == lex.INFO or parent == lex.VALUE:
            return False
    _begin(kind, start, at, state, infos, rows)
    if not _attributes(text, kind, state, strings, buckets, infos, rows):
        return False
    if state[lex.IS_EMPTY] == 1:
        _end(kind, state)
        return True
    if depth >= lex.DEPTH:
        return False
    opened[depth, 0], opened[depth, 1] = start, at
    opened[depth, 2], opened[depth, 3] = state[lex.NAME_END], kind
    state[lex.N_OPEN] = depth + 1
    return True


def _is_whole(is_final: bool, state: Array, opened: Array) -> bool:  # noqa: FBT001
    """Whether a piece ends where one may: the file at its end, another between two infos."""
    depth = state[lex.N_OPEN]
    for each in range(depth):
        if opened[each, 3] == lex.INFO:
            return False
    return bool(state[lex.IS_DONE] == 1 if is_final else depth > 0)


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
    n, at, depth, parent = len(text), 0, 0, NONE
    while True:
        while at < n and text[at] != lex.LT:
            if not lex.IS_TEXT[text[at]] or (depth == 0 and not lex.IS_SPACE[text[at]]):
                return False
            at += 1
        if at >= n:
            return _is_whole(is_final, state, opened)
        following = text[at + 1] if at + 1 < n else 0
        if following == lex.LETTER_R and parent == lex.VALUE:
            first = at
            at = _quick_values(text, at, state, types_of_p, values, marks, others)
            if at > first:
                continue
        start = at
        if following == lex.SLASH:
            at = _close(text, at, state, opened)
            if at < 0:
                return False
            depth = state[lex.N_OPEN]
            parent = opened[depth - 1, 3] if depth else NONE
            continue
        at = lex.tag(text, at, state)
        if at < 0 or state[lex.IS_DONE] == 1:
            return False
        kind = _kind_in(state[lex.KIND], parent)
        if lex.is_leaf(kind):
            at = _leaf(
                text, start, at, kind, state, strings, buckets, rows, types, values, marks,
                others, types_of_p,
            )  # fmt: skip
            if at < 0:
                return False
        elif _node(text, start, at, kind, state, strings, buckets, opened, infos, rows):
            depth = state[lex.N_OPEN]
            parent = opened[depth - 1, 3] if depth else NONE
        else:
            return False


_HELPERS: Final = (
    _interned, _put_value, _add_value, _end, _close, _quick_values, _kind_in, _results, _type,
    _types, _begin, _note, _attributes, _leaf, _node, _is_whole,
)  # fmt: skip


@cache
def compiled() -> Callable[..., bool]:
    """Return the pass, compiled: arrays in the order of ``scanning.Room``."""
    from numba.extending import register_jitable  # noqa: PLC0415 - the compiler

    # Without counting of references: nothing here makes an array, and counting those that are
    # passed on would cost twice what the reading does.
    uncounted: dict[str, Any] = {"_nrt": False}
    for helper in (*lex.COMPILED, *_HELPERS):
        register_jitable(**uncounted)(helper)
    return kept(_scan, nogil=True, **uncounted)
