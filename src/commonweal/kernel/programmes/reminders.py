"""Who is reminded of which deadline: before it, at it, and further up once it is long past.

What is due goes to the record's owner; without one, to those who hold the role that its next action
waits for, as near as the organisation has them. A week after the deadline it goes one step further
up. Who stands in for somebody is told with them. Each is sent once; a person gets one message for
all of theirs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.programmes.models import Reminder
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.values import named
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

ESCALATED_AFTER: Final = timedelta(days=7)
_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Due:
    """One person to be told of one record: ``soon``, ``overdue`` or ``escalated``."""

    kind: RecordType
    record: Record
    stage: str
    to: str
    """Name of the account."""

    @property
    def what(self) -> str:
        """Return what makes it one reminder: a deadline that is moved is told of again."""
        return f"{self.stage} {self.record.due_at:%Y-%m-%dT%H:%MZ}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: messages, reminders in them, and people without an address."""

    n_messages: int
    n_reminders: int
    without_address: tuple[str, ...]


def reminders_due(*, now: datetime) -> list[Due]:
    """Return the reminders that are due and were not sent, by person and deadline."""
    people = _People(business_date(now))
    found: list[Due] = []
    for kind in record_types().values():
        open_states = [each.id for each in kind.spec.states if not each.final]
        ahead = now + timedelta(days=kind.spec.remind_days)
        rows = kind.model.objects.filter(state__in=open_states, due_at__lte=ahead)
        for record in rows.select_related("owner", "node").iterator(chunk_size=_BATCH):
            found += _due(kind, record, people, now)
    sent = _sent({(each.kind.id) for each in found})
    fresh = [each for each in found if _row(each) not in sent]
    return sorted(fresh, key=lambda each: (each.to, each.record.due_at, each.record.code))


def reminders_send(*, now: datetime) -> Sent:
    """Send what is due, one message to a person, and keep that it was sent.

    A message that cannot be sent raises and is due again; those before it stay sent.
    """
    by_person: dict[str, list[Due]] = defaultdict(list)
    for each in reminders_due(now=now):
        by_person[each.to].append(each)
    users = get_user_model().objects.filter(username__in=by_person)
    address = {each.get_username(): each.email for each in users}
    for name, dues in by_person.items():
        if address.get(name):
            _send(address[name], dues, now)
    reached = [name for name in by_person if address.get(name)]
    return Sent(
        len(reached),
        sum(len(by_person[name]) for name in reached),
        tuple(name for name in by_person if not address.get(name)),
    )


@transaction.atomic
def _send(address: str, dues: Sequence[Due], now: datetime) -> None:
    Reminder.objects.bulk_create(
        Reminder(
            record_type=each.kind.id,
            record_id=each.record.pk,
            what=each.what,
            sent_to=each.to,
            sent_at=now,
        )
        for each in dues
    )
    n = len(dues)
    subject = ngettext("%(n)d record waits", "%(n)d records wait", n) % {"n": n}
    send_mail(subject, _text(dues), settings.DEFAULT_FROM_EMAIL, [address])


def _text(dues: Sequence[Due]) -> str:
    """Return the lines of a message: nothing of a record but its code, type, state and deadline."""
    words = {
        "soon": _("due soon"),
        "overdue": _("overdue"),
        "escalated": _("overdue for a week"),
    }
    return "\n".join(
        _("%(stage)s: %(kind)s %(code)s, %(state)s, due %(day)s")
        % {
            "stage": words[each.stage],
            "kind": named(each.kind.spec.name),
            "code": each.record.code,
            "state": named(each.kind.spec.state(each.record.state).name),
            "day": _last_day(each.record),
        }
        for each in dues
    )


def _last_day(record: Record) -> str:
    due_at: Any = record.due_at
    return business_date(due_at - timedelta(microseconds=1)).isoformat()


def _due(kind: RecordType, record: Record, people: _People, now: datetime) -> Iterator[Due]:
    due_at: Any = record.due_at
    roles = {
        str(each.role) for each in kind.spec.transitions if record.state in kind.spec.leads_on(each)
    }
    near, above = people.holders(roles, record.node_id)
    if record.owner is not None and record.owner.is_active:
        near = {record.owner.get_username()}
    near = people.with_delegates(near)
    for name in sorted(near):
        yield Due(kind, record, "soon" if due_at > now else "overdue", name)
    if due_at + ESCALATED_AFTER <= now:
        for name in sorted(people.with_delegates(above) - near):
            yield Due(kind, record, "escalated", name)


def _row(due: Due) -> tuple[object, ...]:
    return due.kind.id, due.record.pk, due.what, due.to


def _sent(kinds: set[str]) -> set[tuple[object, ...]]:
    rows = Reminder.objects.filter(record_type__in=kinds)
    return set(rows.values_list("record_type", "record_id", "what", "sent_to"))


class _People:
    """Who holds which role where on one day, read once."""

    def __init__(self, today: date) -> None:
        """Read all grants that are valid."""
        org = tree(today)
        place = {int(node_id): i for i, node_id in enumerate(org.node_id)}
        self._above: Mapping[int, list[int]] = {
            node_id: [node_id, *(int(org.node_id[each]) for each in org.ancestors(i))]
            for node_id, i in place.items()
        }
        self._held: dict[tuple[str, int], set[str]] = defaultdict(set)
        rows = Grant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today, user__is_active=True
        )
        for role, node_id, name in rows.values_list("role", "node_id", "user__username"):
            self._held[role, node_id].add(name)
        self._delegates: dict[str, set[str]] = defaultdict(set)
        lent = Delegation.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=today),
            valid_from__lte=today,
            delegate__is_active=True,
        )
        for giver, taker in lent.values_list("delegator__username", "delegate__username"):
            self._delegates[giver].add(taker)

    def with_delegates(self, names: set[str]) -> set[str]:
        """Return these people, and whoever stands in for one of them."""
        return names.union(*(self._delegates.get(name, set()) for name in names))

    def holders(self, roles: set[str], node_id: int) -> tuple[set[str], set[str]]:
        """Return the nearest holders of any of the roles, and those one step further up."""
        found: list[set[str]] = []
        for each in self._above.get(node_id, [node_id]):
            here = set().union(*(self._held.get((role, each), set()) for role in roles))
            if here:
                found.append(here)
        return (found[0] if found else set()), (found[1] if len(found) > 1 else set())
