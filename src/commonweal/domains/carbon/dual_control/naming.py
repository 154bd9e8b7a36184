"""What the pages share: the reader's language, and the targets that are followed."""

from __future__ import annotations

from django.utils.translation import get_language

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.dual_control.outlook import parts_of
from commonweal.errors import InputError
from commonweal.kernel.disclosure.known import (
    node_get,
)
from commonweal.kernel.disclosure.wording import (
    Language,
    language_of,
)
from commonweal.kernel.targets.models import Target


def language_now() -> Language:
    """Return the language of the reader."""
    return language_of(get_language() or "en")


def targets_followed() -> list[Target]:
    """Return the whole operator's targets that can be forecast, intensities first."""
    whole = node_get().code
    found = []
    for target in Target.objects.filter(node=whole).order_by("-indicator", "code"):
        try:
            parts_of(target.indicator)
        except InputError:
            continue
        found.append(target)
    return found


def target_name(target: Target, language: Language) -> str:
    """Return a target's indicator and years, in words."""
    name = catalogue().indicators[target.indicator].name[language]
    return f"{name} {target.base_period}–{target.target_period}"
