"""A page of a list in its order, whatever filters it, at the same cost with a million records.

What fits is gathered first, a thousand at most. Few are found by whatever index the database
has for them, and sorted. Of many, enough are met soon by walking an index that has the order;
finding and sorting them all is what would take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from commonweal.kernel.programmes.models import Record

SORTS: Final = {
    "new": ("-id",),
    "old": ("id",),
    "due": ("due_at", "id"),
    "changed": ("-changed_at", "-id"),
}
"""Every order ends with the id, so that pages follow one another without gaps."""
MOST_COUNTED: Final = 1000
"""Beyond that a count says only that there are more."""


class Fitting(Protocol):
    """What a list asks for; ``walked`` as ``Scope.visible`` takes it."""

    def __call__(self, *, walked: bool | None = None) -> QuerySet[Record]:
        """Return the records that fit."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list."""

    rows: Sequence[Record]
    after: str
    """Key of the page that follows; empty on the last."""
    n_found: int
    """How many fit on all pages; one more than ``MOST_COUNTED`` stands for any more."""


def records_listed(
    fitting: Fitting,
    *,
    sort: str,
    after: str = "",
    size: int,
    states: Sequence[str] = (),
) -> Listed:
    """Return a page of the records that fit.

    Args:
        fitting: What is asked for, of what may be read.
        sort: One of ``SORTS``.
        after: Key of the page.
        size: Records on a page.
        states: The states that are asked for if they are several: each is walked on its own.

    Raises:
        InputError: There is no such order, or the key is none.
    """
    if sort not in SORTS:
        raise InputError(f"no order {sort!r}", hint=", ".join(SORTS))
    names, place, found = SORTS[sort], _place(after), fitting()
    gathered = list(found.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    every = found.model._default_manager.all()  # noqa: SLF001 - public _meta
    if len(gathered) <= MOST_COUNTED:
        rows, states = every.filter(pk__in=gathered), ()
    else:
        rows = fitting(walked=True)
    ids: list[UUID] = []
    for run in _runs(rows, names, place):
        for part in [run.filter(state=state) for state in states] or [run]:
            ids += part.order_by(*names).values_list("pk", flat=True)[: size + 1]
        if len(ids) > size:
            break
    order = [F(n[1:]).desc() if n[0] == "-" else F(n).asc(nulls_last=True) for n in names]
    shown = list(
        every.filter(pk__in=ids).select_related(*_related(found)).order_by(*order)[: size + 1]
    )
    following = _key(shown[size - 1], names) if len(shown) > size else ""
    return Listed(shown[:size], following, len(gathered))


def code_begins(text: str) -> Q:
    """Return the condition of codes that begin with a text, in the words that an index serves."""
    if connection.vendor == "sqlite":  # whose LIKE looks at every row; its order is that of bytes
        return Q(code__gte=text, code__lt=f"{text}\U0010ffff")
    return Q(code__startswith=text)


def _related(rows: QuerySet[Record]) -> tuple[str, ...]:
    """Return what a query reads along."""
    found = rows.query.select_related
    return tuple(found) if isinstance(found, dict) else ()


def _key(record: Record, names: Sequence[str]) -> str:
    values = [getattr(record, name.lstrip("-")) for name in names]
    return "~".join(v.isoformat() if isinstance(v, datetime) else str(v or "") for v in values)


def _place(after: str) -> tuple[datetime | None, UUID] | None:
    if not after:
        return None
    try:
        *first, last = after.split("~")
        at = datetime.fromisoformat(first[0]).astimezone(UTC) if first and first[0] else None
        return at, UUID(last)
    except (ValueError, OverflowError):
        raise InputError(f"{after!r} is no place in a list") from None


def _runs(
    rows: QuerySet[Record], names: Sequence[str], place: tuple[datetime | None, UUID] | None
) -> Iterator[QuerySet[Record]]:
    """Yield what stands after a place, cut where an index ends: without a deadline comes last."""
    compare = "lt" if names[-1][0] == "-" else "gt"
    at, pk = place or (None, None)
    tie: dict[str, Any] = {f"id__{compare}": pk} if pk else {}
    if len(names) == 1:
        yield rows.filter(**tie)
        return
    name = names[0].lstrip("-")
    filled = rows.filter(**{f"{name}__isnull": False})
    if at is not None:
        beyond = Q(**{f"{name}__{compare}": at}) | Q(**tie)
        yield filled.filter(beyond, **{f"{name}__{compare}e": at})
    elif place is None:
        yield filled
    yield rows.filter(**{f"{name}__isnull": True}, **({} if at else tie))
