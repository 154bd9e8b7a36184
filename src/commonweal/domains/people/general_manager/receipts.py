"""Receipts: who asked without a name reads the answer by a code that only they were given.

The code is made from the record's own key, which neither the log nor any page holds. Whoever has
the code may read, without an account; from the code nobody learns who asked.
"""

from __future__ import annotations

import hashlib
import hmac

from commonweal.domains.people.general_manager.models import Issue

_DIGITS = 20  # 80 bits: nobody guesses one


def receipt_of(issue: Issue) -> str:
    """Return the code to hand to who raised the issue, once: ``GMI-2024-00001-2f…``."""
    key = bytes.fromhex(issue.salt)
    return f"{issue.code}-{hmac.new(key, b'receipt', hashlib.sha256).hexdigest()[:_DIGITS]}"


def issue_by_receipt(receipt: str) -> Issue | None:
    """Return the issue that a receipt belongs to; None for any other text."""
    code = receipt.strip().rpartition("-")[0]
    issue = Issue.objects.filter(code=code).exclude(salt="").first()
    is_right = issue is not None and hmac.compare_digest(
        receipt_of(issue).encode(), receipt.strip().encode()
    )
    return issue if is_right else None
