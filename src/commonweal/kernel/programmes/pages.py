"""What a programme's own page is asked for, and where records stand that it leads to.

``programme.toml`` announces a page, the function of its id in ``pages.py`` builds its content from
what was asked, and the programme's template shows that. So a programme never imports the web.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.urls import reverse

from commonweal.kernel.programmes.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.periods import Period


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what: the builder shows no record that ``scope`` may not read."""

    scope: Scope
    period: Period
    now: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    """What else the address says."""


def record_address(record: Record) -> str:
    """Return the address of a record's page."""
    return reverse("record", args=[*type_of(record).id.split("."), record.pk])
