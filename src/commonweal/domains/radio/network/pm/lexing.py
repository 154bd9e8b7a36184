"""The words of plain XML, for the compiled pass: tags, attributes, numbers, and its constants."""
# ruff: noqa: C901, PLR0911, PLR0912 - compiled code: plain comparisons, no calls it can do without

from __future__ import annotations

from typing import Final

import numpy as np

from commonweal.domains.radio.network.pm.block import NO_DATA, NONE, NUMBER, OTHER, Array

STRINGS: Final = 1 << 18  # texts of a block; more of them, and the slow reader takes it
DEPTH: Final = 16
P_LIMIT: Final = 4096
LENGTH: Final = 1000  # of a name or an attribute that means something
QUICK_LENGTH: Final = 40  # no shorter than the longest value that is read in one go
EXACT_DIGITS: Final = 15  # of a mantissa that float64 holds exactly …
EXACT_POWER: Final = 22  # … as it does these powers of ten: so one division rounds once

LT, GT, SLASH, EQUALS, AMP = 60, 62, 47, 61, 38
BRACKET, SPACE, COLON = 93, 32, 58
DOT, MINUS, PLUS, ZERO, NINE, E = 46, 45, 43, 48, 57, 101
APOSTROPHE, QUOTE, LOWER, LETTER_R, LETTER_P = 39, 34, 32, 114, 112

# Elements that mean something; the rest is passed over.
NAMES: Final = (
    "r",
    "measValue",
    "suspect",
    "measType",
    "measInfo",
    "granPeriod",
    "measTypes",
    "measResults",
    "managedElement",
    "measEntity",
    "measData",
    "measCollec",
    "fileHeader",
    "fileSender",
)
(R, VALUE, SUSPECT, TYPE, INFO, PERIOD, TYPES, RESULTS) = range(8)
(ELEMENT, ENTITY, DATA, COLLECTION, HEADER, SENDER) = range(8, 14)
# Their attributes.
ATTRIBUTES: Final = (
    "p",
    "measObjLdn",
    "duration",
    "endTime",
    "localDn",
    "dnPrefix",
    "beginTime",
    "senderName",
)
(P, OBJECT, DURATION, END, DN, PREFIX, BEGIN, SENDER_NAME) = range(8)


def _packed(words: tuple[str, ...]) -> tuple[Array, Array]:
    ends = np.cumsum([0, *(len(word) for word in words)])
    return np.frombuffer("".join(words).encode(), np.uint8), ends


NAME_BYTES, NAME_ENDS = _packed(NAMES)
ATTRIBUTE_BYTES, ATTRIBUTE_ENDS = _packed(ATTRIBUTES)
POWERS: Final = 10.0 ** np.arange(EXACT_POWER + 1)

_letters = np.zeros(256, np.bool_)
_letters[[*range(65, 91), *range(97, 123), 95, *range(128, 256)]] = True
IS_START: Final = _letters.copy()
_letters[[*range(48, 58), MINUS, DOT, COLON]] = True
IS_NAME: Final = _letters
IS_SPACE: Final = np.isin(np.arange(256), [32, 9, 10, 13])
IS_TEXT: Final = ~np.isin(np.arange(256), [AMP, BRACKET, *(set(range(32)) - {9, 10, 13})])
IN_VALUE: Final = ~np.isin(np.arange(256), [AMP, LT, *range(32)])

# Places in ``Room.state``: counts, numbers of the header's texts, the last start tag.
(N_STRINGS, N_INFOS, N_ROWS, N_TYPES, N_VALUES, N_OTHERS, N_OPEN) = range(7)
(PREFIX_AT, SENDER_AT, BEGIN_AT, END_AT, ELEMENT_AT) = range(7, 12)
(NAME_END, KIND, IS_EMPTY, ELEMENT_START, ELEMENT_END) = range(12, 17)
(ROW_BEGAN, N_TYPES_HERE, IS_DONE, FROM) = range(17, 21)
TO: Final = FROM + len(ATTRIBUTES)
N_STATE: Final = TO + len(ATTRIBUTES)
# Columns of ``Room.rows`` and so on.
(ROW_INFO, ROW_OBJECT, ROW_FLAGS) = range(3)
(INFO_ELEMENT, INFO_DURATION, INFO_END) = range(3)
(VALUE_ROW, VALUE_TYPE, VALUE_KIND) = range(3)


