"""Targets without progress, constraints without figures, savings without their factor."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import shown
from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_DEADLINE: Final = re.compile(
    r"到\s*20\d\d\s*年|截至20\d\d年底前|20\d\d\s*年底?前|于\s*20\d\d\s*年\s*(?:将|达)"
    r"|(?:\bby(?: the end of)?|target(?:ed)? (?:for|by))\s+(?:fy)?20\d\d"
)
_YEAR: Final = re.compile(r"20\d\d")
_NEAR: Final = 24
_FAR: Final = 160
_MOST: Final = 200
"""Targets of a text that are looked up; no report has as many."""
_SET: Final = frozenset((">=", ">", "<=", "<", "="))
_TOLD: Final = re.compile(
    r"20[12]\d\s*年?(?:度|末|底)?[^，。；\d]{0,14}[为达至是]|目前|现已"
    r"|已[达至]|截至|当前|currently|so far|to date|in 20[12]\d|\(20[12]\d"
)
_AIM: Final = re.compile(
    r"\b(?:cut|reduce|lower|halve|decrease|increase|raise|improve|reducing|cutting|increasing)\s+"
    r"(?:our |the |all |absolute |its )*"
    r"(?P<what>[a-z0-9][a-z0-9 \-]{3,40}?)\s+(?:by|to)\s*(?:at least |up to )?$"
)
_SMALL_WORDS: Final = frozenset(
    ("our", "the", "of", "and", "from", "absolute", "total", "in", "for", "emissions")
)
_INDICATOR: Final = re.compile(
    r"[一-鿿]{4,24}?(?=(?:较|比(?!例)|相比|在|下降|降低|提升|减少|增长|达到|不低于))"
)
_CONSTRAINT: Final = re.compile(
    r"(?P<one>[一-鿿]{2,14}?)增[幅速](?P<how>低于|小于|不高于|高于)(?P<other>[一-鿿]{2,14}?)增[幅速]"
    r"|growth (?:in|of) (?:our |the )?(?P<one_en>[a-z][a-z ]{2,30}?) "
    r"(?:below|lower than|slower than|under) (?:the )?"
    r"(?:growth (?:in|of)|that of) (?:our |the )?(?P<other_en>[a-z][a-z ]{2,30}?)(?=[.,;\n)]|$)"
)
_TURNED_INTO: Final = re.compile(
    r"折合|相当于|约合|减碳|减排|等效|减少[^，。；\d]{0,8}"
    r"(?:排放|co2)|equivalent to|avoid|saving|reduc"
)
_LEAD: Final = re.compile(r"^.*(?:即|使|确保|力争|保持|实现|推动|促进|做到)")
_ASIDE: Final = 60
_FACTOR: Final = re.compile(r"系数|因子|emission factor|grid factor|conversion factor")


def targets(chapter: Chapter) -> Iterator[Finding]:
    """Yield a target whose indicator has no figure anywhere else."""
    for start, end, deadline in islice(_deadlines(chapter), _MOST):
        until = min(end, deadline.end() + _FAR)
        for claim in chapter.within(max(start, deadline.start() - _FAR), until):
            name = _indicator(chapter, claim, deadline)
            if name is None or claim.comparator not in _SET or claim.kind != "share":
                continue
            if _has_progress(chapter, name, claim):
                continue
            at = chapter.folded.rindex(name, start, end)
            printed = chapter.text[at : at + len(name)]
            said = {"indicator": printed, "quote": chapter.quote(claim)}
            yield Finding("target_without_progress", "warning", claim.start, claim.end, said)


def _deadlines(chapter: Chapter) -> Iterator[tuple[int, int, re.Match[str]]]:
    for start, end in chapter.sentences:
        for deadline in _DEADLINE.finditer(chapter.folded, start, end):
            yield start, end, deadline


def _indicator(chapter: Chapter, claim: Claim, deadline: re.Match[str]) -> str | None:
    """Return what is to reach a value by the deadline; None if the claim is of another year."""
    sentence = chapter.folded[claim.sentence[0] : claim.start]
    years = [int(match[0]) for match in _YEAR.finditer(sentence) if not _is_base(sentence, match)]
    due = int(_YEAR.findall(deadline[0])[-1])
    if deadline.start() > claim.start:
        match = _AIM.search(sentence)
        near = deadline.start() - claim.end < _NEAR and not years
        return match["what"] if match and near and not _DEADLINE.search(sentence) else None
    if not years or years[-1] != due:
        return None
    if match := _AIM.search(chapter.folded[deadline.end() : claim.start]):
        return match["what"]
    clause = re.split(r"[，,；;。\n]", sentence)[-1]
    match = _INDICATOR.search(clause)
    return match[0] if match else None


def _is_base(sentence: str, match: re.Match[str]) -> bool:
    """Whether a year is the one that a target is measured from: 較2020年下降15%."""
    before = sentence[max(0, match.start() - 16) : match.start()]
    return bool(
        re.search(
            r"[较比自从]\s*$|\b(?:from|against|compared (?:to"
            r"|with)|than|vs\.?|a)\s+(?:an? |the |our )?$",
            before,
        )
    )


def _has_progress(chapter: Chapter, name: str, target: Claim) -> bool:
    """Whether the indicator is named with a figure that belongs to no deadline."""
    for start, end in chapter.sentences:
        here = chapter.folded[start:end]
        if start <= target.start < end:
            behind = chapter.folded[target.end : end]
            if chapter.within(target.end, end) and _TOLD.search(behind):
                return True
            if (
                _TOLD.search(chapter.folded[start : target.start])
                and name in chapter.folded[start : target.start - len(name)]
            ):
                return True
        elif _names(name, here) and not _DEADLINE.search(here):
            at = start if name.isascii() else start + here.index(name)
            until = end if name.isascii() else min(end, at + len(name) + 40)
            if chapter.within(at, until):
                return True
    return False


def _names(name: str, sentence: str) -> bool:
    """Whether a sentence names an indicator; in English its words may stand apart."""
    if not name.isascii():
        return name in sentence
    words = [word for word in re.findall(r"[a-z0-9]+", name) if word not in _SMALL_WORDS]
    return bool(words) and all(re.search(rf"\b{word}", sentence) for word in words)


def constraints(chapter: Chapter) -> Iterator[Finding]:
    """Yield one growth that is to stay below another, where neither has a figure."""
    for match in _CONSTRAINT.finditer(chapter.folded):
        names = [
            _LEAD.sub("", match["one"] or match["one_en"]),
            match["other"] or match["other_en"],
        ]
        without = [name for name in names if not _grows(chapter, name, match.span())]
        if without:
            quote = chapter.text[match.start() : match.end()]
            said = {"quote": quote, "missing": " · ".join(without)}
            yield Finding("constraint_without_data", "warning", match.start(), match.end(), said)


def _grows(chapter: Chapter, name: str, own: tuple[int, int]) -> bool:
    for match in re.finditer(re.escape(name), chapter.folded):
        if own[0] <= match.start() < own[1]:
            continue
        if chapter.within(match.end(), match.end() + (24 if name.isascii() else 12)):
            return True
    return False


def factors(chapter: Chapter) -> Iterator[Finding]:
    """Yield emissions said to follow from energy, without the factor that makes them so."""
    for energy, carbon in zip(chapter.claims, chapter.claims[1:], strict=False):
        between = chapter.folded[energy.end : carbon.start]
        around = chapter.folded[energy.sentence[0] : carbon.end + _ASIDE]
        if _FACTOR.search(around) or any(
            each.unit.startswith("kgCO2") and "/" in each.unit
            for each in chapter.within(*energy.sentence)
        ):
            continue
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
