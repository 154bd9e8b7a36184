"""The report as PDF: typeset by Typst in this process, the same bytes for the same knowledge.

The template says how a report looks and reads all that it says from ``report.json``, so no word of
a report is ever run as a program. Files are PDF/A-2a and PDF/UA-1: archivable, tagged, with text
that can be read aloud; that standard also refuses a sign which no font has.
"""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typst
from django.utils import translation

from commonweal.errors import StateError
from commonweal.kernel.disclosure.renderings.fonts import HINT, fonts_found, typefaces
from commonweal.kernel.disclosure.renderings.pages import pages_of
from commonweal.kernel.disclosure.renderings.print_svg import chart_print

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.renderings.fonts import Typefaces
    from commonweal.kernel.disclosure.tree import Report

_TEMPLATES: Final = Path(__file__).parent / "templates"


def report_pdf(report: Report, *, fonts_folder: Path, with_system_fonts: bool = True) -> bytes:
    """Typeset a report that was built with its appendix.

    Args:
        report: The report; its ``as_of`` is the file's date, so the clock is never asked.
        fonts_folder: Searched for typefaces besides those of the machine; need not exist.
        with_system_fonts: Whether the machine's typefaces count.

    Raises:
        StateError: A typeface is missing, or has no sign for a character of the text.
    """
    fonts = fonts_found(fonts_folder, with_system=with_system_fonts)
    faces = typefaces(report.language, fonts, fonts_folder)
    return _typeset(_files(report, faces), report, fonts, fonts_folder)


def report_pdf_cached(report: Report, *, cache_folder: Path, fonts_folder: Path) -> Path:
    """Return a file with a report's PDF, typeset only if these very contents never were."""
    fonts = fonts_found(fonts_folder)
    files = _files(report, typefaces(report.language, fonts, fonts_folder))
    path = cache_folder / f"{_sha256(files)}.pdf"
    if not path.exists():
        cache_folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(_typeset(files, report, fonts, fonts_folder))
        draft.replace(path)  # whoever reads sees nothing or all
    return path


def _files(report: Report, faces: Typefaces) -> dict[str, bytes]:
    with translation.override(report.language):
        pages = pages_of(report)
    pages |= {"fonts": {"serif": faces.serif, "sans": faces.sans}}
    pages |= {"lang": faces.lang, "region": faces.region}
    return {
        "main.typ": (_TEMPLATES / "report.typ").read_bytes(),
        "annex.typ": (_TEMPLATES / "annex.typ").read_bytes(),
        "report.json": _json(pages),
        **{
            f"{chart.id}.svg": chart_print(chart, faces.sans[0]).encode()
            for chart in report.charts
            if chart.has_values
        },
    }


def _json(pages: Mapping[str, Any]) -> bytes:
    return json.dumps(pages, ensure_ascii=False, sort_keys=True).encode()


def _sha256(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(version("typst").encode())
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _typeset(
    files: dict[str, bytes], report: Report, fonts: typst.Fonts, fonts_folder: Path
) -> bytes:
    compiler = typst.Compiler(files, font_paths=fonts)  # type: ignore[type-var] # takes files by name
    try:
        content = compiler.compile(
            format="pdf", pdf_standards=["a-2a", "ua-1"], timestamp=int(report.as_of.timestamp())
        )
    except typst.TypstError as fault:
        if "could not be displayed" not in str(fault):
            raise  # a fault of the template, which is ours
        raise StateError(
            f"report {report.id} in {report.language}: {fault}",
            hint=HINT.format(folder=fonts_folder),
        ) from fault
    if not isinstance(content, bytes):  # only pictures come as a list of pages
        raise TypeError(f"typst returned {type(content).__name__}")
    return content