def number_of(text: Array, start: int, end: int, words: Array, ends: Array) -> int:
    """Return which of the packed words stands there; NONE if none of them."""
    length = end - start
    for word in range(len(ends) - 1):
        first = ends[word]
        if ends[word + 1] - first == length:
            at = 0
            while at < length and text[start + at] == words[first + at]:
                at += 1
            if at == length:
                return word
    return NONE


def number(text: Array, start: int, end: int) -> tuple[int, float]:
    """Return what a value is: NO_DATA, NUMBER and it, or OTHER."""
    if start == end:
        return NO_DATA, np.nan
    if end - start == 3 and text[start] == 78 and text[start + 1] == 73 and text[start + 2] == 76:  # noqa: PLR2004 - NIL
        return NO_DATA, np.nan
    at, negative = start, text[start] == MINUS
    if negative or text[at] == PLUS:
        at += 1
    mantissa, n_digits, n_after, after = 0, 0, 0, False
    while at < end:
        sign = text[at]
        if ZERO <= sign <= NINE:
            mantissa = mantissa * 10 + (sign - ZERO)
            n_digits += 1
            n_after += 1 if after else 0
            if n_digits > EXACT_DIGITS:
                return OTHER, np.nan
        elif sign == DOT and not after:
            after = True
        else:
            break
        at += 1
    power, down, n_power = 0, False, 0
    if at < end and (text[at] | LOWER) == E and n_digits:
        at += 1
        if at < end and (text[at] == MINUS or text[at] == PLUS):
            down = text[at] == MINUS
            at += 1
        while at < end and ZERO <= text[at] <= NINE and n_power < 3:  # noqa: PLR2004 - enough
            power = power * 10 + (text[at] - ZERO)
            n_power += 1
            at += 1
        if not n_power:
            return OTHER, np.nan
    scale = (-power if down else power) - n_after
    if at < end or not n_digits or abs(scale) > EXACT_POWER:
        return OTHER, np.nan
    value = float(mantissa)
    value = value * POWERS[scale] if scale >= 0 else value / POWERS[-scale]
    return NUMBER, -value if negative else value


def tag(text: Array, at: int, state: Array) -> int:
    """Read a start tag; return the place behind it, NONE where it is not plain."""
    n = len(text)
    start = local = at + 1
    if start >= n or not IS_START[text[start]]:
        return NONE
    at = start
    while at < n and IS_NAME[text[at]]:
        if text[at] == COLON:
            local = at + 1
        at += 1
    if at - start > LENGTH:
        return NONE
    kind = number_of(text, local, at, NAME_BYTES, NAME_ENDS)
    state[NAME_END], state[KIND], state[IS_EMPTY] = at, kind, 0
    for attribute in range(FROM, TO):
        state[attribute] = NONE
    while at < n:
        before = at
        while at < n and IS_SPACE[text[at]]:
            at += 1
        if at >= n:
            return NONE
        if text[at] == GT:
            return at + 1
        if text[at] == SLASH:
            state[IS_EMPTY] = 1
            return at + 2 if at + 1 < n and text[at + 1] == GT else NONE
        if at == before:
            return NONE
        at = tag_attribute(text, at, kind, state)
        if at < 0:
            return NONE
    return NONE


def tag_attribute(text: Array, at: int, kind: int, state: Array) -> int:
    """Read one attribute; return the place behind it, NONE where it is not plain."""
    n, name = len(text), at
    if not IS_START[text[at]]:
        return NONE
    while at < n and IS_NAME[text[at]]:
        at += 1
    name_end = at
    while at < n and IS_SPACE[text[at]]:
        at += 1
    if at >= n or text[at] != EQUALS:
        return NONE
    at += 1
    while at < n and IS_SPACE[text[at]]:
        at += 1
    if at >= n or (text[at] != QUOTE and text[at] != APOSTROPHE):
        return NONE
    quote = text[at]
    at += 1
    first = at
    while at < n and text[at] != quote:
        if not IN_VALUE[text[at]]:
            return NONE
        at += 1
    if at >= n:
        return NONE
    if kind >= 0:
        attribute = number_of(text, name, name_end, ATTRIBUTE_BYTES, ATTRIBUTE_ENDS)
        if attribute >= 0:
            if state[FROM + attribute] >= 0 or at - first > LENGTH:
                return NONE
            state[FROM + attribute], state[TO + attribute] = first, at
    return at + 1


