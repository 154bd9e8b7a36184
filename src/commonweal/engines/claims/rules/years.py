"""A printed change against the two years it is between, in a sentence or in a table's columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.engines.claims.arithmetic import difference, percent, quotient
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.claim import Interval
from commonweal.engines.claims.numerals import digits_step, digits_value
from commonweal.engines.claims.rules.changes import DOWN, UP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from commonweal.engines.claims.chapter import Chapter, GridCell
    from commonweal.engines.claims.claim import Claim

_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_AGAINST: Final = re.compile(
    r"同比|较上年|比上年|较去年|比去年|年增|year[- ]on[- ]year|yoy|from the previous year|compared"
)
_CHANGE: Final = re.compile(r"同比|变动|变化|增减|增幅|增长率|change|yoy|y-o-y|growth|variation")
_CELL: Final = re.compile(
    r"\s*(?P<sign>[+\-(▲△▼▽↑↓])?\s*(?P<digits>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>%|个百分点|pp)?\s*\)?\s*"
)
_FALLS: Final = frozenset("-(▼▽↓")
_POINTS: Final = frozenset(("个百分点", "pp"))


def in_sentences(chapter: Chapter) -> Iterator[Finding]:
    """Yield 2024年為120噸，2023年為100噸，同比增長30%."""
    for start, end in chapter.sentences:
        claims = chapter.within(start, end)
        for position, stated in enumerate(claims):
            before = chapter.folded[max(start, stated.start - 24) : stated.start]
            is_up, is_down = bool(UP.search(before)), bool(DOWN.search(before))
            if stated.kind != "share" or is_up == is_down or not _AGAINST.search(before):
                continue
            pair = _years(chapter, claims[:position])
            if pair is not None:
                yield from _compared(chapter, stated, pair, sign=1 if is_up else -1)


def _years(chapter: Chapter, claims: Sequence[Claim]) -> tuple[Claim, Claim] | None:
    """Return the value of the earlier and of the later year, if the last two claims are these."""
    if len(claims) < 2:  # noqa: PLR2004 - two ends
        return None
    one, other = claims[-2:]
    years = [_YEAR.search(chapter.folded[max(c.sentence[0], c.start - 30) : c.start]) for c in
             (one, other)]  # fmt: skip
    found = [_YEAR.findall(match.string) if match else [] for match in years]
    if not found[0] or not found[1] or found[0][-1] == found[1][-1]:
        return None
    plain = one.unit == other.unit and one.kind not in {"share", "points"}
    if not plain or {one.comparator, other.comparator} != {"="}:
        return None
    return (one, other) if found[0][-1] < found[1][-1] else (other, one)


def _compared(
    chapter: Chapter, stated: Claim, pair: tuple[Claim, Claim], *, sign: int
) -> Iterator[Finding]:
    first, last = pair
    relative = quotient(difference(last.interval, first.interval), first.interval)
    low, high = sorted(sign * each for each in stated.interval)
    if stated.comparator != "=" or relative is None or relative.meets(Interval(low, high)):
        return
    said = {
        "first": first.number,
        "last": last.number,
        "stated": chapter.text[stated.start : stated.end],
        "change": percent(relative),
    }
    places = tuple((each.start, each.end) for each in pair)
    yield Finding("year_change", "error", stated.start, stated.end, said, places)


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
            int(match[0]): column
            for column, head in enumerate(heads)
            if (match := _YEAR.search(head)) and not _CHANGE.search(head)
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
