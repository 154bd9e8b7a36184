"""What was found as marks in the text: one HTML file that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from commonweal.catalogue.claim_rules import claim_rules
from commonweal.kernel.disclosure.linting.checking import SEVERITIES, said, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.catalogue.reading import Language
    from commonweal.engines.claims.chapter import Finding
    from commonweal.kernel.disclosure.linting.checking import Checked

_FOLDER = Path(__file__).parents[1] / "templates" / "disclosure"


@dataclass(frozen=True, slots=True)
class Card:
    """One finding as it is listed."""

    number: int
    name: str
    severity: str
    said: str
    suggestion: str
    quote: str
    place: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some text; ``numbers`` are the findings it belongs to, ``first`` those that begin here."""

    text: str
    severity: str = ""
    numbers: tuple[int, ...] = ()
    first: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document."""

    name: str
    checked: Checked
    cards: tuple[Card, ...]
    stretches: tuple[Stretch, ...]


def marked_html(files: Sequence[Checked], language: Language, severity: str) -> str:
    """Return a page with every text, its findings marked, and a list of them with arithmetic."""
    with translation.override(language):
        return render_to_string(
            "disclosure/lint.html",
            {
                "sheets": _sheets(files, language, severity),
                "language": language,
                "style": mark_safe(  # noqa: S308 - our own files
                    (_FOLDER / "report.css").read_text("utf-8")
                    + (_FOLDER / "lint.css").read_text("utf-8")
                ),
            },
        )


def _sheets(files: Sequence[Checked], language: Language, severity: str) -> list[Sheet]:
    sheets, number = [], 0
    for checked in files:
        listed = checked.listed(severity)
        numbered = {number + index + 1: finding for index, finding in enumerate(listed)}
        number += len(listed)
        cards = tuple(
            Card(
                index,
                claim_rules()[finding.rule].name[language],
                finding.severity,
                said(finding, language),
                suggestion(finding, language),
                checked.quote(finding),
                str(checked.place(finding.start)),
            )
            for index, finding in numbered.items()
        )
        sheets.append(
            Sheet(
                Path(checked.document.name).name,
                checked,
                cards,
                _stretches(checked.document.text, numbered),
            )
        )
    return sheets


def _stretches(text: str, findings: dict[int, Finding]) -> tuple[Stretch, ...]:
    """Cut a text where a finding begins or ends."""
    cuts = {0, len(text)}
    for finding in findings.values():
        cuts |= {finding.start, finding.end}
    found, order = [], sorted(cuts)
    by_start = sorted(findings.items(), key=lambda item: item[1].start)
    open_now: list[tuple[int, Finding]] = []
    for start, end in pairwise(order):
        open_now = [item for item in open_now if item[1].end > start]
        while by_start and by_start[0][1].start <= start:
            open_now.append(by_start.pop(0))
        numbers = tuple(sorted(number for number, _ in open_now))
        found.append(
            Stretch(
                text[start:end],
                min((each.severity for _, each in open_now), key=SEVERITIES.index, default=""),
                numbers,
                tuple(number for number in numbers if findings[number].start == start),
            )
        )
    return tuple(found)
