"""The forms a report can be had in, by name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, Literal

from commonweal.kernel.disclosure.html import report_html

if TYPE_CHECKING:
    from pathlib import Path

    from commonweal.kernel.disclosure.tree import Report

Form = Literal["html", "pdf", "xlsx", "json", "xbri"]
FORMS: Final[tuple[Form, ...]] = ("html", "pdf", "xlsx", "json", "xbri")
CONTENT_TYPES: Final[dict[str, str]] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xbri": "application/xbrl-i+zip",  # inline XBRL with its taxonomy
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
    with report_open(report, form, at=at) as file:
        return file.read()


def report_open(report: Report, form: Form, *, at: Places) -> IO[bytes]:
    """Return the same as a file to be read from its beginning; a PDF is typeset once.

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
            ).open("rb")
        case "xlsx":
            from commonweal.kernel.disclosure.renderings.xlsx import report_xlsx  # noqa: PLC0415

            return io.BytesIO(report_xlsx(report))
        case "json":
            from commonweal.kernel.disclosure.renderings.document import (  # noqa: PLC0415
                report_json,
            )

            return io.BytesIO(report_json(report))
        case "xbri":
            from commonweal.kernel.disclosure.xbrl.services import report_xbri  # noqa: PLC0415

            return io.BytesIO(report_xbri(report))
        case "html":
            return io.BytesIO(report_html(report).encode())
