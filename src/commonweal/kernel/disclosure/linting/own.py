"""A text held against our own report: every number, unit and word of direction as it was printed.

The report is built again from the facts as they were known, and laid beside the text line by line:
first lines that are the same, then those that are the same but for what measures (numbers,
magnitudes, units, comparators, words of direction), then the most alike. In a pair, whatever
differs in what measures is a finding, with the facts behind the printed figure. Other words may
differ; lines that have no pair are left to the other rules.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING, Final

from commonweal.catalogue.claim_words import claim_words
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.folding import folded
from commonweal.engines.claims.rules.comparing import DOWN, UP
from commonweal.engines.claims.words import alternatives
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.tree import (
    Bullets,
    Chart,
    Figure,
    Heading,
    Paragraph,
    Table,
    Text,
)
from commonweal.kernel.disclosure.wording import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.kernel.disclosure.tree import Block, Report, Spans
    from commonweal.periods import Period

_ALIKE: Final = 0.8
_MOST_COMPARED: Final = 400
_UNSEEN: Final = re.compile(r"[\s*_|#>\u200b]")
_OF_WHAT: Final = "二氧化碳当量|二氧化碳|标准煤"
"""Behind 吨 part of the unit: what is left of it where only 吨 is altered."""
_ONE_LETTER: Final = frozenset("吨度元米升瓦人户站家项次年月天个名座条件台套亿万千百")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without white space, and where each character stood.

    ``figures`` are first, last position and facts of what was printed from facts.
    """

    text: str
    at: tuple[int, ...]
    figures: tuple[tuple[int, int, tuple[int, ...]], ...] = ()

    @property
    def skeleton(self) -> str:
        """What is left without anything that measures."""
        return _measures().sub("", folded(self.text))


def against_own(
    report: Report, otherwise: Callable[[Chapter], list[Finding]]
) -> Callable[[Chapter], list[Finding]]:
    """Return a rule that holds a text against a report of ours.

    Args:
        report: As it was printed.
        otherwise: What is asked about lines that the report does not have; not before its first
            line, nor behind its last, where its index of facts speaks of other nodes.
    """
    printed = list(_printed(report))

    def rule(chapter: Chapter) -> list[Finding]:
        lines = [_line(chapter.text, *span) for span in chapter.paragraphs]
        pairs = list(_pairs([line for line in lines if line.text], printed))
        found = [each for line, own in pairs for each in _differences(chapter, line, own)]
        told = sorted((line.at[0], line.at[-1]) for line, _ in pairs)
        starts = [first for first, _ in told]
        for each in otherwise(chapter):
            index = bisect_right(starts, each.start) - 1
            is_within = 0 <= index < len(told) - 1
            if is_within and told[index][1] < each.start:
                found.append(each)
        return found

    return rule


def figures_in(text: str, report: Report) -> list[tuple[int, int]]:
    """Return where the figures of a report stand in its own text, on lines that are unaltered."""
    lines = [_line(text, *match.span()) for match in re.finditer(r"[^\n]+", text)]
    return [
        (line.at[first], line.at[last - 1] + 1)
        for line, own in _pairs([line for line in lines if line.text], list(_printed(report)))
        if line.text == own.text
        for first, last, facts in own.figures
        if facts and last > first
    ]


def body_end(text: str, report: Report) -> int:
    """Return where the last line of a report ends in a text; what follows is its index of facts."""
    lines = [_line(text, *match.span()) for match in re.finditer(r"[^\n]+", text)]
    pairs = _pairs([line for line in lines if line.text], list(_printed(report)))
    return max((line.at[-1] + 1 for line, _ in pairs), default=len(text))


def own_report(report_id: str, period: Period, *, node: str, text: str) -> Report:
    """Return a report of ours in the language that a text shares most lines with.

    Raises:
        InputError: Report or node are unknown.
        StateError: There are no facts.
    """
    lines = {_UNSEEN.sub("", line) for line in text.split("\n")}
    reports = [
        report_build(report_id, period, language=language, node=node, has_appendix=False)
        for language in LANGUAGES
    ]
    return max(reports, key=lambda each: sum(own.text in lines for own in _printed(each)))


def _line(text: str, start: int, end: int) -> Line:
    at = tuple(index for index in range(start, end) if not _UNSEEN.match(text, index))
    return Line("".join(text[index] for index in at), at)


@cache
def _measures() -> re.Pattern[str]:
    """Return a pattern over folded text without spaces, of what a figure is told with.

    A unit behind a number may touch the next word here: 5MWhof.
    """
    words = claim_words()
    told = {unit.word.lower() for unit in words.units if len(unit.word) > 1}
    told |= {unit.word for unit in words.units if not unit.word.isalnum()} | _ONE_LETTER
    told |= {*words.before, *words.after, *words.magnitudes} - {"k", "m"}
    bare = {word.replace(" ", "") for word in told}
    units = {word for word in bare if word.isascii() and word not in words.before}
    behind = "|".join(map(re.escape, sorted(units, key=lambda word: (-len(word), word))))
    return re.compile(
        rf"\d[\d,]*(?:\.\d+)?(?:(?:{behind}){{1,3}})?|[+\-](?=\d)|{UP.pattern}|{DOWN.pattern}"
        rf"|{_OF_WHAT}|{alternatives(bare)}|[一二三四五六七八九十百千]+"
    )


