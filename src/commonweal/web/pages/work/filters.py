"""What of a list is asked for, read from its address and offered again as a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import at_nodes
from commonweal.kernel.org.selectors.nodes import subtree_ids
from commonweal.kernel.programmes.definitions import MERGED
from commonweal.kernel.programmes.values import named
from commonweal.periods import business_date, business_midnight, period
from commonweal.web.pages.scope import Choice
from commonweal.web.pages.work.texts import words_condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.periods import Period

OWN: Final = ("state", "node", "owner", "due", "period", "q")

_SORTED: Final = 10_000
"""Up to so many records of a period are found and sorted in less time than a page may take."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter as offered: a choice, or a text."""

    name: str
    label: str
    value: str
    options: tuple[Choice, ...] = ()
    example: str = ""


def filters(
    kind: RecordType, asked: Mapping[str, str], nodes: tuple[Choice, ...]
) -> tuple[Filter, ...]:
    """Return the filters of a type's list, with what is asked for."""
    return tuple(_filters(kind, asked, nodes))


def _filters(
    kind: RecordType, asked: Mapping[str, str], nodes: tuple[Choice, ...]
) -> Iterator[Filter]:
    def of(name: str, label: str, options: tuple[Choice, ...] = (), example: str = "") -> Filter:
        return Filter(name, label, asked.get(name, ""), options, example)

    states = [Choice(each.id, named(each.name)) for each in kind.spec.states]
    states.insert(0, Choice("open", _("not closed")))
    if kind.spec.duplicates_on:
        states.append(Choice(MERGED, named(kind.spec.state(MERGED).name)))
    yield of("q", _("Search"), example=_("code or words"))
    yield of("state", pgettext("of a record", "State"), tuple(states))
    for name in kind.spec.filters:
        spec = kind.spec.fields[name]
        options = tuple(Choice(value, named(names)) for value, names in spec.choices.items())
        if isinstance(kind.columns[name], BooleanField):
            options = (Choice("1", _("yes")), Choice("0", _("no")))
        yield of(name, named(spec.name), options)
    if len(nodes) > 1:
        yield of("node", pgettext("organisation node of a record", "For"), nodes)
    yield of(
        "owner",
        pgettext("of a record", "Owner"),
        (Choice("me", _("me")), Choice("none", _("nobody"))),
    )
    yield of(
        "due",
        pgettext("when", "Due"),
        (
            Choice("overdue", _("overdue")),
            Choice("week", _("within a week")),
            Choice("month", _("within a month")),
        ),
    )
    yield of("period", _("Period"), example="2024-03")


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
