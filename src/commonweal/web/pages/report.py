"""A report on the site: the same tree as in the file, with the scope's choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.definitions import report_definition, report_paths
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.programmes.registry import programmes

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.tree import Report
    from commonweal.web.pages.scope import Scope


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything the report page shows."""

    scope: Scope
    report: Report
    others: tuple[tuple[str, str], ...] = ()
    """Id and title of the other reports that belong to no programme."""


def report_page(scope: Scope, report_id: str, *, has_appendix: bool = False) -> ReportPage:
    """Build a report for the scope's node; the file to download has the appendix.

    Raises:
        InputError: There is no such report.
    """
    report = report_build(
        report_id,
        scope.period,
        language=scope.language,
        as_of=scope.as_of,
        node=scope.node.code,
        boundary=scope.boundary.code,
        has_appendix=has_appendix,
    )
    others = tuple(
        (other, report_definition(other).texts[scope.language].title)
        for other in report_paths()
        if other != report_id and other not in programmes()
    )
    return ReportPage(scope, report, () if has_appendix or report_id in programmes() else others)
