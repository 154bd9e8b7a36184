"""Days that no calendar has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter

_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE: Final = re.compile(
    r"(?:(?P<year>(?:19|20)\d\d)\s*年\s*)?(?<![\d.])(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]"
    r"|(?P<year_iso>(?:19|20)\d\d)-(?P<month_iso>\d\d)-(?P<day_iso>\d\d)(?!\d)"
)


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield 2月30日, 13月1日, and 2月29日 of a year that is no leap year."""
    for match in _DATE.finditer(chapter.folded):
        iso = "_iso" if match["month_iso"] else ""
        year = int(match[f"year{iso}"] or 0)
        month, day = int(match[f"month{iso}"]), int(match[f"day{iso}"])
        most = _DAYS[month - 1] if 1 <= month <= len(_DAYS) else 0
        if month == 2 and year and not _is_leap(year):  # noqa: PLR2004 - February
            most = 28
        if not 1 <= day <= most:
            said = {"quote": chapter.text[match.start() : match.end()]}
            yield Finding("impossible_date", "error", match.start(), match.end(), said)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
