"""What an action is done with, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record


@dataclass(frozen=True, slots=True)
class Context:
    """What guards and effects may look at beside the records."""

    scope: Scope
    now: datetime
    comment: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: done, or waiting for further approvals."""

    record: Record
    is_done: bool
    n_approvals: int
    n_needed: int
    message: str
