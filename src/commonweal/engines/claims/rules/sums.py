"""Parts that are said to add up to a total: in a table's row or column, or 其中 … in a sentence."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import in_units_of, summed
from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.engines.claims.chapter import Chapter, GridCell
    from commonweal.engines.claims.claim import Claim

    Line = Sequence[GridCell | None]

_TOTAL: Final = re.compile(r"合计|总计|小计|共计|总数|全国|总量|\btotal\b")
_PARTS: Final = re.compile(r"其中|分别为|of which|comprising")
_LEAST_PARTS: Final = 2
_ALL_OF_IT: Final = Fraction(9, 10)
"""Parts of a sentence that reach less than this are examples, unless they say 分別為."""


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield every total that none of its parts' roundings can reach."""
    for total, parts in [*_in_tables(chapter), *_in_sentences(chapter)]:
        if summed(parts).meets(total.interval):
            continue
        yield Finding(
            "sums",
            "error",
            total.start,
            total.end,
            {
                "total": chapter.quote(total),
                "parts": " + ".join(part.number for part in parts),
                "sum": in_units_of(sum((part.value for part in parts), Fraction(0)), total),
            },
            tuple((part.start, part.end) for part in parts),
        )


def _in_tables(chapter: Chapter) -> Iterator[tuple[Claim, list[Claim]]]:
    for grid in chapter.grids:
        columns: list[Line] = [list(column) for column in zip_longest(*grid)]
        yield from _of_lines(chapter, grid)
        yield from _of_lines(chapter, columns)


def _of_lines(chapter: Chapter, lines: Sequence[Line]) -> Iterator[tuple[Claim, list[Claim]]]:
    """Yield total and parts of each line in which the first line calls just one cell a total."""
    totals = [
        position
        for position, head in enumerate(lines[0])
        if head is not None and _TOTAL.search(chapter.folded[head.start : head.end])
    ]
    for line in lines[1:] if len(totals) == 1 else ():
        claims = [None if cell is None else cell.claim for cell in line]
        total = claims[totals[0]] if totals[0] < len(claims) else None
        parts = [claim for claim in claims if claim is not None and claim is not total]
        alike = total is not None and {part.unit for part in parts} == {total.unit}
        if total is None or not alike or len(parts) < _LEAST_PARTS:
            continue
        if _adds(total) or _is_all(total, parts):
            yield total, parts


def _is_all(total: Claim, parts: Sequence[Claim]) -> bool:
    """Whether shares say that they make up a whole: a total of 100 %, no part near it."""
    return total.kind == "share" and total.value == 1 and all(part.value < 1 for part in parts)


def _adds(claim: Claim) -> bool:
    return claim.kind not in {"share", "points", "time_each", "intensity", "index"}


def _in_sentences(chapter: Chapter) -> Iterator[tuple[Claim, list[Claim]]]:
    """Yield 24家黑名單供應商，其中禁入型17家，限制型7家: a total, then parts of the same unit."""
    for start, end in chapter.sentences:
        claims = chapter.within(start, end)
        for position, total in enumerate(claims[:-_LEAST_PARTS]):
            parts = claims[position + 1 :]
            says_so = _PARTS.search(chapter.folded[total.end : parts[0].start])
            exact = all(claim.comparator == "=" for claim in (total, *parts))
            if says_so and exact and _adds(total) and {part.unit for part in parts} == {total.unit}:
                reached = sum((part.value for part in parts), Fraction(0))
                if says_so[0] == "分别为" or reached >= total.value * _ALL_OF_IT:
                    yield total, parts
                break
