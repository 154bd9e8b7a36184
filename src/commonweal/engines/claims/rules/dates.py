"""Days that no calendar has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter

_ROC: Final = 1911
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final = "|".join(_NAMES)
_DATE: Final = re.compile(
    r"(?:(?:(?P<year>(?:19|20)\d\d)|民国\s*(?P<roc>\d{2,3}))\s*年\s*)?(?<![\d.])(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]"
    r"|(?P<year_iso>(?:19|20)\d\d)[-/](?P<month_iso>\d{1,2})[-/](?P<day_iso>\d{1,2})(?![\d/])"
    rf"|(?<![\d.,/])(?P<day_en>\d{{1,2}}) (?P<month_en>{_MONTHS})[a-z]* (?P<year_en>(?:19|20)\d\d)"
    rf"|\b(?P<month_us>{_MONTHS})[a-z]*\.? (?P<day_us>\d{{1,2}}), (?P<year_us>(?:19|20)\d\d)"
)


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield 2月30日, 13月1日, and 2月29日 of a year that is no leap year."""
    for match in _DATE.finditer(chapter.folded):
        year, month, day = _numbers(match)
        most = _DAYS[month - 1] if 1 <= month <= len(_DAYS) else 0
        if month == 2 and year and not _is_leap(year):  # noqa: PLR2004 - February
            most = 28
        if not 1 <= day <= most:
            said = {"quote": chapter.text[match.start() : match.end()]}
            yield Finding("impossible_date", "error", match.start(), match.end(), said)


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    """Return year, or 0, month and day."""
    if match["roc"]:
        return _ROC + int(match["roc"]), int(match["month"]), int(match["day"])
    for form in ("_en", "_us"):
        if name := match[f"month{form}"]:
            return int(match[f"year{form}"]), _NAMES.index(name) + 1, int(match[f"day{form}"])
    form = "_iso" if match["month_iso"] else ""
    return tuple(int(match[f"{part}{form}"] or 0) for part in ("year", "month", "day"))  # type: ignore[return-value] # three


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
