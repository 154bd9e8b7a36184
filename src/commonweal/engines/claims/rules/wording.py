"""Words around a number that leave open what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter

_YEAR_SO_FAR: Final = re.compile(r"(?:19|20)\d\d\s*年(?:度)?(?!以来|起)[^，。；,\n以起]{0,6}?累计")
_TWICE: Final = re.compile(
    r"\b(?:about|around|approximately|roughly|nearly|almost) "
    r"(?:more than|over|at least|less than|up to) \d[\d,.]*"
    r"|(?:约|近|将近)(?:超过|逾|至少|不少于|不足)\s*\d[\d,.]*"
)
_FASTER: Final = re.compile(r"速度|速率|时长|时间|speed|time")


def hedges(chapter: Chapter) -> Iterator[Finding]:
    """Yield a number that is called about and more than at once: 約15萬餘."""
    for match in _TWICE.finditer(chapter.folded):
        quote = chapter.text[match.start() : match.end()].strip()
        yield Finding("hedge_conflict", "warning", *match.span(), {"quote": quote})
    for claim in chapter.claims:
        if claim.is_hedged_twice:
            start = max(claim.sentence[0], claim.start - 4)
            quote = chapter.text[start : claim.end].strip()
            yield Finding("hedge_conflict", "warning", claim.start, claim.end, {"quote": quote})


def units(chapter: Chapter) -> Iterator[Finding]:
    """Yield a unit that may mean two things: 57.2T of capacity."""
    for claim in chapter.claims:
        if claim.kind == "ambiguous":
            said = {"quote": chapter.quote(claim), "unit": claim.unit_printed}
            yield Finding("ambiguous_unit", "warning", claim.start, claim.end, said)


def periods(chapter: Chapter) -> Iterator[Finding]:
    """Yield a figure of one year that is also called cumulative."""
    for match in _YEAR_SO_FAR.finditer(chapter.folded):
        claims = chapter.within(match.end(), match.end() + 16)
        if claims:
            start, end = match.start(), claims[0].end
            quote = chapter.text[start:end]
            yield Finding("period_unclear", "warning", start, end, {"quote": quote})


def rates(chapter: Chapter) -> Iterator[Finding]:
    """Yield a time beside a share by which it got faster: half the time, or half as fast again?"""
    for claim, following in zip(chapter.claims, chapter.claims[1:], strict=False):
        between = chapter.folded[claim.end : following.start]
        before = chapter.folded[max(0, claim.start - 12) : claim.start]
        is_pair = claim.kind == "time" and following.kind == "share" and "\n" not in between
        if is_pair and _FASTER.search(between) and re.search("速度|speed|time", before):
            share = following.value
            said = {
                "quote": chapter.text[claim.start : following.end],
                "slower": f"{float(claim.value / (1 - share)):g}" if share < 1 else "∞",
                "rate": f"{float(claim.value * (1 + share)):g}",
            }
            yield Finding("rate_ambiguous", "warning", claim.start, following.end, said)
