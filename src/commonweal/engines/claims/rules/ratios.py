"""Shares beside the numbers they are of: part ÷ whole, and which whole a share leaves possible."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import percent, quotient, shown
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.numerals import digits_step, digits_value
from commonweal.engines.claims.rules.comparing import is_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_OF: Final = re.compile(
    r"[，,、\s]*占[^，。；;\d\n]{0,16}|\s*of (?:our |the |all |its |a total of |a total )*"
)
_OF_THEM: Final = re.compile(
    r"\s*[^，。；;\d\n]{0,8}的\s*|[^.;,\d\n]{0,30}[(,]\s*(?:or |accounting for |representing )?"
)
_ALL: Final = re.compile(
    r"(?:在职|全体|共有?|总计|合计|总数|总量|总用电量|total)[^，。；;\d\n]{0,8}$"
)
_PART: Final = re.compile(
    r"[^。；;\d\n]{0,24}(?:其中|当中)[^，。；;\d\n]{0,16}"
    r"|[^.;\d\n]{0,24}of wh(?:ich|om)[^.;\d\n]{0,16}"
)
_SHARE_OF_IT: Final = re.compile(
    r"[，,、(\s]*(?:占比|占总(?:数|量|人数|额)的|占|比例)(?:为|达|约为)?\s*"
    r"|\s*[(]|,? (?:or|accounting for) "
)
_SHARE_OF_ALL: Final = re.compile(r"[，,\s]*(?:占比|占总(?:数|量|人数|额)的|占)(?:为|达|约为)?\s*")
_ENGLISH: Final = re.compile(
    r"(?<![\d.,$])(?P<part>\d[\d,]{0,12}) of (?:our |the |its |all |a total of )*"
    r"(?P<whole>\d[\d,]{0,12}) (?:[a-z\-]+ ){0,4}?[a-z\-]+ ?\((?P<share>\d{1,3}(?:\.\d+)?) ?%\)"
    r"|\bof (?:our |the |its |all )*(?P<whole_first>\d[\d,]{0,12})"
    r"(?: [a-z\-]+){1,4}, (?P<part_last>\d[\d,]{0,12})"
    r"(?: [a-z\-]+){0,3} ?\((?P<share_last>\d{1,3}(?:\.\d+)?) ?%\)"
)
"""40 of our 80 sites (50%): neither number needs a unit."""
_RATE: Final = re.compile(r"[，,、(\s]*[^，。；;\d\n]{0,10}(?:比例|占比)(?:为|达到|达)?\s*")
_MOST_SHOWN: Final = 3
_EXACT: Final = frozenset(("count", "noun"))


def of_two(chapter: Chapter) -> Iterator[Finding]:
    """Yield a share that is not the quotient of the two numbers beside it."""
    for one, two, share in zip(
        chapter.claims, chapter.claims[1:], chapter.claims[2:], strict=False
    ):
        if share.kind != "share" or one.measure != two.measure or one.kind in {"share", "points"}:
            continue
        if one.sentence != share.sentence or {one.comparator, two.comparator} != {"="}:
            continue
        if is_change(chapter, one):
            continue
        first, second = (
            chapter.folded[one.end : two.start], chapter.folded[two.end : share.start]
        )  # fmt: skip
        if _OF.fullmatch(first) and _OF_THEM.fullmatch(second):
            part, whole = one, two
        elif (_PART.fullmatch(first) and _SHARE_OF_IT.fullmatch(second)) or (
            _is_all(chapter, one) and _SHARE_OF_ALL.fullmatch(second)
        ):
            part, whole = two, one
        else:
            continue
        found = quotient(part.interval, whole.interval)
        if found is not None and share.comparator == "=" and not found.meets(share.interval):
            said = {
                "part": part.number,
                "whole": whole.number,
                "share": chapter.text[share.start : share.end],
                "quotient": percent(found),
            }
            places = ((part.start, part.end), (whole.start, whole.end))
            yield Finding("ratio_of_two", "error", share.start, share.end, said, places)


def _is_all(chapter: Chapter, claim: Claim) -> bool:
    """Whether a number is said to be of all there are: 在職員工24,013人."""
    before = chapter.folded[max(claim.sentence[0], claim.start - 20) : claim.start]
    return bool(_ALL.search(before))


def of_two_in_english(chapter: Chapter) -> Iterator[Finding]:
    """Yield 40 of our 80 sites (60%)."""
    for match in _ENGLISH.finditer(chapter.folded):
        named = {name.partition("_")[0]: text for name, text in match.groupdict().items() if text}
        part, whole = digits_value(named["part"]), digits_value(named["whole"])
        half = digits_step(named["share"]) / 2
        share = digits_value(named["share"])
        if whole and abs(part / whole * 100 - share) > half:
            said = {
                "part": named["part"],
                "whole": named["whole"],
                "share": f"{named['share']}%",
                "quotient": f"{shown(part / whole * 100)} %",
            }
            yield Finding("ratio_of_two", "error", *match.span(), said)


def wholes(chapter: Chapter) -> Iterator[Finding]:
    """Yield which whole numbers a count and its share leave possible, or that there is none."""
    for part, share in pairwise(chapter.claims):
        if not _is_counted_share(chapter, part, share):
            continue
        low, high = (part.value / end for end in reversed(share.interval))
        first, last = max(ceil(low), ceil(part.value)), floor(high)
        said = {"part": part.number, "share": chapter.text[share.start : share.end]}
        place = ((part.start, part.end),)
        if first > last:
            said |= {"low": f"{float(low):,.2f}", "high": f"{float(high):,.2f}"}
            yield Finding("no_whole_fits", "warning", share.start, share.end, said, place)
        elif last - first < _MOST_SHOWN:
            said["wholes"] = ", ".join(f"{whole:,}" for whole in range(first, last + 1))
            yield Finding("implied_whole", "info", share.start, share.end, said, place)


def _is_counted_share(chapter: Chapter, part: Claim, share: Claim) -> bool:
    is_pair = part.kind in _EXACT and share.kind == "share" and part.sentence == share.sentence
    exact = part.comparator == share.comparator == "=" and part.step == 1 and part.value >= 1
    between = chapter.folded[part.end : share.start]
    return is_pair and exact and share.interval.low > 0 and share.value < 1 and bool(
        _RATE.fullmatch(between)
    )  # fmt: skip


_BOTH: Final = re.compile(
    r"男性?、?[和与及]?女性?[^，。；\d]{0,8}(?:占比|比例|比重)[^，。；\d]{0,4}$"
)
_SEXES: Final = (re.compile(r"男|\bmen\b|\bmale"), re.compile(r"女|\bwomen\b|\bfemale"))
_COMPOSITION: Final = re.compile(r"占|比例|比重|share|proportion|account|made up|were|are")
_RATES: Final = re.compile(
    r"参加|参与|覆盖|培训|接受|率|流失|离职|train|turnover|rate|cover|particip"
)


def complements(chapter: Chapter) -> Iterator[Finding]:
    """Yield shares of men and women that do not make a whole."""
    for one, two in pairwise(chapter.claims):
        if one.kind != "share" or two.kind != "share" or one.sentence != two.sentence:
            continue
        before = chapter.folded[max(one.sentence[0], one.start - 24) : one.start]
        between = chapter.folded[one.end : two.start]
        if _RATES.search(before + between) or not _COMPOSITION.search(before + between):
            continue
        sides = [[bool(sex.search(words)) for sex in _SEXES] for words in (before, between)]
        are_both = _BOTH.search(before) and re.fullmatch(r"\s*[和与及、]\s*", between)
        if not are_both and sorted(map(tuple, sides)) != [(False, True), (True, False)]:
            continue
        low = one.interval.low + two.interval.low
        high = one.interval.high + two.interval.high
        if not low <= 1 <= high and {one.comparator, two.comparator} == {"="}:
            said = {
                "one": chapter.text[one.start : one.end],
                "two": chapter.text[two.start : two.end],
                "sum": f"{float((one.value + two.value) * Fraction(100)):.10g} %",
            }
            yield Finding("share_sum", "warning", one.start, two.end, said, ((one.start, one.end),))
