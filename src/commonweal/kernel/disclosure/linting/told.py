"""What was found as plain data, for programs: one schema, which only grows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from commonweal.catalogue.claim_rules import claim_rules
from commonweal.kernel.disclosure.linting.checking import said, suggestion

if TYPE_CHECKING:
    from commonweal.catalogue.reading import Language
    from commonweal.engines.claims.chapter import Finding
    from commonweal.engines.claims.claim import Claim
    from commonweal.kernel.disclosure.linting.checking import Checked

SCHEMA: Final = "commonweal-lint/1"


def checked_told(checked: Checked, language: Language, severity: str = "info") -> dict[str, Any]:
    """Return a document's findings.

    Positions count characters of the document's text from 0; places count lines and columns from 1.
    """
    document = checked.document
    return {
        "file": document.name,
        "kind": document.kind,
        "sha256_of_text": hashlib.sha256(document.text.encode()).hexdigest(),
        "characters": len(document.text),
        "claims": len(checked.chapter.claims),
        "counts": checked.counts,
        "findings": [
            finding_told(checked, finding, language) for finding in checked.listed(severity)
        ],
    }


def finding_told(checked: Checked, finding: Finding, language: Language) -> dict[str, Any]:
    """Return one finding."""
    return {
        "rule": finding.rule,
        "name": claim_rules()[finding.rule].name[language],
        "severity": finding.severity,
        "said": said(finding, language),
        "suggestion": suggestion(finding, language),
        "quote": checked.quote(finding),
        "values": dict(finding.said),
        **_placed(checked, finding.start, finding.end),
        "others": [_placed(checked, *other) for other in finding.others],
    }


def claim_told(checked: Checked, claim: Claim) -> dict[str, Any]:
    """Return one claim: what is said with which number, and where."""
    low, high = claim.interval
    return {
        "number": claim.number,
        "unit_printed": claim.unit_printed,
        "comparator": claim.comparator,
        "value": _number(claim.value),
        "unit": claim.unit,
        "interval": [_number(low), _number(high)],
        "kind": claim.kind,
        "subject": claim.subject,
        "period": claim.period,
        "quote": checked.chapter.quote(claim),
        **_placed(checked, claim.start, claim.end),
    }


def _placed(checked: Checked, start: int, end: int) -> dict[str, Any]:
    first, last = checked.place(start), checked.place(end)
    told = {
        "start": start,
        "end": end,
        "line": first.line,
        "column": first.column,
        "end_line": last.line,
        "end_column": last.column,
    }
    return told | ({"page": first.page} if first.page else {})


def _number(value: Any) -> float | int:  # noqa: ANN401 - a fraction
    return int(value) if value.denominator == 1 else float(value)
