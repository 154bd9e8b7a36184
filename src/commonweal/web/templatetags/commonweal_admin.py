"""How events read on the admin's history pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import template
from django.utils.translation import gettext, gettext_noop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

register = template.Library()

_ACTIONS: Final = {
    "created": gettext_noop("created"),
    "updated": gettext_noop("updated"),
    "moved": gettext_noop("moved"),
    "merged": gettext_noop("merged"),
    "transferred": gettext_noop("transferred"),
    "installed": gettext_noop("installed"),
    "replaced": gettext_noop("replaced"),
    "share set": gettext_noop("share set"),
}


@register.filter
def event_action(action: str) -> str:
    """Return what happened, in the reader's language."""
    return gettext(_ACTIONS.get(action, action))


@register.filter
def event_lines(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an event says, as names and values; changes as ``before → after``."""
    before, after = content.get("before", {}), content.get("after", {})
    for name in after:
        yield name, f"{_plain(before.get(name))} → {_plain(after[name])}"
    for name, value in content.items():
        if name not in {"before", "after"} and value not in (None, "", []):
            yield name, _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "–" if value in (None, "") else str(value)
