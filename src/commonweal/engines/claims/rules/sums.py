"""Parts that a sentence or a table says add up to a total: 其中 …, comprising …, 合計 …."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import in_units_of, summed
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.rules.comparing import is_change
from commonweal.engines.claims.rules.totals import DO_NOT_ADD, in_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_PARTS: Final = re.compile(
    r"其中|分别为|分别是|当中|包括|包含|涵盖|由[^，。；]{0,6}$|[:：]\s*[^:：]{0,12}$|[(（][^()（）]{0,16}$"
    r"|of which|of whom|comprising|comprised of|consisting of"
    r"|made up of|including|split into|broken down"
)
_WHOLE: Final = re.compile(
    r"分别[为是]|comprising|comprised of|consisting of|made up of|split into|broken down"
)
"""Words that say that all of the parts are told."""
_REST: Final = re.compile(r"其他|其余|其它|剩余|\b(?:others?|remaining|remainder|rest)\b")
_SUMMED: Final = re.compile(
    r"(?:合计|总计|共计|合共|总共|总和)[^，。；;\d\n]{0,8}$"
    r"|\b(?:for a total of|totall?ing|(?:or|giving|making|bringing) "
    r"(?:a total of|in total)|in total,?|a combined total of)\s*[^\d.,;]{0,4}$"
)
_YEARS: Final = re.compile(r"(?:19|20)\d\d|上年|去年|同期|previous|prior")
_JOINED: Final = re.compile(r"[^。；;\n]{0,40}")
_LEAST_PARTS: Final = 2
_MOST_PARTS: Final = 40
"""Of a sentence; a text that is one sentence costs no more than its length."""
_ALL_OF_IT: Final = Fraction(9, 10)
"""Parts of a sentence that reach less than this are examples, unless it says that they are all."""
_LEAST_COUNTED: Final = 3
_SHARES: Final = re.compile(
    r"结构|构成|组成|分别占|占比分别|\b(?:mix|breakdown|split|composition)\b"
)


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield every total that none of its parts' roundings can reach."""
    for total, parts in [*in_tables(chapter), *_in_sentences(chapter)]:
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


def _in_sentences(chapter: Chapter) -> Iterator[tuple[Claim, list[Claim]]]:
    """Yield 24家黑名單供應商，其中禁入型17家，限制型7家: a total, then parts of the same unit."""
    for start, end in chapter.sentences:
        claims = chapter.within(start, end)
        if "\t" in chapter.text[start:end] or "|" in chapter.text[start:end]:
            continue
        for position, total in enumerate(claims):
            if not _adds(total) or total.comparator != "=" or is_change(chapter, total):
                continue
            if parts := _before(chapter, claims, position, start):
                yield total, parts
                break
            if parts := _behind(chapter, claims, position):
                yield total, parts
                break


def _before(chapter: Chapter, claims: Sequence[Claim], position: int, start: int) -> list[Claim]:
    """Return the parts before a total: 甲3萬元、乙4萬元，合計7萬元."""
    total = claims[position]
    since = claims[position - 1].end if position else start
    if not _SUMMED.search(chapter.folded[since : total.start]):
        return []
    parts: list[Claim] = []
    for part in reversed(claims[max(0, position - _MOST_PARTS) : position]):
        if part.measure != total.measure or part.comparator != "=":
            break
        parts.insert(0, part)
    return parts if len(parts) >= _LEAST_PARTS and not _nested(chapter, parts) else []


def _behind(chapter: Chapter, claims: Sequence[Claim], position: int) -> list[Claim]:
    """Return the parts behind a total: 7萬元，其中甲3萬元、乙4萬元."""
    total = claims[position]
    parts: list[Claim] = []
    for part in claims[position + 1 : position + 1 + _MOST_PARTS]:
        if part.measure != total.measure or part.comparator != "=":
            break
        parts.append(part)
    if len(parts) < _LEAST_PARTS:
        return []
    between = chapter.folded[total.end : parts[0].start]
    says_so = _PARTS.search(between)
    if not says_so or _YEARS.search(chapter.folded[total.end : parts[-1].start]):
        return []
    if says_so[0][0] in "(（":
        closed = re.search(r"[)）]", chapter.folded[total.end : parts[-1].end + 12])
        parts = [part for part in parts if closed and part.start < total.end + closed.start()]
    if len(parts) < _LEAST_PARTS or _nested(chapter, parts):
        return []
    reached = sum((part.value for part in parts), Fraction(0))
    is_whole = _WHOLE.search(between) or (
        reached >= total.value * _ALL_OF_IT
        and (
            reached > total.value
            or len(parts) >= _LEAST_COUNTED
            or _REST.search(chapter.folded[parts[-2].end : parts[-1].end + 12])
        )
    )
    return parts if is_whole else []


def _nested(chapter: Chapter, parts: Sequence[Claim]) -> bool:
    """Whether a part is one of another part: 甲5家（其中新3家）."""
    return any(
        re.search(r"其中|当中|of which|of whom|including", chapter.folded[one.end : two.start])
        for one, two in pairwise(parts)
    )


def _adds(claim: Claim) -> bool:
    return claim.kind not in DO_NOT_ADD


def of_shares(chapter: Chapter) -> Iterator[Finding]:
    """Yield shares of a mix that make more than a whole: 45% wind, 35% solar and 30% hydro."""
    for start, end in chapter.sentences:
        claims = [claim for claim in chapter.within(start, end) if claim.kind == "share"]
        if len(claims) < _LEAST_COUNTED or "\t" in chapter.text[start:end]:
            continue
        said = chapter.folded[max(start, claims[0].start - 40) : claims[1].start]
        between = chapter.folded[claims[0].end : claims[-1].start]
        low = sum((claim.interval.low for claim in claims), Fraction(0))
        if not _SHARES.search(said) or _UNTIED.search(between) or low <= 1:
            continue
        total = sum((claim.value for claim in claims), Fraction(0)) * 100
        yield Finding(
            "share_sum", "warning", claims[0].start, claims[-1].end,
            {
                "one": " + ".join(claim.number for claim in claims[:-1]),
                "two": chapter.text[claims[-1].start : claims[-1].end],
                "sum": f"{float(total):.10g} %",
            },
        )  # fmt: skip


_UNTIED: Final = re.compile(
    r"其中|当中|of which|including|同比|较|增长|下降|提升"
    r"|from|\bup\b|\bdown\b|rose|fell|compared|(?:19|20)\d\d"
)
