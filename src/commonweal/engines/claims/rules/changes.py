"""A change that is printed beside its two ends: 由 47% 提升至 53%，提升 6 個百分點."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.engines.claims.arithmetic import difference, percent, quotient, reach, shown
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.claim import Interval
from commonweal.engines.claims.rules.comparing import DOWN, UP, Comparison, comparisons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_FROM: Final = re.compile(r"(?:从|由|自|from)\s*[^\d]{0,4}$")
_BETTER: Final = re.compile(r"改善|优化|improv")
_FAR: Final = 40


class Change(NamedTuple):
    """Two ends of a change, and the words between them."""

    first: Claim
    last: Claim
    words: str


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield ends that go against their own words, and changes that are not those of the ends."""
    for change in _changes(chapter):
        yield from _direction(chapter, change)
    for ways in comparisons(chapter):
        judged = [_judged(chapter, way) for way in ways]
        if judged[0] is not None and all(judged):
            yield judged[0]


def _changes(chapter: Chapter) -> Iterator[Change]:
    for first, last in zip(chapter.claims, chapter.claims[1:], strict=False):
        between = chapter.folded[first.end : last.start]
        before = chapter.folded[max(0, first.start - 12) : first.start]
        turns = re.search(r"(?:至|到|为|\bto)\s*[^\d]{0,3}$", between)
        if first.measure == last.measure and turns and _FROM.search(before) and len(between) < _FAR:
            yield Change(first, last, between)


def _direction(chapter: Chapter, change: Change) -> Iterator[Finding]:
    before = chapter.folded[
        max(change.first.sentence[0], change.first.start - 24) : change.first.start
    ]
    words = change.words if UP.search(change.words) or DOWN.search(change.words) else before
    is_up, is_down = bool(UP.search(words)), bool(DOWN.search(words))
    if change.first.kind == "index" and _BETTER.search(before + change.words):
        is_up, is_down = False, True  # of a PUE, less is better
    if is_up == is_down or change.first.value == change.last.value:
        return
    if is_up == (change.last.value > change.first.value):
        return
    if is_up and re.search(r"改善|improved", words) and change.first.kind != "index":
        return  # less may be better
    yield Finding(
        "direction",
        "error",
        change.first.start,
        change.last.end,
        {"first": change.first.number, "last": change.last.number, "words": words.strip()},
    )


def _judged(chapter: Chapter, way: Comparison) -> Finding | None:
    """Return what is wrong with a printed change, in one way to read it."""
    first, last, stated = reach(way.first), reach(way.last), reach(way.stated)
    size = difference(last, first)
    relative = quotient(size, first)
    said = {
        "first": way.first.number,
        "last": way.last.number,
        "stated": chapter.text[way.stated.start : way.stated.end],
    }
    places = ((way.first.start, way.first.end), (way.last.start, way.last.end))
    is_share = way.first.kind == "share"
    if way.stated.kind == "share":
        is_exact = is_share and _are_points(way)
        if relative is None or (_is(relative, stated, way.sign) and not is_exact):
            return None
        if is_exact or (is_share and _is(size, stated, way.sign)):
            points = abs(way.last.value - way.first.value) * 100
            return Finding(
                "percent_or_points", "warning", way.stated.start, way.stated.end,
                said | {"points": shown(points)}, places,
            )  # fmt: skip
    elif _is(size, stated, way.sign):
        return None
    points = abs(way.last.value - way.first.value) * (100 if is_share else 1)
    rule = "year_change" if way.is_of_years else "differences"
    change = percent(relative) if relative is not None and not is_share else shown(points)
    said |= {"points": shown(points), "change": change}
    return Finding(rule, "error", way.stated.start, way.stated.end, said, places)


def _are_points(way: Comparison) -> bool:
    """Whether a stated percentage is the printed difference, and not what the quotient rounds to.

    90% to 95% is 5 percentage points and 5.6%; “up 5%” most likely means the points.
    """
    size = abs(way.last.value - way.first.value)
    relative = size / way.first.value if way.first.value else size
    is_quotient = abs(relative - way.stated.value) <= way.stated.step / 2
    return size == way.stated.value and way.stated.comparator == "=" and not is_quotient


def _is(change: Interval, stated: Interval, sign: int) -> bool:
    """Whether a change may be the stated one; where words leave its direction open, either way."""
    ends = [
        Interval(*sorted(each * end for end in stated)) for each in ((sign,) if sign else (1, -1))
    ]
    return any(change.meets(each) for each in ends)
