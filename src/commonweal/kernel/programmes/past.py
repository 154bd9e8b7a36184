"""A record as it was, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.records.selectors import record_history

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.records.models import Event


@dataclass(frozen=True, slots=True)
class Past:
    """A record as it was: ``fields`` as the log tells them, personal ones as digests."""

    code: str
    version: int
    state: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


def record_at(record: Record, *, version: int | None = None, at: datetime | None = None) -> Past:
    """Return a record as it was at a version, or at an instant; now if neither is given.

    Raises:
        InputError: It was not there yet, or has no such version.
    """
    events = list(record_history(type_of(record).id, str(record.pk)))
    if version is not None:
        events = [each for each in events if each.content.get("version", 0) <= version]
    if at is not None:  # its last event by then, and all that the log has before: clocks go back
        n_by_then = [i for i, each in enumerate(events, 1) if each.happened_at <= at]
        events = events[: n_by_then[-1]] if n_by_then else []
    past = _folded(events)
    if past is None or (version is not None and past.version != version):
        place = _("version %(version)d") % {"version": version} if version is not None else at
        raise InputError(
            _("%(code)s has no %(place)s") % {"code": record.code, "place": place},
            hint=_("versions begin with 1 and end with %(last)d") % {"last": record.version},
        )
    return past


def _folded(events: Sequence[Event]) -> Past | None:
    """Return what a record's events make of it, from the first on; None without any."""
    if not events:
        return None
    fields: dict[str, Any] = {}
    state, version = "", 0
    for event in events:
        content = event.content
        fields |= content.get("fields", {})
        fields |= {name: new for name, (_old, new) in content.get("changes", {}).items()}
        state = content.get("to") or content.get("state") or state
        version = content.get("version", version)
    return Past(
        code=events[0].content.get("code", ""),
        version=version,
        state=state,
        at=events[-1].happened_at,
        fields=MappingProxyType({k: v for k, v in fields.items() if v is not None}),
    )
