"""The same number, value or paragraph twice: where it should differ, or should not."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_NEAR: Final = 300
_LEAST_DIGITS: Final = 4
_LONG_PARAGRAPH: Final = 30
_SAYS: Final = re.compile(r"[，。；]|[.!?！？：:”」)）]$")
"""Of a paragraph; a row of names or a line of a form has none."""
_FORM: Final = 4
"""What stands this often again is a form's own words, not a paragraph that was pasted twice."""
_LEAST_NAME: Final = 5
_MOST_VALUES: Final = 2
_LEAST_CHINESE: Final = 4
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_A_PART: Final = re.compile(r"ofwhich|ofwhom|andthe|respectively|thisincludes|anaverageof$")
_TOO_PLAIN: Final = frozenset(
    ("total", "totals", "subtotal", "其他", "合计", "总计", "other", "others")
)
_FILLING: Final = re.compile(
    r"(?:19|20)\d\d\s*(?:年度?)?|截至|报告期内|其中|全年|年末|年底|公司|集团|[\s*「」“”]"
)
_TAIL: Final = re.compile(
    r"(?:达到?|约?为|是|共计?|累计|合计|总计|was|is|were|are|of|in|for|during|at|stoodat|reached|totall?ed)+$"
)
_GENERATION: Final = re.compile(r"[2-6]g|co2e?|scope[123]|范围[123]|pue")
_NOT_A_NAME: Final = re.compile(
    r"\d|[由从自较比]|from|增|减|升|降|投入|新|提|至$|到$|与|和|分别|expected|target|目标"
)


def paragraphs(chapter: Chapter) -> Iterator[Finding]:
    """Yield a paragraph that stands twice."""
    seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for start, end in chapter.paragraphs:
        bare = "".join(chapter.folded[start:end].split()).strip("-•·● ")
        long = 3 * _LONG_PARAGRAPH if bare.isascii() else _LONG_PARAGRAPH
        if len(bare) < long or "\t" in chapter.text[start:end] or not _SAYS.search(bare):
            continue
        seen[bare].append((start, end))
    for first, *more in seen.values():
        for start, end in more if len(more) < _FORM else ():
            said = {"quote": chapter.text[start:end].strip()[:60]}
            yield Finding("duplicate_paragraph", "warning", start, end, said, (first,))


def shares(chapter: Chapter) -> Iterator[Finding]:
    """Yield two shares of different things, near each other, that print the same odd value."""
    odd = [claim for claim in chapter.claims if claim.kind == "share" and _is_odd(claim)]
    in_tables = {cell.claim for grid in chapter.grids for row in grid for cell in row}
    for position, claim in enumerate(odd):
        for earlier in reversed(odd[max(0, position - _NEAR) : position]):
            if claim.start - earlier.start >= _NEAR:
                break
            near = claim.value == earlier.value
            differ = (
                chapter.folded[earlier.start - 8 : earlier.start]
                != (chapter.folded[claim.start - 8 : claim.start])
            )
            if near and differ and claim.subject != earlier.subject and claim not in in_tables:
                said = {"first": chapter.quote(earlier), "second": chapter.quote(claim)}
                place = (earlier.start, earlier.end)
                yield Finding("duplicate_value", "warning", claim.start, claim.end, said, (place,))


def _is_odd(claim: Claim) -> bool:
    return "." in claim.number and not claim.number.endswith((".0", ".5"))


def nouns(chapter: Chapter) -> Iterator[Finding]:
    """Yield one number, once rounded, of different things: 2,755 萬村戶, 2,755.1 萬用戶."""
    by_rounded: dict[str, list[Claim]] = defaultdict(list)
    for claim in chapter.claims:
        if claim.kind in {"count", "noun"} and _digits(claim) >= _LEAST_DIGITS:
            by_rounded[f"{float(claim.value):.4g}"].append(claim)
    for alike in by_rounded.values():
        first = alike[0]
        for claim in alike[1:]:
            if claim.unit != first.unit and claim.interval.meets(first.interval):
                said = {"first": chapter.quote(first), "second": chapter.quote(claim)}
                place = (first.start, first.end)
                yield Finding("same_number", "warning", claim.start, claim.end, said, (place,))


def _digits(claim: Claim) -> int:
    """Return how many digits a number has without the zeros at its end."""
    return len(claim.number.replace(",", "").replace(".", "").rstrip("0"))


def facts(chapter: Chapter) -> Iterator[Finding]:
    """Yield one subject with two values of the same unit and year, in different places.

    A row of a table counts with its column's year, where no other row is named the same.
    """
    by_subject: dict[tuple[str, str, str, str], list[Claim]] = defaultdict(list)
    in_rows = _in_rows(chapter)
    for claim in chapter.claims:
        name = _name(claim)
        least = _LEAST_NAME if name.isascii() else _LEAST_CHINESE
        if len(name) < least or _A_PART.search(name) or claim.comparator != "=":
            continue
        year = _YEAR.search(folded(claim.period))
        if claim.start in in_rows and (not year or name in _TOO_PLAIN):
            continue
        key = (name, claim.measure, claim.kind, year[0] if year else "")
        by_subject[key].append(claim)
    for alike in by_subject.values():
        if len({claim.value for claim in alike}) > _MOST_VALUES:
            continue  # a label of a form
        if len({claim.value for claim in alike if claim.start in in_rows}) > 1:
            alike = [claim for claim in alike if claim.start not in in_rows]  # noqa: PLW2901 - less of it
        for claim in alike[1:]:
            first = alike[0]
            if claim.sentence != first.sentence and not claim.interval.meets(first.interval):
                said = {"first": chapter.quote(first), "second": chapter.quote(claim)}
                place = (first.start, first.end)
                yield Finding("same_fact", "warning", claim.start, claim.end, said, (place,))


def _in_rows(chapter: Chapter) -> set[int]:
    """Return where the claims begin that stand in cells of tables."""
    return {
        cell.claim.start for grid in chapter.grids for row in grid for cell in row if cell.claim
    }


def _name(claim: Claim) -> str:
    """Return a subject without years, verbs and words of order, as it may stand elsewhere."""
    bare = _FILLING.sub("", folded(claim.subject))
    return "" if _NOT_A_NAME.search(_GENERATION.sub("", bare)) else _TAIL.sub("", bare)
