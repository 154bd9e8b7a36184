"""The report as one HTML file: styles inside, charts as SVG, an entry for every fact behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from commonweal.kernel.disclosure.svg import chart_svg
from commonweal.kernel.disclosure.wording import instant_text

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.tree import Report

_STYLE = Path(__file__).parent / "templates" / "disclosure" / "report.css"


def report_html(report: Report) -> str:
    """Render a report that needs no server, no network and no script; it prints well.

    The same report gives the same bytes.
    """
    drawings = {
        chart.id: mark_safe(chart_svg(chart))  # noqa: S308 - made by chart_svg, which escapes
        for chart in report.charts
    }
    with translation.override(report.language):
        return render_to_string(
            "disclosure/file.html",
            {
                "report": report,
                "as_of_text": instant_text(report.as_of, report.language),
                "style": mark_safe(_STYLE.read_text("utf-8")),  # noqa: S308 - our own file
                "drawings": drawings,
                "links": "file",
            },
        )
