"""A report on the site: the same tree as in the file, with the scope's choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.services import report_build

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.tree import Report
    from commonweal.web.pages.scope import Scope


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything the report page shows."""

    scope: Scope
    report: Report


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
    return ReportPage(scope, report)
