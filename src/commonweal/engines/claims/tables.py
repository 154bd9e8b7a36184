"""Tables in text: which unit and subject a number has from its row's label or its column's head."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.words import UnitWord, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.engines.claims.words import Words

_NUMBER: Final = re.compile(r"\s*[*_]*-?(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<share>\s*%)?[*_]*\s*")
_RULE: Final = re.compile(r"\|?[\s:\-|]+\|?")
_YEAR: Final = re.compile(r"(?:19|20)\d\d|\bfy\d\d")
_LONGEST_CAPTION: Final = 200
_BRACKETED: Final = re.compile(
    r"[(（]([^()（）]{1,40})[)）]"
    r"|单位\s*[:：]\s*([^\s()（），,;；|]{1,16})"
)
_UNIT_IS: Final = re.compile(r"^(?:单位\s*[:：]?|unit\s*:?|in |expressed in )\s*")
_MEASURES: Final = re.compile(
    r"\bper\b|average|mean|rate|ratio|share|index|score|intensity|%|/|平均|人均|每|率|比|指数|强度|得分|评分|时数|金额|pue|co2|kw|age|hours|spend|cost"
    r"|energy|emission|water|waste|排放|能耗|用[电水]|volume|traffic"
)
"""Of a label with such a word, the number is no count of the things it names."""
_ONE: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a number in a table has from its place; ``end`` is that of the cell."""

    end: int
    magnitude: Fraction
    magnitude_printed: str
    unit: UnitWord
    subject: str
    period: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A cell as it stands: its first position and its text, folded and as printed."""

    start: int
    folded: str
    printed: str


def cells_of(text: str, folded: str, words: Words) -> Mapping[int, Cell]:
    """Return the number cells of all tables, by the position of their first digit.

    A table is two or more lines that follow one another and have as many tabs or bars.
    """
    found: dict[int, Cell] = {}
    for rows in _tables(text, folded):
        head = rows[0]
        of_table = _unit_in(_caption(folded, head[0].start), words)
        units = [_unit_in(part.folded, words) for part in head]
        for row in rows[1:]:
            own = _unit_in(row[0].folded, words) or _unit_column(row, words)
            for column, part in enumerate(row):
                match = _NUMBER.fullmatch(part.folded)
                if match is None:
                    continue
                of_column = units[column] if column < len(units) else None
                given = own or of_column or (_unit_in(head[0].folded, words) if column else None)
                given = given or (of_table if column else None)
                if given is None and column:
                    given = _thing_in(row[0].folded, words) or _thing_in(head[0].folded, words)
                cell = _cell(part, match, given, _subject(row, head, column))
                if cell is not None and column < len(head) and _YEAR.search(head[column].folded):
                    cell = replace(cell, period=head[column].printed.strip())
                if cell is not None:
                    found[part.start + match.start("digits")] = cell
    return found


def _cell(
    part: _Part,
    match: re.Match[str],
    given: tuple[Fraction, str, UnitWord] | None,
    subject: str,
) -> Cell | None:
    end = part.start + match.end("share" if match["share"] else "digits")
    if match["share"]:
        return Cell(end, _ONE, "", UnitWord("%", "1", Fraction(1, 100), "share"), subject)
    if given is None:
        return None
    magnitude, printed, unit = given
    return Cell(end, magnitude, printed, unit, subject)


def _subject(row: Sequence[_Part], head: Sequence[_Part], column: int) -> str:
    label, title = (
        row[0].printed.strip(),
        head[column].printed.strip() if column < len(head) else "",
    )
    if _NUMBER.fullmatch(row[0].folded) and column > 1 and row[1].printed.strip():
        return f"{row[1].printed.strip()} {title}"  # a ranking: what is ranked stands second
    return label if column and not _NUMBER.fullmatch(row[0].folded) else title


def _tables(text: str, folded: str) -> Iterator[list[list[_Part]]]:
    rows: list[list[_Part]] = []
    at = 0
    for line in [*folded.split("\n"), ""]:
        parts = _parts(line, text, at)
        at += len(line) + 1
        if len(parts) > 1:
            if not _RULE.fullmatch(line):
                rows.append(parts)
            continue
        if len(rows) > 1:
            yield rows
        rows = []


def _parts(line: str, text: str, at: int) -> list[_Part]:
    mark = "\t" if "\t" in line else "|"
    if mark not in line:
        return []
    parts, start = [], 0
    for piece in line.split(mark):
        parts.append(_Part(at + start, piece, text[at + start : at + start + len(piece)]))
        start += len(piece) + 1
    if mark == "|" and not parts[0].folded.strip():
        parts = parts[1:]
    if mark == "|" and parts and not parts[-1].folded.strip():
        parts = parts[:-1]
    return parts


def _unit_in(label: str, words: Words) -> tuple[Fraction, str, UnitWord] | None:
    """Return the unit that stands in brackets in a label: 供應商數量 (萬個)."""
    for match in _BRACKETED.finditer(label):
        written = (match[1] or match[2]).strip()
        if (found := _whole_unit(_UNIT_IS.sub("", written), words)) is not None:
            return found
    return _whole_unit(label.strip(" *_"), words)


def _caption(folded: str, at: int) -> str:
    """Return the line above a table, from its last sentence on."""
    above = folded[max(0, at - _LONGEST_CAPTION) : folded.rfind("\n", 0, at) + 1].rstrip()
    return above[above.rfind("\n") + 1 :]


def _thing_in(label: str, words: Words) -> tuple[Fraction, str, UnitWord] | None:
    """Return what a label without a unit counts: total employees, 供應商家數."""
    if _MEASURES.search(label):
        return None
    for at in range(len(label) - 1, -1, -1):
        begins = at == 0 or not (label[at - 1].isascii() and label[at - 1].isalpha())
        unit = words.unit_at(label, at) if begins else None
        if unit is not None and unit.kind in {"count", "noun"} and len(unit.word) > 1:
            return _ONE, "", unit
    return None


def _unit_column(row: Sequence[_Part], words: Words) -> tuple[Fraction, str, UnitWord] | None:
    """Return the unit that a row has in a cell of its own."""
    for part in row[1:3]:
        if (found := _whole_unit(part.folded.strip(), words)) is not None:
            return found
    return None


def _whole_unit(written: str, words: Words) -> tuple[Fraction, str, UnitWord] | None:
    """Read a text that is nothing but a unit, with its magnitude."""
    match = re.match(alternatives(words.magnitudes), written)
    prefixes = [("", _ONE)]
    if match:
        prefixes.insert(0, (match[0], words.magnitudes[match[0]]))
    for prefix, magnitude in prefixes:
        rest = written[len(prefix) :].strip()
        unit = words.unit_at(rest, 0)
        if unit is not None and len(unit.word) == len(rest):
            return magnitude, prefix, unit
    return None
