"""The evidence of a fact as one HTML file: no request leaves it, one script checks its proof."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.evidence.gathering import Evidence
    from commonweal.kernel.disclosure.wording import Language

_FOLDER: Final = Path(__file__).parent.parent / "templates" / "disclosure"


def evidence_html(found: Evidence, *, language: Language) -> str:
    """Render the evidence of one fact; the same evidence gives the same bytes.

    The policy in the page names the script by its hash: nothing else runs, nothing is loaded.
    """
    script = (_FOLDER / "evidence.js").read_text("utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    told = {"proof": found.proof, "checkpoint": found.checkpoint}
    written = json.dumps(told, sort_keys=True, default=str).replace("<", "\\u003c")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    with translation.override(language):
        return render_to_string(
            "disclosure/evidence.html",
            {
                "found": found,
                "entry": found.entries[0],
                "others": found.entries[1:],
                "value": json.loads(found.proof["leaf"])["value"],
                "language": language,
                "policy": policy,
                "style": mark_safe((_FOLDER / "report.css").read_text("utf-8")),  # noqa: S308 - our own file
                "script": mark_safe(script),  # noqa: S308 - our own file
                "document": mark_safe(written),  # noqa: S308 - JSON without "<"
            },
        )
