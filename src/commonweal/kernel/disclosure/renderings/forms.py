"""The forms a report can be had in, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from commonweal.kernel.disclosure.html import report_html

if TYPE_CHECKING:
    from pathlib import Path

    from commonweal.kernel.disclosure.tree import Report

Form = Literal["html", "pdf", "xlsx", "json"]
FORMS: Final[tuple[Form, ...]] = ("html", "pdf", "xlsx", "json")
CONTENT_TYPES: Final[dict[str, str]] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where typefaces may lie, and where typeset files are kept."""

    fonts_folder: Path
    cache_folder: Path


def places(home: Path) -> Places:
    """Return the places of an operator's home folder."""
    return Places(home / "fonts", home / "reports" / "cache")


def report_render(report: Report, form: Form, *, at: Places) -> bytes:
    """Return a report that was built with its appendix in one form.

    Raises:
        StateError: A PDF is asked for and a typeface is missing.
    """
    # What a form needs is loaded when it is asked for: a page of HTML needs no typesetter.
    match form:
        case "pdf":
            from commonweal.kernel.disclosure.renderings.pdf import (  # noqa: PLC0415
                report_pdf_cached,
            )

            return report_pdf_cached(
                report, cache_folder=at.cache_folder, fonts_folder=at.fonts_folder
            ).read_bytes()
        case "xlsx":
            from commonweal.kernel.disclosure.renderings.xlsx import report_xlsx  # noqa: PLC0415

            return report_xlsx(report)
        case "json":
            from commonweal.kernel.disclosure.renderings.document import (  # noqa: PLC0415
                report_json,
            )

            return report_json(report)
        case "html":
            return report_html(report).encode()
