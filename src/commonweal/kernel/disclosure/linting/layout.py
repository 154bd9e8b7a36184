"""Reading order of a page: runs of text with their boxes, to lines of text.

Boxes are in points, the origin at the page's lower left corner.
"""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAR_EM: Final = 0.9
"""What is farther apart on one line stands in different cells or columns."""
_LEAST_LINES: Final = 4
_LONG_EM: Final = 8
_SPANNING: Final = 0.25
"""Of the runs of a page with columns, at most so many reach across them."""
_LATIN: Final = re.compile(r"[\x21-\x7e]")
_NO_GAP_AFTER: Final = "-/("
_BULLET: Final = re.compile(
    r"\s*(?:[•●○■▪·☆\-–—*]|[(（]?\d{1,2}[)）.、]|[一二三四五六七八九十]+、)"
)


class Run(NamedTuple):
    """Text that stands together on one line."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def em(self) -> float:
        """Its height."""
        return max(self.top - self.bottom, 1.0)


class _Line(NamedTuple):
    text: str
    left: float
    bottom: float
    right: float
    top: float
    has_cells: bool


def page_lines(runs: Sequence[Run]) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line in reading order; a text may end within a paragraph."""
    number = 0
    for block in _blocks(runs) if runs else ():
        lines, right = _lines(block), max(run.right for run in block)
        for line, following in zip(lines, [*lines[1:], None], strict=True):
            number += 1
            yield number, line.text + _joint(line, following, right)


def _blocks(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Part a page into columns, between what stands across them."""
    gutter = _gutter(runs)
    if gutter is None:
        yield list(runs)
        return
    across = sorted(
        (run for run in runs if run.left < gutter < run.right), key=lambda run: -run.top
    )
    rest = [run for run in runs if not run.left < gutter < run.right]
    for spanning in [*across, None]:
        floor = spanning.top if spanning else float("-inf")
        above = [run for run in rest if run.bottom >= floor - 1]
        rest = [run for run in rest if run.bottom < floor - 1]
        left = [run for run in above if run.right <= gutter]
        right = [run for run in above if run.right > gutter]
        for side in (left, right):
            if side:
                yield from _blocks(side) if len(side) < len(runs) else [side]
        if spanning:
            yield [spanning]


def _gutter(runs: Sequence[Run]) -> float | None:
    """Return the middle of a band that parts two columns of text, if there is one."""
    if len(runs) < 2 * _LEAST_LINES:
        return None
    em = median(run.em for run in runs)
    for edge in sorted({round(run.left) for run in runs}):
        gutter = edge - 0.4 * em
        left = [run for run in runs if run.right <= gutter]
        right = [run for run in runs if run.left >= gutter]
        if len(runs) - len(left) - len(right) > _SPANNING * len(runs):
            continue
        if all(_is_text(side, em) for side in (left, right)):
            return gutter
    return None


def _is_text(side: Sequence[Run], em: float) -> bool:
    """Whether runs are a column of text: enough long lines, which hold most of it."""
    width = max((run.right for run in side), default=0) - min((run.left for run in side), default=0)
    widths = [run.right - run.left for run in side]
    long = [each for each in widths if each > max(_LONG_EM * em, 0.6 * width)]
    return len(long) >= _LEAST_LINES and sum(long) > 0.5 * sum(widths)


def _lines(runs: Sequence[Run]) -> list[_Line]:
    """Put runs into lines from the top; those on one level are its cells from the left."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (-run.top, run.left)):
        row = next((row for row in rows[-3:] if _level(row[0], run)), None)
        if row is None:
            rows.append([run])
        else:
            row.append(run)
    lines = []
    for row in rows:
        row.sort(key=lambda run: run.left)
        text = row[0].text
        for before, run in pairwise(row):
            text += ("\t" if run.left - before.right > FAR_EM * before.em else " ") + run.text
        lines.append(
            _Line(
                text,
                row[0].left,
                min(run.bottom for run in row),
                max(run.right for run in row),
                max(run.top for run in row),
                "\t" in text,
            )
        )
    return lines


def _level(one: Run, other: Run) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap > 0.5 * min(one.em, other.em)


def _joint(line: _Line, following: _Line | None, right: float) -> str:
    """Return what stands between a line and the next one: nothing within a Chinese paragraph."""
    if following is None or line.has_cells or following.has_cells:
        return "\n"
    em = line.top - line.bottom
    is_full = line.right > right - 2.5 * em
    is_near = line.bottom - following.top < 1.2 * em
    is_alike = abs((following.top - following.bottom) - em) < 0.2 * em
    is_new = _BULLET.match(following.text) or following.left > line.left + 2.5 * em
    if not (is_full and is_near and is_alike) or is_new:
        return "\n"
    last, first = line.text[-1], following.text[0]
    both = _LATIN.match(last) and _LATIN.match(first)
    return " " if both and last not in _NO_GAP_AFTER else ""
