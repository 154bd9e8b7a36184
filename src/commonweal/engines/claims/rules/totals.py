"""Totals of tables: which rows or columns a total is the sum of, and where it is not.

A cell named just “total” sums the cells before it, down to the total before that one. A cell with
“total” in a longer name (“total employees”) sums some of its neighbours: those that give it in
another column, or all of them where they come near.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations, zip_longest
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import summed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.engines.claims.chapter import Chapter, GridCell
    from commonweal.engines.claims.claim import Claim

    Line = Sequence[GridCell | None]
    Values = Sequence[Claim | None]

_TOTAL: Final = re.compile(r"合计|总计|小计|共计|总数|全国|总量|总和|\btotal\b")
_BARE: Final = re.compile(
    r"[\s*_]*(?:(?:grand |sub-?)?total|合计|总计|小计|共计"
    r"|总和|全国)[\s*_]*(?:[(（][^()（）]*[)）])?[\s*_]*"
)
_LEAST_PARTS: Final = 2
_MOST_PARTS: Final = 10
_LONGEST: Final = 200
_NEAR: Final = Fraction(1, 10)
DO_NOT_ADD: Final = frozenset(
    ("share", "points", "time_each", "intensity", "index", "score", "age", "rank")
)


def in_tables(chapter: Chapter) -> Iterator[tuple[Claim, list[Claim]]]:
    """Yield totals of tables with the parts that they should be the sum of."""
    for grid in chapter.grids:
        columns: list[Line] = [list(column) for column in zip_longest(*grid)]
        for lines in (columns, grid):
            yield from _of_lines(chapter, lines)


def _of_lines(chapter: Chapter, lines: Sequence[Line]) -> Iterator[tuple[Claim, list[Claim]]]:
    """Yield the sums along each line; the first line has the labels."""
    if len(lines[0]) > _LONGEST:
        return
    labels = ["" if cell is None else chapter.folded[cell.start : cell.end] for cell in lines[0]]
    totals = [position for position, label in enumerate(labels) if _TOTAL.search(label)]
    values = [[None if cell is None else cell.claim for cell in line] for line in lines[1:]]
    for position in totals:
        groups = _groups(position, totals, len(labels))
        known = [line for line in values if position < len(line) and line[position] is not None]
        bare = bool(_BARE.fullmatch(labels[position]))
        for line in known:
            total = line[position]
            parts = total and _parts(total, line, groups, known, is_bare=bare)
            if total is not None and parts:
                yield total, parts


def _groups(position: int, totals: Sequence[int], length: int) -> list[list[int]]:
    """Return which neighbours a total may sum: those before it, back to a total; those behind."""
    before = max((each for each in totals if each < position), default=-1)
    behind = min((each for each in totals if each > position), default=length)
    return [
        list(range(before + 1, position)),
        list(range(max(before, 0), position)),
        [each for each in range(position) if each not in totals],
        [*(each for each in totals if each < position), *range(before + 1, position)],
        list(range(position + 1, behind)),
        [each for each in range(length) if each != position],
    ]


def _parts(
    total: Claim, line: Values, groups: Sequence[Sequence[int]], lines: Sequence[Values],
    *, is_bare: bool,
) -> list[Claim]:  # fmt: skip
    """Return the parts that a total misses; none where it sums any of the groups."""
    alike = [_alike(total, line, group) for group in groups]
    alike = [group for group in alike if len(group) >= _LEAST_PARTS]
    if not alike or any(_fits(total, [_at(line, each) for each in group]) for group in alike):
        return []
    if total.kind in DO_NOT_ADD:
        return _of_a_hundred(total, [_at(line, each) for each in alike[0]])
    chosen = _chosen_elsewhere(total, line, alike, lines)
    if chosen:
        return chosen
    parts = [_at(line, each) for each in alike[0]]
    if _subset(total, line, alike) or (not is_bare and len(lines) > 1):
        return []
    value = sum((part.value for part in parts), Fraction(0))
    near = abs(value - total.value) <= total.value * _NEAR
    return parts if near or (is_bare and len(alike) > 0) else []


def _at(line: Values, position: int) -> Claim:
    claim = line[position]
    assert claim is not None  # noqa: S101 - chosen by _alike
    return claim


def _alike(total: Claim, line: Values, group: Sequence[int]) -> list[int]:
    found = [each for each in group if each < len(line) and line[each] is not None]
    return found if all(_at(line, each).measure == total.measure for each in found) else []


def _fits(total: Claim, parts: Sequence[Claim]) -> bool:
    return summed(parts).meets(total.interval)


def _of_a_hundred(total: Claim, parts: Sequence[Claim]) -> list[Claim]:
    """Return the parts of a total of 100 %, if no part is near it; other shares do not add."""
    is_all = total.kind == "share" and total.value == 1 and all(part.value < 1 for part in parts)
    return list(parts) if is_all else []


def _subset(total: Claim, line: Values, groups: Sequence[Sequence[int]]) -> list[int]:
    """Return some of the neighbours that sum to a total; a table may name more than its parts."""
    for group in groups:
        if len(group) > _MOST_PARTS:
            continue
        for size in range(len(group), 1, -1):
            for some in combinations(group, size):
                if _fits(total, [_at(line, each) for each in some]):
                    return list(some)
    return []


def _chosen_elsewhere(
    total: Claim, line: Values, groups: Sequence[Sequence[int]], lines: Sequence[Values]
) -> list[Claim]:
    """Return the parts that give the total in other columns, if these agree and this one does not.

    Only whole groups and those of a group that lie side by side: any two of ten rows give a
    third by chance.
    """
    runs = [
        tuple(group[first:last])
        for group in groups
        for first in range(len(group))
        for last in range(first + _LEAST_PARTS, len(group) + 1)
    ]
    at = line.index(total)
    for run in dict.fromkeys(runs):
        others = [
            (other[at], [other[each] for each in run if each < len(other)])
            for other in lines
            if other is not line
        ]
        full = [(whole, parts) for whole, parts in others if whole and all(parts)]
        fit = [whole for whole, parts in full if _fits(whole, [part for part in parts if part])]
        if full and len(fit) == len(full):
            parts = [_at(line, each) for each in run]
            return [] if _fits(total, parts) else parts
    return []