def position(text: Array, state: Array) -> int:
    """Return the tag's ``p``; 0 where it has none, NONE where it is no plain number."""
    start, end = state[FROM + P], state[TO + P]
    if start < 0:
        return 0
    if end == start or end - start > 4 or text[start] == ZERO:  # noqa: PLR2004 - digits
        return NONE
    p = 0
    for at in range(start, end):
        if not ZERO <= text[at] <= NINE:
            return NONE
        p = p * 10 + (text[at] - ZERO)
    return p if p < P_LIMIT else NONE


def leaf_end(text: Array, at: int, name: int, name_end: int) -> int:
    """Return the place of the ``<`` that ends a leaf, NONE where something else is in it."""
    n = len(text)
    while at < n and text[at] != LT:
        if not IS_TEXT[text[at]]:
            return NONE
        at += 1
    length = name_end - name
    if at + length + 2 >= n or text[at + 1] != SLASH or text[at + 2 + length] != GT:
        return NONE
    for each in range(length):
        if text[at + 2 + each] != text[name + each]:
            return NONE
    return at


def quick_r(text: Array, at: int) -> tuple[int, int]:
    """Return the ``p`` of ``<r p="12">``, written just so, and the place behind it; else 0.

    It reads no further than ``QUICK_LENGTH``, as ``quick_number`` after it.
    """
    if text[at + 1] != LETTER_R or text[at + 2] != SPACE or text[at + 3] != LETTER_P:
        return 0, at
    if text[at] != LT or text[at + 4] != EQUALS or text[at + 5] != QUOTE or text[at + 6] == ZERO:
        return 0, at
    p, digits = 0, at + 6
    while digits < at + 9 and ZERO <= text[digits] <= NINE:
        p = p * 10 + (text[digits] - ZERO)
        digits += 1
    return p if text[digits] == QUOTE and text[digits + 1] == GT else 0, digits + 2


def quick_number(text: Array, start: int) -> tuple[float, int]:
    """Return a number without sign and power, and where its ``</r>`` begins; else NONE."""
    mantissa, at, dot = 0, start, 0
    while at < start + EXACT_DIGITS and (ZERO <= text[at] <= NINE or (text[at] == DOT and not dot)):
        if text[at] == DOT:
            dot = at + 1
        else:
            mantissa = mantissa * 10 + (text[at] - ZERO)
        at += 1
    has_digits = at > start + (dot > 0)
    if not has_digits or text[at] != LT or text[at + 1] != SLASH:
        return np.nan, NONE
    if text[at + 2] != LETTER_R or text[at + 3] != GT:
        return np.nan, NONE
    return mantissa / POWERS[at - dot] if dot else float(mantissa), at


def quick_end(text: Array, at: int) -> int:
    """Return where the text of ``<r p="1">`` ends; NONE where it does not end as usual."""
    n = len(text)
    while at < n and IS_TEXT[text[at]] and text[at] != LT:
        at += 1
    if at + 3 < n and text[at] == LT and text[at + 1] == SLASH:
        return at if text[at + 2] == LETTER_R and text[at + 3] == GT else NONE
    return NONE


def end_of_word(text: Array, start: int, end: int) -> int:
    """Return the next place of white space."""
    while start < end and not IS_SPACE[text[start]]:
        start += 1
    return start


def end_of_space(text: Array, start: int, end: int) -> int:
    """Return the next place of something else than white space."""
    while start < end and IS_SPACE[text[start]]:
        start += 1
    return start


def is_true(text: Array, start: int, end: int) -> bool:
    """Return whether a text is ``true`` or ``1``, in any case and space."""
    while start < end and IS_SPACE[text[start]]:
        start += 1
    while start < end and IS_SPACE[text[end - 1]]:
        end -= 1
    if end - start == 1:
        return bool(text[start] == ZERO + 1)
    return bool(
        end - start == 4  # noqa: PLR2004 - t r u e
        and (text[start] | LOWER) == 116  # noqa: PLR2004
        and (text[start + 1] | LOWER) == 114  # noqa: PLR2004
        and (text[start + 2] | LOWER) == 117  # noqa: PLR2004
        and (text[start + 3] | LOWER) == E
    )


def is_leaf(kind: int) -> bool:
    """Whether an element of this kind holds text alone."""
    return kind in (R, SUSPECT, RESULTS, TYPE, TYPES)


COMPILED: Final = (
    is_leaf, number_of, number, tag_attribute, tag, position, leaf_end, end_of_word, end_of_space,
    is_true, quick_r, quick_number, quick_end,
)  # fmt: skip
