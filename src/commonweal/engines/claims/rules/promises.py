"""Targets without progress, constraints without figures, savings without their factor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import shown
from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_DEADLINE: Final = re.compile(
    r"到\s*20\d\d\s*年|截至20\d\d年底前|(?:\bby|target(?:ed)? (?:for|by))\s+20\d\d"
)
_INDICATOR: Final = re.compile(
    r"[一-鿿]{4,24}?(?=(?:较|比|相比|在|下降|降低|提升|减少|增长|达到|不低于))"
)
_CONSTRAINT: Final = re.compile(
    r"(?P<one>[一-鿿]{2,14}?)增[幅速](?P<how>低于|小于|不高于|高于)(?P<other>[一-鿿]{2,14}?)增[幅速]"
)
_TURNED_INTO: Final = re.compile(r"折合|相当于|约合|减碳|减排|等效|equivalent to|avoid")


def targets(chapter: Chapter) -> Iterator[Finding]:
    """Yield a target whose indicator has no figure anywhere else."""
    for start, end in chapter.sentences:
        if not _DEADLINE.search(chapter.folded[start:end]):
            continue
        for claim in chapter.within(start, end):
            name = _indicator(chapter, claim)
            if name is None or claim.comparator not in {">=", ">", "<=", "<", "="}:
                continue
            if claim.kind == "share" and not _has_progress(chapter, name, (start, end)):
                at = chapter.folded.rindex(name, claim.sentence[0], claim.start)
                printed = chapter.text[at : at + len(name)]
                said = {"indicator": printed, "quote": chapter.quote(claim)}
                yield Finding("target_without_progress", "warning", claim.start, claim.end, said)


def _indicator(chapter: Chapter, claim: Claim) -> str | None:
    clause = re.split(r"[，,；;。\n]", chapter.folded[claim.sentence[0] : claim.start])[-1]
    match = _INDICATOR.search(clause)
    return match[0] if match else None


def _has_progress(chapter: Chapter, name: str, own: tuple[int, int]) -> bool:
    """Whether the indicator is named in another sentence that has a figure and no deadline."""
    for start, end in chapter.sentences:
        here = chapter.folded[start:end]
        if start == own[0] or name not in here or _DEADLINE.search(here):
            continue
        at = start + here.index(name)
        if chapter.within(at, min(end, at + len(name) + 40)):
            return True
    return False


def constraints(chapter: Chapter) -> Iterator[Finding]:
    """Yield one growth that is to stay below another, where neither has a figure."""
    for match in _CONSTRAINT.finditer(chapter.folded):
        names = [match["one"], match["other"]]
        without = [name for name in names if not _grows(chapter, name, match.span())]
        if without:
            quote = chapter.text[match.start() : match.end()]
            said = {"quote": quote, "missing": " · ".join(without)}
            yield Finding("constraint_without_data", "warning", match.start(), match.end(), said)


def _grows(chapter: Chapter, name: str, own: tuple[int, int]) -> bool:
    for match in re.finditer(re.escape(name), chapter.folded):
        if own[0] <= match.start() < own[1]:
            continue
        if chapter.within(match.end(), match.end() + 12):
            return True
    return False


def factors(chapter: Chapter) -> Iterator[Finding]:
    """Yield emissions said to follow from energy, without the factor that makes them so."""
    for energy, carbon in zip(chapter.claims, chapter.claims[1:], strict=False):
        between = chapter.folded[energy.end : carbon.start]
        is_pair = energy.unit == "kWh" and carbon.unit.startswith("kgCO2") and "\n" not in between
        if not is_pair or not _TURNED_INTO.search(between) or not energy.interval.low:
            continue
        low = carbon.interval.low / energy.interval.high
        high = carbon.interval.high / energy.interval.low
        said = {
            "quote": chapter.text[energy.start : carbon.end],
            "factor": f"{float(carbon.value / energy.value):.4f}",
            "low": shown(low),
            "high": shown(high),
        }
        yield Finding("factor_not_stated", "warning", energy.start, carbon.end, said)
