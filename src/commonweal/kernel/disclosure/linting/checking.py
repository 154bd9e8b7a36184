"""A document checked: its claims, and what the rules find wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from commonweal.catalogue.claim_rules import (
    chapter_lint,
    chapter_read,
    claim_rules,
    finding_said,
)
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from commonweal.catalogue.reading import Language
    from commonweal.engines.claims.chapter import Chapter, Finding
    from commonweal.kernel.disclosure.linting.document import Document, Place

SEVERITIES: Final = ("error", "warning", "info")
CLAIMS_LIMIT: Final = 60_000
"""Of one document; the longest reports of listed companies have a tenth of it."""
_QUOTED: Final = 120


@dataclass(frozen=True)
class Checked:
    """A document with its claims and findings, errors first."""

    document: Document
    chapter: Chapter
    findings: tuple[Finding, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        return {
            severity: sum(finding.severity == severity for finding in self.findings)
            for severity in SEVERITIES
        }

    def place(self, at: int) -> Place:
        """Return where a character stood."""
        return self.document.place(at)

    def quote(self, finding: Finding) -> str:
        """Return what a finding is about, as printed, on one line."""
        printed = " ".join(self.document.text[finding.start : finding.end].split())
        return printed if len(printed) <= _QUOTED else f"{printed[:_QUOTED]}…"

    def listed(self, severity: str) -> list[Finding]:
        """Return the findings that are at least as severe."""
        wanted = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return [finding for finding in self.findings if finding.severity in wanted]


def document_check(
    document: Document,
    *,
    rules: Collection[str] = (),
    others: Iterable[Callable[[Chapter], Iterable[Finding]]] = (),
    until: int | None = None,
) -> Checked:
    """Check a document.

    Args:
        document: As ``document_read`` gives it.
        rules: Only these; all by default.
        others: Rules that need more than the text, such as a ledger.
        until: Where the text ends that is judged; all of it by default.

    Raises:
        InputError: A rule is unknown, or the document has more numbers than any report.
    """
    if unknown := sorted(set(rules) - set(claim_rules())):
        raise InputError(
            f"no rule is called {unknown[0]!r}", hint="`commonweal lint --rules-list` shows them"
        )
    chapter = chapter_read(document.text)
    if len(chapter.claims) > CLAIMS_LIMIT:
        raise InputError(
            f"{document.name} has {len(chapter.claims):,} numbers, more than {CLAIMS_LIMIT:,}",
            hint="no report has as many; give its chapters one by one",
        )
    found = chapter_lint(chapter)
    found += [finding for rule in others for finding in rule(chapter)]
    end = len(document.text) if until is None else until
    found = [each for each in found if each.start < end and (not rules or each.rule in rules)]
    found.sort(key=lambda each: (SEVERITIES.index(each.severity), each.start, each.rule))
    return Checked(document, chapter, tuple(found))


def suggestion(finding: Finding, language: Language) -> str:
    """Return what to do about a finding."""
    return claim_rules()[finding.rule].suggestion[language].format(**finding.said)


def said(finding: Finding, language: Language) -> str:
    """Return what is wrong, with the arithmetic."""
    return finding_said(finding, language)
