"""Who was shown whose personal values: told as it happens, kept for a time, shown to few.

What is told are types, keys and names of fields, never a value. A list of thousands is one line for
each node, not for each record.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from commonweal.kernel.accounts.models import Read
from commonweal.kernel.accounts.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope

MOST_KEYS: Final = 100
OVERSEERS: Final = (Role.ADMINISTRATOR.value, Role.VERIFIER.value)
"""Roles that see who read what at their nodes."""


class Readable(Protocol):
    """What a record has: its key, and the node that it belongs to."""

    @property
    def pk(self) -> object:
        """Its key."""

    @property
    def node_id(self) -> int:
        """Its node."""


def reads_tell(
    record_type: str,
    records: Iterable[Readable],
    *,
    fields: Sequence[str],
    scope: Scope,
    now: datetime,
) -> int:
    """Tell that a scope was shown these fields of these records; return how many lines that took.

    Args:
        record_type: Id of their type.
        records: Those that were shown.
        fields: The personal fields among what was shown; nothing is told where there is none.
        scope: Who asked, and through which interface.
        now: When.
    """
    if not fields:
        return 0
    keys: dict[int, list[str]] = {}
    for each in records:
        keys.setdefault(each.node_id, []).append(str(each.pk))
    rows = [
        Read(
            happened_at=now,
            actor=scope.actor,
            record_type=record_type,
            node_id=node_id,
            n_records=len(found),
            record_keys=list(islice(found, MOST_KEYS)),
            fields=list(fields),
        )
        for node_id, found in sorted(keys.items())
    ]
    Read.objects.bulk_create(rows)
    return len(rows)


def reads_listed(*, scope: Scope) -> QuerySet[Read]:
    """Return what was read at the nodes that the scope oversees, the newest first."""
    rows = Read.objects.select_related("node").order_by("-happened_at", "-pk")
    found: set[int] = set()
    for role in OVERSEERS:
        nodes = scope.nodes_of(role)
        if nodes is None:
            return rows
        found |= nodes
    return rows.filter(node_id__in=sorted(found))


def reads_forget(*, now: datetime, kept: timedelta) -> int:
    """Forget what was read longer ago than that; return how many lines are gone."""
    n_gone, _by_table = Read.objects.filter(happened_at__lt=now - kept).delete()
    return n_gone
