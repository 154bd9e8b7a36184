"""What lies between two editions, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from commonweal.domains.reporting.editions.models import Edition
from commonweal.kernel.disclosure.editions.comparing import editions_compare
from commonweal.kernel.disclosure.editions.telling import comparison_told
from commonweal.kernel.disclosure.wording import language_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.programmes.pages import Asked


def compare(asked: Asked) -> Mapping[str, Any]:
    """Return two editions that the scope may read, and what lies between them."""
    rows = asked.scope.visible(Edition.objects.exclude(as_of=None).exclude(state="merged"))
    editions = list(rows.select_related("node", "corrects").order_by("-pk"))
    codes = {each.code: each for each in editions}
    latest = sorted(editions, key=lambda each: each.corrects_id is None)  # a correction comes first
    is_now = asked.values.get("new") == "now"  # the same report as it would be frozen now
    new = codes.get(asked.values.get("new", "")) or next(iter(latest), None)
    if new is None:
        return {"editions": []}
    corrected = new.corrects.code if new.corrects else ""
    old = codes.get(asked.values.get("old", corrected))
    language = language_of(get_language() or "en")
    found = editions_compare(old, None if is_now else new, language=language) if old else None
    told = comparison_told(found, language=language) if found else {}
    return {"editions": editions, "old": old, "new": new, "is_now": is_now, **told}
