"""Subscribing, looking through the log for what to tell, and telling it until it is heard."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.records.models import Event
from commonweal.kernel.records.services import event_append
from commonweal.kernel.webhooks.addresses import target_read
from commonweal.kernel.webhooks.models import Delivery, Subscription
from commonweal.kernel.webhooks.sending import message_send

if TYPE_CHECKING:
    from collections.abc import Collection

    from commonweal.kernel.accounts.scopes import Scope

OPEN_TYPES: Final = ("facts.batch", "facts.period_lock", "lake.source", "targets.target")
"""Events for everybody with an account, beside those of records that may be read."""
MOST: Final = 20
"""Subscriptions of one account."""
GIVEN_UP: Final = timedelta(days=5)
_MOST_EVENTS: Final = 20
_CHUNK: Final = 1000
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Told:
    """What one round did."""

    n_found: int
    n_arrived: int
    n_failed: int


@transaction.atomic
def webhook_subscribe(
    url: str, events: Collection[str], *, scope: Scope, now: datetime
) -> Subscription:
    """Let an address be told of events from now on, as far as this person may see them.

    Raises:
        InputError: It is no address that may be told, or no type of event.
        StateError: The scope has no account, or has too many subscriptions.
    """
    if scope.user_id is None:
        raise StateError(_("webhooks belong to an account"))
    target_read(url, allowed=settings.WEBHOOK_ALLOW)
    asked = list(dict.fromkeys(events))
    if not 0 < len(asked) <= _MOST_EVENTS:
        raise InputError(_("a webhook names 1 to %(most)d types") % {"most": _MOST_EVENTS})
    known = {*record_types(), *OPEN_TYPES}
    for each in asked:
        kinds = each.rpartition(".")[0] or each
        if not any(fnmatchcase(kind, kinds) or fnmatchcase(f"{kind}.", each) for kind in known):
            raise InputError(
                _("there are no events %(type)r") % {"type": each},
                hint=_("write a type of record and an action: donations.donation.*"),
            )
    if Subscription.objects.filter(user_id=scope.user_id, ended_at=None).count() >= MOST:
        raise StateError(_("an account has at most %(most)d webhooks") % {"most": MOST})
    last = Event.objects.aggregate(last=Max("sequence"))["last"]
    made = Subscription.objects.create(
        user_id=scope.user_id,
        url=url,
        events=asked,
        secret=f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",
        created_at=now,
        looked_at=-1 if last is None else last,
    )
    _tell(made, "subscribe", {"url": url, "events": asked}, scope.actor, now)
    return made


@transaction.atomic
def webhook_end(
    subscription: Subscription, *, actor: str, now: datetime, reason: str = ""
) -> Subscription:
    """End a subscription; what was not told yet is not told any more."""
    held = Subscription.objects.select_for_update().get(pk=subscription.pk)
    if held.ended_at is None:
        held.ended_at, held.end_reason = now, reason
        held.save(update_fields=["ended_at", "end_reason"])
        held.deliveries.filter(arrived_at=None).update(next_at=None)
        _tell(held, "end", {"url": held.url, "reason": reason}, actor, now)
    return held


def webhooks_run(*, now: datetime) -> Told:
    """Look for what happened, and tell what is due; another run at the same time does no harm."""
    n_found = sum(_gathered(each, now) for each in Subscription.objects.filter(ended_at=None))
    due = Delivery.objects.filter(next_at__lte=now, subscription__ended_at=None)
    n_arrived = n_failed = 0
    for _number in range(_CHUNK):
        first = due.order_by("next_at").values_list("pk", flat=True).first()
        if first is None:
            break
        heard = _told(first, now)
        n_arrived += heard is True
        n_failed += heard is False
    return Told(n_found, n_arrived, n_failed)


@transaction.atomic
def _gathered(subscription: Subscription, now: datetime) -> int:
    """Put on the way what happened since the log was last looked through."""
    held = Subscription.objects.select_for_update().get(pk=subscription.pk)
    user = get_user_model().objects.get(pk=held.user_id)
    if not user.is_active:
        webhook_end(held, actor="webhooks", now=now, reason=_("the account is closed"))
        return 0
    rows = list(Event.objects.filter(sequence__gt=held.looked_at).order_by("sequence")[:_CHUNK])
    if not rows:
        return 0
    scope = scope_of(user, now=now, interface="webhook")
    wanted = [
        each
        for each in rows
        if any(fnmatchcase(_type(each), _whole(pattern)) for pattern in held.events)
    ]
    seen = [each for each in wanted if _may_see(each, scope)]
    Delivery.objects.bulk_create(
        Delivery(subscription=held, sequence=each.sequence, type=_type(each), next_at=now)
        for each in seen
    )
    held.looked_at = rows[-1].sequence
    held.save(update_fields=["looked_at"])
    return len(seen)


def _may_see(event: Event, scope: Scope) -> bool:
    if event.record_type in OPEN_TYPES:
        return True
    kind = record_types().get(event.record_type)
    if kind is None:
        return False
    rows = kind.model.objects.filter(pk=UUID(event.record_key))
    return scope.visible(rows).exists()


def _told(pk: int, now: datetime) -> bool | None:
    """Try one delivery; None if another process has it, or it is over."""
    step = _wait(Delivery.objects.get(pk=pk).n_tries)
    # Taking it moves its time: who comes meanwhile finds it not due, who dies leaves it for later.
    if not Delivery.objects.filter(pk=pk, next_at__lte=now).update(next_at=now + step):
        return None
    row = Delivery.objects.select_related("subscription").get(pk=pk)
    target = row.subscription
    answer = message_send(
        target.url,
        _body(row),
        secret=target.secret,
        message_id=f"msg_{target.pk}_{row.sequence}",
        now=now,
        allowed=settings.WEBHOOK_ALLOW,
    )
    row.n_tries += 1
    row.last_status, row.last_error = answer.status, answer.error
    if not answer.error:
        row.arrived_at, row.next_at = now, None
        Subscription.objects.filter(pk=target.pk).update(failing_since=None)
    row.save()
    if answer.error:
        _failing(target, now)
    if answer.status is None:  # nobody is there: the rest waits, and others are told meanwhile
        target.deliveries.filter(next_at__lte=now).update(next_at=now + _FIRST_WAIT)
    return not answer.error


def _failing(subscription: Subscription, now: datetime) -> None:
    """Remember since when nothing arrives, and end what is deaf for days."""
    since = subscription.failing_since
    if since is None:
        Subscription.objects.filter(pk=subscription.pk).update(failing_since=now)
    elif now - since >= GIVEN_UP:
        reason = _("nothing arrived for %(n)d days") % {"n": GIVEN_UP.days}
        webhook_end(subscription, actor="webhooks", now=now, reason=reason)


def _body(row: Delivery) -> bytes:
    """Write what is told: that it happened. What it says is asked for, by who may."""
    event = Event.objects.get(sequence=row.sequence)
    at = event.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    data: dict[str, Any] = {
        "sequence": event.sequence,
        "record_type": event.record_type,
        "record_key": event.record_key,
        "action": event.action,
    }
    if "version" in event.content:
        data["version"] = event.content["version"]
    return json.dumps({"type": row.type, "timestamp": at, "data": data}).encode()


def _type(event: Event) -> str:
    return f"{event.record_type}.{event.action}"


def _whole(pattern: str) -> str:
    """Let only ``*`` be special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _wait(n_tries: int) -> timedelta:
    """Return how long to wait after so many tries: 30 s, 2 min, 8 min, … up to half a day."""
    factor: int = 4 ** min(n_tries, 10)
    return min(_FIRST_WAIT * factor, _LONGEST_WAIT)


def _tell(
    subscription: Subscription, action: str, content: dict[str, Any], actor: str, now: datetime
) -> None:
    event_append(
        record_type="webhooks.subscription",
        record_key=str(subscription.pk),
        action=action,
        actor=actor,
        content=content,
        now=now,
    )
