"""What of a list is asked for: one reading of filters for pages, files and the API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import at_nodes
from commonweal.kernel.org.selectors.nodes import subtree_ids
from commonweal.kernel.programmes.definitions import MERGED
from commonweal.kernel.programmes.selectors.listed import code_begins
from commonweal.periods import business_date, business_midnight, period

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.periods import Period

OWN: Final = ("state", "node", "owner", "due", "period", "q")
"""Filters that every list has; a type adds those of its definition."""

_SORTED: Final = 10_000
"""Up to so many records of a period are found and sorted in less time than a page may take."""


def asked_read(kind: RecordType, address: Mapping[str, str]) -> dict[str, str]:
    """Return what an address asks for by the names of filters; the rest is not for the list."""
    names = (*OWN, *kind.spec.filters)
    return {name: address[name].strip() for name in names if address.get(name, "").strip()}


def rows_asked(
    kind: RecordType,
    asked: Mapping[str, str],
    *,
    scope: Scope,
    now: datetime,
    walked: bool | None = None,
) -> QuerySet[Record]:
    """Return the records that filters ask for, of those that may be read."""
    rows = scope.visible(kind.model.objects.all(), walked=walked)
    fitting = condition(kind, asked, scope, now, walked=bool(walked))
    return rows.filter(fitting).select_related("node", *references(kind))


def condition(
    kind: RecordType, asked: Mapping[str, str], scope: Scope, now: datetime, *, walked: bool = False
) -> Q:
    """Return the condition for what is asked for; ``walked`` as ``Scope.visible`` takes it.

    Raises:
        InputError: A state, node or period is unknown.
    """
    found = Q()
    for name, value in asked.items():
        if value:
            found &= _one(kind, name, value, scope, now, walked=walked)
    return found


def states_asked(kind: RecordType, asked: Mapping[str, str]) -> tuple[str, ...]:
    """Return the states that are asked for where one word stands for several."""
    if asked.get("state") != "open":
        return ()
    return tuple(each.id for each in kind.spec.states if not each.final)


def _one(  # noqa: PLR0911 - one for each filter
    kind: RecordType, name: str, value: str, scope: Scope, now: datetime, *, walked: bool
) -> Q:
    match name:
        case "state":
            return _of_state(kind, value)
        case "node":
            return at_nodes(subtree_ids(value, business_date(now)), walked=walked)
        case "owner":
            own = {"me": Q(owner_id=scope.user_id), "none": Q(owner=None)}
            return own.get(value, Q(owner__username=value))
        case "due":
            return _due(value, now)
        case "period":
            return _within(kind, period(value), walked=walked)
        case "q":
            return words_condition(kind, value, scope)
    column = kind.columns[name]
    if isinstance(column, BooleanField):
        return Q(**{name: value == "1"})
    if column.many_to_one:
        return Q(**{f"{name}__code": value})
    return Q(**{name if kind.spec.fields[name].choices else f"{name}__icontains": value})


def _within(kind: RecordType, span: Period, *, walked: bool) -> Q:
    """Return the condition of a period, which its index serves unless it holds very many."""
    found = Q(start_date__gte=span.start_date, start_date__lt=span.end_date)
    if not walked or connection.vendor != "sqlite":  # others know how many there are
        return found
    if kind.model.objects.filter(found)[:_SORTED].count() == _SORTED:
        day = Coalesce("start_date", "start_date")  # the same, of which there is no index
        return Q(GreaterThanOrEqual(day, span.start_date), LessThan(day, span.end_date))
    return found


def _of_state(kind: RecordType, value: str) -> Q:
    if several := states_asked(kind, {"state": value}):
        return Q(state__in=several)
    known = {each.id for each in kind.spec.states} | {MERGED}
    if value not in known:
        raise InputError(
            _("%(kind)s has no state %(state)r") % {"kind": kind.id, "state": value},
            hint=_("there are: %(known)s") % {"known": ", ".join(sorted(known))},
        )
    return Q(state=value)


def _due(value: str, now: datetime) -> Q:
    if value == "overdue":
        return Q(due_at__lte=now, closed_at=None)
    days = {"week": 7, "month": 30}
    if value not in days:
        raise InputError(
            _("%(value)r is no deadline to filter by") % {"value": value},
            hint="overdue, week, month",
        )
    end = business_midnight(business_date(now) + timedelta(days=days[value] + 1))
    return Q(due_at__gt=now, due_at__lt=end, closed_at=None)


def words_condition(kind: RecordType, words: str, scope: Scope) -> Q:
    """Return the condition of records whose code or title has these words.

    What begins a code means codes: an index finds them at once, where words are looked for in
    every record.
    """
    begins = code_begins(words)
    if scope.visible(kind.model.objects.filter(begins), walked=True).exists():
        return begins
    name = kind.spec.title
    if not name:
        return Q(code__icontains=words)
    within = f"{name}__code" if kind.columns[name].many_to_one else name
    return Q(code__icontains=words) | Q(**{f"{within}__icontains": words})


def references(kind: RecordType) -> tuple[str, ...]:
    """Return the fields that refer to other records, to be read along with a record."""
    return tuple(name for name, column in kind.columns.items() if column.many_to_one)
