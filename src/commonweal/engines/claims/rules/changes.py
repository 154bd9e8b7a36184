"""A change that is printed beside its two ends: 由 47% 提升至 53%，提升 6 個百分點."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.engines.claims.arithmetic import shown
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.claim import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_FROM: Final = re.compile(r"(?:从|由|自|from)\s*[^\d]{0,4}$")
UP: Final = re.compile(
    r"提升|提高|增长|增加|上升|升至|增至|扩大|rose|increase|grew|improved|up\b|gain"
)
DOWN: Final = re.compile(
    r"下降|降低|降至|减少|缩短|压降|减至|fell|decrease|declin|reduc|cut\b|down\b|drop"
)
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
        yield from _size(chapter, change)


def _changes(chapter: Chapter) -> Iterator[Change]:
    for first, last in zip(chapter.claims, chapter.claims[1:], strict=False):
        between = chapter.folded[first.end : last.start]
        before = chapter.folded[max(0, first.start - 12) : first.start]
        turns = re.search(r"(?:至|到|为|\bto)\s*[^\d]{0,3}$", between)
        if first.unit == last.unit and turns and _FROM.search(before) and len(between) < _FAR:
            yield Change(first, last, between)


def _direction(chapter: Chapter, change: Change) -> Iterator[Finding]:
    before = chapter.folded[
        max(change.first.sentence[0], change.first.start - 24) : change.first.start
    ]
    words = change.words if UP.search(change.words) or DOWN.search(change.words) else before
    is_up, is_down = bool(UP.search(words)), bool(DOWN.search(words))
    if is_up == is_down or change.first.value == change.last.value:
        return
    if is_up == (change.last.value > change.first.value):
        return
    if is_up and re.search(r"改善|improved", words):
        return  # of a PUE, less is better
    yield Finding(
        "direction",
        "error",
        change.first.start,
        change.last.end,
        {"first": change.first.number, "last": change.last.number, "words": words.strip()},
    )


def _size(chapter: Chapter, change: Change) -> Iterator[Finding]:
    stated = _stated(chapter, change)
    if stated is None:
        return
    first, last = change.first.interval, change.last.interval
    points = Interval(last.low - first.high, last.high - first.low)
    sign = -1 if change.last.value < change.first.value else 1
    size = Interval(*sorted((points.low * sign, points.high * sign)))
    of_first = _relative(size, first)
    is_share = change.first.kind == "share"
    said = {
        "first": change.first.number,
        "last": change.last.number,
        "stated": chapter.text[stated.start : stated.end],
        "points": shown(abs(change.last.value - change.first.value) * (100 if is_share else 1)),
    }
    place = ("differences", "error", stated.start, stated.end)
    if stated.kind == "share" and is_share:
        if of_first is not None and of_first.meets(stated.interval):
            return
        if size.meets(stated.interval):
            yield Finding("percent_or_points", "warning", stated.start, stated.end, said)
            return
        yield Finding(*place, said)
    elif stated.kind == "share":
        if of_first is not None and not of_first.meets(stated.interval):
            yield Finding(*place, said)
    elif not size.meets(stated.interval):
        yield Finding(*place, said)


def _relative(size: Interval, first: Interval) -> Interval | None:
    if first.low <= 0:
        return None
    ends = [part / whole for part in size for whole in first]
    return Interval(min(ends), max(ends))


def _stated(chapter: Chapter, change: Change) -> Claim | None:
    """Return the change that is printed right behind the two ends, if it is one of theirs."""
    following = [c for c in chapter.claims if c.start >= change.last.end]
    if not following or following[0].start - change.last.end > _FAR:
        return None
    stated = following[0]
    between = chapter.folded[change.last.end : stated.start]
    says_so = UP.search(between) or DOWN.search(between)
    fits = stated.kind in {"share", "points"} or stated.unit == change.last.unit
    ended = re.search(r"[。；;\n.]", between)
    return stated if says_so and fits and not ended and stated.value > Fraction(0) else None
