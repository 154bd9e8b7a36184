"""Means of groups against one another: a mean of all lies between the least and the greatest.

Where a table tells a mean by sex and by grade, both divide the same people, so the two ranges must
have a value in common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import shown
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.claim import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_WHO: Final = r"(?:员工|雇员|职工|管理人员|管理者|人员|employees|staff)?"
_PARTITIONS: Final[Mapping[str, Sequence[re.Pattern[str]]]] = {
    "sex": (
        re.compile(rf"男[性]?{_WHO}|\b(?:male|men)\b\s*{_WHO}"),
        re.compile(rf"女[性]?{_WHO}|\b(?:female|women)\b\s*{_WHO}"),
    ),
    "grade": (
        re.compile(rf"高[层级]{_WHO}|\bsenior(?: management)?\b\s*{_WHO}"),
        re.compile(rf"中[层级]{_WHO}|\bmiddle(?: management)?\b\s*{_WHO}"),
        re.compile(rf"(?:普通|基层|一般){_WHO}|\b(?:other|junior|general)\b\s*{_WHO}"),
    ),
}
_ALL: Final = re.compile(rf"(?:全体|全部|整体|总体|所有){_WHO}|(?:员工|雇员|职工)(?=平均|人均)"
                         rf"|\b(?:all|overall|total|average)\b\s*{_WHO}")  # fmt: skip
_MEAN: Final = re.compile(r"平均|人均|率|比例|average|mean|rate|hours per|per (?:employee|person)")
_SHARE: Final = re.compile(r"占比|占|share of")
_YEARLY: Final = re.compile(r"[\s:：,，\-]+")


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield means that no mixture of the groups can give."""
    for grid in chapter.grids:
        groups: dict[str, dict[str, dict[int, list[Claim | None]]]] = defaultdict(dict)
        for row in grid[1:]:
            label = chapter.folded[row[0].start : row[0].end]
            if not _MEAN.search(label) or _SHARE.search(label):
                continue
            for name, index, bare in _parts(label):
                rows = groups[bare].setdefault(name, {})
                rows[index] = [cell.claim for cell in row[1:]]
        for kinds in groups.values():
            yield from _mixed(kinds)


def _parts(label: str) -> Iterator[tuple[str, int, str]]:
    """Yield division, group, and what the label says without it."""
    for name, patterns in _PARTITIONS.items():
        for index, pattern in enumerate(patterns):
            if match := pattern.search(label):
                yield name, index, _bare(label, match)
                return
    if match := _ALL.search(label):
        yield "all", 0, _bare(label, match)


def _bare(label: str, match: re.Match[str]) -> str:
    return _YEARLY.sub("", label[: match.start()] + label[match.end() :])


def _mixed(kinds: Mapping[str, Mapping[int, Sequence[Claim | None]]]) -> Iterator[Finding]:
    sizes = {name: len(patterns) for name, patterns in _PARTITIONS.items()} | {"all": 1}
    whole = {name: rows for name, rows in kinds.items() if len(rows) == sizes[name]}
    for one, other in combinations(sorted(whole), 2):
        for columns in zip(*whole[one].values(), *whole[other].values(), strict=False):
            claims = [claim for claim in columns if claim is not None]
            n_first = len(whole[one])
            if len(claims) < len(columns) or len({claim.unit for claim in claims}) > 1:
                continue
            first, second = _range(claims[:n_first]), _range(claims[n_first:])
            if not first.meets(second):
                said = {
                    "first": " · ".join(claim.number for claim in claims[:n_first]),
                    "second": " · ".join(claim.number for claim in claims[n_first:]),
                    "gap": shown(max(first.low - second.high, second.low - first.high)),
                }
                places = tuple((claim.start, claim.end) for claim in claims[1:])
                place = (claims[0].start, claims[0].end)
                yield Finding("mixture", "error", *place, said, places)


def _range(claims: Sequence[Claim]) -> Interval:
    return Interval(
        min(claim.interval.low for claim in claims), max(claim.interval.high for claim in claims)
    )