# --- what was printed --------------------------------------------------------------------------
def _printed(report: Report) -> Iterator[Line]:
    yield _of_spans((Text(report.title),))
    yield _of_spans((Text(report.subtitle),))
    for section in report.sections:
        yield _of_spans((Text(section.title),))
        for block in section.blocks:
            yield from (_of_spans(spans) for spans in _lines(block))


def _lines(block: Block) -> Iterator[Spans]:
    match block:
        case Heading():
            yield (Text(block.text),)
        case Paragraph():
            yield block.spans
        case Bullets():
            yield from block.items
        case Table():
            yield (Text(block.caption),)
            for row in (block.head, *block.rows):
                yield tuple(span for cell in row for span in cell.spans)
        case Chart():
            yield (Text(block.title),)
            yield from _lines(block.table)


def _of_spans(spans: Spans) -> Line:
    text, figures = "", []
    for span in spans:
        said = _UNSEEN.sub("", span.text)
        if isinstance(span, Figure):
            figures.append((len(text), len(text) + len(said), span.fact_ids))
        text += said
    return Line(text, (), tuple(figures))


# --- which line is which -----------------------------------------------------------------------
def _pairs(lines: Sequence[Line], printed: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    rest, left = _paired(lines, printed, lambda line: line.text)
    found = [pair for pair in rest if pair[1] is not None]
    lines = [line for line, own in rest if own is None]
    rest, left = _paired(lines, left, lambda line: line.skeleton)
    found += [pair for pair in rest if pair[1] is not None]
    yield from ((line, own) for line, own in found if own is not None)
    lines = [line for line, own in rest if own is None]
    left = [line for line in left if line.figures][:_MOST_COMPARED]  # the others tell no figure
    for line in lines[:_MOST_COMPARED]:
        matcher = SequenceMatcher(None, "", line.skeleton, autojunk=False)
        best, own = 0.0, None
        for each in left:
            matcher.set_seq1(each.skeleton)
            if matcher.real_quick_ratio() > max(best, _ALIKE) and (ratio := matcher.ratio()) > best:
                best, own = ratio, each
        if own is not None and best >= _ALIKE:
            left.remove(own)
            yield line, own


def _paired(
    lines: Sequence[Line], printed: Sequence[Line], key: Callable[[Line], str]
) -> tuple[list[tuple[Line, Line | None]], list[Line]]:
    """Pair lines by a key in the order in which they stand; return what is left of the printed."""
    waiting: dict[str, list[Line]] = defaultdict(list)
    for own in reversed(printed):
        waiting[key(own)].append(own)
    pairs: list[tuple[Line, Line | None]] = []
    for line in lines:
        found = waiting.get(key(line))
        pairs.append((line, found.pop() if found else None))
    used = {id(own) for _, own in pairs if own is not None}
    return pairs, [own for own in printed if id(own) not in used]


# --- what differs ------------------------------------------------------------------------------
def _differences(chapter: Chapter, line: Line, own: Line) -> Iterator[Finding]:
    if line.text == own.text:
        return
    here = [match.span() for match in _measures().finditer(folded(line.text))]
    there = [match.span() for match in _measures().finditer(folded(own.text))]
    matcher = SequenceMatcher(None, own.text, line.text, autojunk=False)
    last = -1
    for kind, first, end, start, stop in matcher.get_opcodes():
        if kind == "equal" or start < last:
            continue
        found, printed = _widened(here, start, stop), _widened(there, first, end)
        if found is None and printed is None:
            continue
        found, printed = found or (start, stop), printed or (first, end)
        last = found[1]
        at = line.at[min(found[0], len(line.at) - 1)]
        until = line.at[min(max(found[1], found[0] + 1), len(line.at)) - 1] + 1
        said = {
            "printed": own.text[max(0, printed[0] - 6) : printed[1] + 6],
            "found": chapter.text[at:until],
            "facts": ", ".join(map(str, _facts(own, printed))) or "–",
        }
        yield Finding("figure_altered", "error", at, max(until, at + 1), said)


def _widened(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """Return the words of measure that a place touches, as one place; None if there is none."""
    touched = [span for span in spans if span[0] < max(end, start + 1) and span[1] > start]
    touched += [span for span in spans if start == end == span[1]]
    return (min(s for s, _ in touched), max(e for _, e in touched)) if touched else None


def _facts(own: Line, place: tuple[int, int]) -> tuple[int, ...]:
    """Return the facts of the figure that lies nearest to a place."""

    def distance(figure: tuple[int, int, tuple[int, ...]]) -> int:
        return max(figure[0] - place[1], place[0] - figure[1], 0)

    nearest = min(own.figures, key=distance, default=None)
    return nearest[2] if nearest else ()
