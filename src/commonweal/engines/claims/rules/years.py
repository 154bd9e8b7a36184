"""A column of changes against the two columns of years that it is between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.engines.claims.arithmetic import difference, percent, quotient
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.claim import Interval
from commonweal.engines.claims.numerals import digits_step, digits_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from commonweal.engines.claims.chapter import Chapter, GridCell

_YEAR: Final = re.compile(
    r"(?P<full>(?:19|20)\d\d)|\bfy\s*(?P<short>\d\d)"
    r"(?!\d)|(?<!\d)(?P<roc>1[01]\d)\s*年"
)
_ROC: Final = 1911
_LATER: Final = re.compile(r"本年|本期|今年|当年|报告期|\b(?:this|current|reporting) year")
_EARLIER: Final = re.compile(r"上年|去年|上期|前一?年|\b(?:last|previous|prior) year")
_CHANGE: Final = re.compile(
    r"同比|变动|变化|增减|增幅|增长率|成长率|差异|change|yoy"
    r"|y-o-y|year[- ]on[- ]year|growth|variation|variance"
)
_CELL: Final = re.compile(
    r"\s*(?P<sign>[+\-(▲△▼▽↑↓])?\s*(?P<digits>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>%|个百分点|pp)?\s*\)?\s*"
)
_FALLS: Final = frozenset("-(▼▽↓")
_POINTS: Final = frozenset(("个百分点", "pp"))


def _year(head: str) -> int:
    """Return the year of a column; 2 for this year and 1 for the last, 0 if there is none."""
    if match := _YEAR.search(head):
        if match["roc"]:
            return _ROC + int(match["roc"])
        return int(match["full"] or f"20{match['short']}")
    return 2 if _LATER.search(head) else 1 if _EARLIER.search(head) else 0


class _Number(NamedTuple):
    value: Fraction
    half: Fraction
    sign: str
    unit: str

    @property
    def interval(self) -> Interval:
        return Interval(self.value - self.half, self.value + self.half)


def in_tables(chapter: Chapter) -> Iterator[Finding]:
    """Yield a cell of a column of changes that is not the change between two years' columns."""
    for grid in chapter.grids:
        heads = [chapter.folded[cell.start : cell.end] for cell in grid[0]]
        years = {
            year: column
            for column, head in enumerate(heads)
            if (year := _year(head)) and not _CHANGE.search(head)
        }
        changes = [column for column, head in enumerate(heads) if _CHANGE.search(head)]
        if len(years) < 2 or len(changes) != 1:  # noqa: PLR2004 - two ends
            continue
        first, last = sorted(years)[-2:]
        columns = (years[first], years[last], changes[0])
        rows = [row for row in grid[1:] if len(row) == len(grid[0])]
        numbers = [[_number(chapter, row[column]) for column in columns] for row in rows]
        has_signs = any(each[2] is not None and each[2].sign for each in numbers)
        for row, (before, after, stated) in zip(rows, numbers, strict=True):
            if before is None or after is None or stated is None or last - first != 1:
                continue
            if not _agrees(
                before,
                after,
                stated,
                head_is_percent="%" in heads[changes[0]],
                has_signs=has_signs,
            ):
                cell = row[changes[0]]
                relative = quotient(difference(after.interval, before.interval), before.interval)
                said = {
                    "first": chapter.text[row[columns[0]].start : row[columns[0]].end].strip(),
                    "last": chapter.text[row[columns[1]].start : row[columns[1]].end].strip(),
                    "stated": chapter.text[cell.start : cell.end].strip(),
                    "change": percent(relative) if relative else "?",
                }
                yield Finding("year_change", "error", cell.start, cell.end, said)


def _number(chapter: Chapter, cell: GridCell) -> _Number | None:
    match = _CELL.fullmatch(chapter.folded[cell.start : cell.end].replace("*", " "))
    if match is None:
        return None
    digits = match["digits"]
    return _Number(
        digits_value(digits), digits_step(digits) / 2, match["sign"] or "", match["unit"] or ""
    )


def _agrees(
    before: _Number,
    after: _Number,
    stated: _Number,
    *,
    head_is_percent: bool,
    has_signs: bool,
) -> bool:
    """Whether a change is that of two values, as a share, or as an amount in their unit."""
    amount = difference(after.interval, before.interval)
    relative = quotient(amount, before.interval)
    candidates = []
    is_percent = stated.unit == "%" or (head_is_percent and stated.unit not in _POINTS)
    if is_percent and relative is not None:
        candidates.append(Interval(relative.low * 100, relative.high * 100))
    if not is_percent or before.unit == "%":
        candidates.append(amount)
    if not candidates:
        return True
    signs = [-1 if stated.sign in _FALLS and stated.sign else 1]
    if not has_signs:
        signs = [1, -1]
    return any(
        each.meets(Interval(*sorted(sign * end for end in stated.interval)))
        for each in candidates
        for sign in signs
    )
