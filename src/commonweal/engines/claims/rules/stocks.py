"""What came new against what there is, and a named part against its whole."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import reach, shown
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.numerals import digits_value
from commonweal.engines.claims.rules.comparing import is_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter

_NEW: Final = re.compile(
    r"(?:新增|净增|新建|新设|新开通|新增加|增加|newly|added|adding|new)[^，。；;\n]{0,16}$"
)
_STOCK: Final = re.compile(
    r"(?:[^。；;\n\d]|20\d\d){0,20}?(?:累计|总数|总量|总规模|保有量|共有|达到?"
    r"|in total|bringing|taking|total)[^。；;\n\d]{0,24}"
)
_OTHERWISE: Final = re.compile(r"关|退|减|拆|停|下线|淘汰|投诉|故障|close|retir|remov|由|从|from")
_PART: Final = re.compile(r"其中|当中|of which|of whom|of them|of these|\bincluding\b")
_ENGLISH: Final = re.compile(
    r"(?<![\d.,$€£])(?P<part>\d[\d,]{0,12}) of (?:our|the) (?P<whole>\d[\d,]{0,12}) [a-z]"
    r"|\bof (?:our|the) (?P<whole_first>\d[\d,]{0,12})(?: [a-z\-]+){1,5}, "
    r"(?P<part_last>\d[\d,]{0,12})(?: \(\d+%\))? (?:are|were|have|had|is)\b"
)
"""132 of our 120 stores: neither number needs a unit."""
_MEANS: Final = re.compile(r"均|每|per\b|average|mean")
_ADDS: Final = frozenset(("count", "noun", "money", "energy", "mass", "volume", "area", "time"))


def new_above_stock(chapter: Chapter) -> Iterator[Finding]:
    """Yield more new things in a year than there are at its end."""
    for new, stock in pairwise(chapter.claims):
        between = chapter.folded[new.end : stock.start]
        before = chapter.folded[max(new.sentence[0], new.start - 24) : new.start]
        is_pair = new.measure == stock.measure and new.sentence == stock.sentence
        is_new = _NEW.search(before) or chapter.folded[new.start : new.end].find(" new ") > 0
        if not is_pair or not is_new or not _STOCK.fullmatch(between):
            continue
        if _OTHERWISE.search(between) or _OTHERWISE.search(before):
            continue
        if reach(new).low > reach(stock).high:
            said = {
                "new": chapter.quote(new),
                "stock": chapter.quote(stock),
                "difference": shown(new.value - stock.value),
            }
            place = ((stock.start, stock.end),)
            yield Finding("new_above_stock", "error", new.start, new.end, said, place)


def parts(chapter: Chapter) -> Iterator[Finding]:
    """Yield a part that is larger than the whole it is named of."""
    for whole, part in pairwise(chapter.claims):
        between = chapter.folded[whole.end : part.start]
        before = chapter.folded[max(whole.sentence[0], whole.start - 16) : whole.start]
        is_pair = whole.measure == part.measure and whole.sentence == part.sentence
        if not is_pair or whole.kind not in _ADDS or not _PART.search(between):
            continue
        if is_change(chapter, whole) or _MEANS.search(before) or _MEANS.search(between):
            continue
        if reach(part).low > reach(whole).high:
            said = {
                "part": chapter.quote(part),
                "low": shown(reach(part).low),
                "whole": chapter.quote(whole),
                "high": shown(reach(whole).high),
            }
            place = ((whole.start, whole.end),)
            yield Finding("part_above_whole", "error", part.start, part.end, said, place)


def parts_in_english(chapter: Chapter) -> Iterator[Finding]:
    """Yield 132 of our 120 stores."""
    for match in _ENGLISH.finditer(chapter.folded):
        part = digits_value(match["part"] or match["part_last"])
        whole = digits_value(match["whole"] or match["whole_first"])
        if part > whole:
            said = {
                "part": shown(part), "low": shown(part), "whole": shown(whole), "high": shown(whole)
            }  # fmt: skip
            yield Finding("part_above_whole", "error", *match.span(), said)
