"""Suspects: records of one type that are alike in the fields that tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Count, Q

from commonweal.kernel.programmes.definitions import MERGED
from commonweal.kernel.programmes.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_MOST_GROUPS: Final = 200


def duplicates_of(record: Record, *, scope: Scope) -> QuerySet[Record]:
    """Return the records that may be the same as this one, the oldest first.

    All fields of ``duplicates_on`` are alike and none is empty; merged ones are settled.
    """
    kind = type_of(record)
    rows = scope.visible(kind.model.objects.exclude(pk=record.pk).exclude(state=MERGED))
    same = {name: getattr(record, name) for name in kind.spec.duplicates_on}
    if not same or record.state == MERGED or any(v in (None, "") for v in same.values()):
        return rows.none()
    return rows.filter(**same).order_by("pk")


def duplicates_list(
    kind: RecordType, *, scope: Scope, most: int = _MOST_GROUPS
) -> list[Sequence[Record]]:
    """Return groups of suspects, the largest first; two queries, whatever their number."""
    names = kind.spec.duplicates_on
    if not names:
        return []
    empty = Q()
    for name in names:
        empty |= Q(**{f"{name}__isnull": True})
        if kind.columns[name].empty_strings_allowed and not kind.columns[name].many_to_one:
            empty |= Q(**{name: ""})
    rows = scope.visible(kind.model.objects.exclude(state=MERGED)).exclude(empty)
    alike = list(
        rows.order_by()
        .values_list(*names)
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .order_by("-n", *names)[:most]
    )
    if not alike:
        return []
    wanted = Q()
    for *values, _n in alike:
        wanted |= Q(**dict(zip(names, values, strict=True)))
    groups: dict[tuple[object, ...], list[Record]] = {tuple(each[:-1]): [] for each in alike}
    attributes = [kind.columns[name].attname for name in names]
    for record in rows.filter(wanted).select_related("node").order_by("pk"):
        groups[tuple(getattr(record, name) for name in attributes)].append(record)
    return list(groups.values())
