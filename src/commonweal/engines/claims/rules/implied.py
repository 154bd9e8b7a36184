"""What printed numbers imply that is not printed: the value that a change is measured from."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import in_units_of
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.rules.comparing import DOWN, UP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter

_BASE: Final = re.compile(
    r"[，,、(\s]*(?:较|比|相比|与|compared (?:with|to)|from|against)[^，。；;\n]{2,24}"
    r"|[，,\s]*(?:down|up)\s*"
)
_NOT_A_LEVEL: Final = frozenset(("share", "points", "rank", "time"))


def bases(chapter: Chapter) -> Iterator[Finding]:
    """Yield the interval of an earlier value: 2.02 kg, 27.9% below 2020, was 2.79 to 2.81."""
    for level, change in pairwise(chapter.claims):
        between = chapter.folded[level.end : change.start]
        is_pair = change.kind == "share" and level.kind not in _NOT_A_LEVEL
        if not is_pair or level.sentence != change.sentence or not _BASE.fullmatch(between):
            continue
        is_up, is_down = bool(UP.search(between)), bool(DOWN.search(between))
        exact = level.comparator == change.comparator == "="
        if is_up == is_down or not exact or change.interval.high >= 1:
            continue
        ends = [
            value / (1 + sign * share)
            for sign in ((1,) if is_up else (-1,))
            for value in level.interval
            for share in change.interval
        ]
        said = {
            "level": chapter.text[level.start : level.end],
            "change": chapter.text[change.start : change.end],
            "low": in_units_of(min(ends), level),
            "high": in_units_of(max(ends), level),
        }
        place = ((level.start, level.end),)
        yield Finding("implied_base", "info", change.start, change.end, said, place)
