"""What was found as SARIF 2.1.0, which editors and code hosts show beside the text.

Source: OASIS, Static Analysis Results Interchange Format Version 2.1.0, clauses 3.13 to 3.30, 3.49.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from commonweal import __version__
from commonweal.catalogue.claim_rules import claim_rules
from commonweal.kernel.disclosure.linting.checking import said, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.catalogue.reading import Language
    from commonweal.engines.claims.chapter import Finding
    from commonweal.kernel.disclosure.linting.checking import Checked

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_HAS_LINES: Final = frozenset(("text", "markdown", "html"))
_LANGUAGES: Final = {"zh-hant": "zh-TW", "zh-hans": "zh-CN", "en": "en"}
"""SARIF has languages with a region, none with a script (3.14.7)."""


def sarif_told(files: Sequence[Checked], language: Language, severity: str) -> dict[str, Any]:
    """Return one run over several files."""
    order = {rule: index for index, rule in enumerate(claim_rules())}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "commonweal lint",
                        "version": __version__,
                        "rules": _rules(language),
                    }
                },
                "language": _LANGUAGES[language],
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": {"uri": _uri(checked)}} for checked in files],
                "results": [
                    _result(checked, finding, language, (number, order[finding.rule]))
                    for number, checked in enumerate(files)
                    for finding in checked.listed(severity)
                ],
            }
        ],
    }


def _rules(language: Language) -> list[dict[str, Any]]:
    return [
        {
            "id": rule_id,
            "name": rule.name["en"],
            "shortDescription": {"text": rule.name[language]},
            "help": {"text": rule.suggestion[language]},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            "properties": {"names": dict(rule.name), "good": rule.good, "bad": rule.bad},
        }
        for rule_id, rule in claim_rules().items()
    ]


def _result(
    checked: Checked, finding: Finding, language: Language, indices: tuple[int, int]
) -> dict[str, Any]:
    file_index, rule_index = indices
    about = f"{finding.rule}\n{checked.quote(finding)}\n{said(finding, 'en')}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{said(finding, language)}\n{suggestion(finding, language)}"},
        "locations": [_location(checked, finding.start, finding.end, file_index)],
        "partialFingerprints": {"said/v1": hashlib.sha256(about.encode()).hexdigest()},
    }
    if finding.others:
        result["relatedLocations"] = [
            _location(checked, *other, file_index) | {"id": number}
            for number, other in enumerate(finding.others)
        ]
    return result


def _location(checked: Checked, start: int, end: int, file_index: int) -> dict[str, Any]:
    """Return a region of lines; of a file without lines, the place in words."""
    first, last = checked.place(start), checked.place(end)
    physical: dict[str, Any] = {
        "artifactLocation": {"uri": _uri(checked), "index": file_index},
    }
    if checked.document.kind in _HAS_LINES:
        physical["region"] = {
            "startLine": first.line,
            "startColumn": first.column,
            "endLine": last.line,
            "endColumn": last.column,
            "snippet": {"text": checked.document.text[start:end]},
        }
        return {"physicalLocation": physical}
    name = f"page {first.page}, line {first.line}" if first.page else f"paragraph {first.line}"
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": name}]}


def _uri(checked: Checked) -> str:
    path = PurePath(checked.document.name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
