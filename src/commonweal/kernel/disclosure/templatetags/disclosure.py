"""What report templates need beyond Django's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from commonweal.kernel.disclosure.wording import instant_text as _instant_text
from commonweal.kernel.disclosure.wording import percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

register = template.Library()


@register.filter
def get(mapping: Mapping[str, object], key: str) -> object:
    """Return an item by a key that is itself a variable."""
    return mapping.get(key, "")


@register.filter
def instant(at: datetime, language: str) -> str:
    """Return an instant in words, on the business clock."""
    return _instant_text(at, language)


@register.filter
def share(value: Decimal, language: str) -> str:
    """Return a share as a percentage with one decimal."""
    return percent_text(value, 1, language)


@register.filter
def thousands(number: Decimal | int) -> str:
    """Return a number with thousands marked, alike in every language."""
    return f"{number:,}"


@register.filter
def unlocalized(number: Decimal | int) -> str:
    """Return a number as scripts read it."""
    return str(number)
