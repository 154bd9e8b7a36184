"""Opening records: one from a form, or a hundred thousand from a file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.models import Counter, record_id_new
from commonweal.kernel.programmes.services.answers import answer_find, answer_keep, request_sha256
from commonweal.kernel.programmes.services.holding import CHUNK
from commonweal.kernel.programmes.services.refusals import RoleError
from commonweal.kernel.programmes.told import told_all
from commonweal.kernel.programmes.values import ValuesError, named, record_check, values_clean
from commonweal.kernel.records.inserting import rows_insert
from commonweal.kernel.records.services import EventEntry, event_append_many
from commonweal.periods import business_date, business_midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

ANONYMOUS: Final = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A record to be opened: where, and its fields. Without a code or id it is given one."""

    node: Node
    values: Mapping[str, Any]
    code: str = ""
    id: UUID | None = None
    privacy: str = ""
    opened_at: datetime | None = field(default=None)
    """When it truly was opened, for records from elsewhere; the call's ``now`` if None."""


def record_open(
    kind: RecordType,
    *,
    node: str,
    values: Mapping[str, Any],
    scope: Scope,
    now: datetime,
    privacy: str = "",
    request_key: str = "",
) -> Record:
    """Open one record at the node of that code; see ``records_open``."""
    found = Node.objects.filter(code=node).first()
    if found is None:
        raise ValuesError({"node": _("there is no node %(code)r") % {"code": node}})
    actor = ANONYMOUS if kind.spec.anonymous else scope.actor  # a hash of few names tells the name
    asked = request_sha256("open", actor, kind.id, node, dict(values), privacy)
    with transaction.atomic():
        if before := answer_find(request_key, asked):
            return kind.model.objects.get(pk=before.record_id)
        opening = Opening(node=found, values=values, privacy=privacy)
        record = records_open(kind, [opening], scope=scope, now=now)[0]
        answer_keep(request_key, asked, kind, record, message="", now=now)
    return record


@transaction.atomic
def records_open(
    kind: RecordType, openings: Iterable[Opening], *, scope: Scope, now: datetime
) -> Sequence[Record]:
    """Open records in their type's first state, all or none, with an event each.

    Raises:
        RefusedError: The scope does not hold the role that opens this type at a node.
        ValuesError: A value breaks a rule.
    """
    asked = list(openings)
    codes = _codes(kind, [each for each in asked if not each.code], now)
    records = []
    for each in asked:
        cleaned = values_clean(kind, each.values)
        code = each.code or codes.pop(0)
        records.append(record_make(kind, each, code, cleaned, scope=scope, now=now))
    records_keep(kind, records, scope=scope, now=now)
    return records


def records_keep(
    kind: RecordType, records: Sequence[Record], *, scope: Scope, now: datetime
) -> None:
    """Store new records with an event each; call inside a transaction."""
    rows_insert(records)
    prefetch_related_objects(records, "owner")  # the log names it: one query, not one a record
    events: dict[str, list[EventEntry]] = {}
    for record in records:
        content = {
            "code": record.code,
            "state": record.state,
            "version": 1,
            "fields": told_all(kind, record),
        }
        entry = EventEntry(
            record_type=kind.id, record_key=str(record.pk), action="open", content=content
        )
        events.setdefault(_teller(kind, record, scope), []).append(entry)
    for actor, entries in events.items():
        event_append_many(entries, actor=actor, now=now)


def record_make(
    kind: RecordType,
    opening: Opening,
    code: str,
    cleaned: Mapping[str, Any],
    *,
    scope: Scope,
    now: datetime,
) -> Record:
    """Return a new record that keeps every rule and is not stored yet.

    Raises:
        RoleError: The scope does not hold the role that opens this type at the node.
        ValuesError: The record as a whole breaks a rule.
    """
    if not scope.holds(kind.spec.opened_by, opening.node.pk):
        raise RoleError.of(kind.spec.opened_by, opening.node, named(kind.spec.name))
    record = kind.model(
        id=opening.id or record_id_new(),
        code=code,
        node=opening.node,
        state=kind.spec.initial.id,
        owner_id=scope.user_id,
        opened_at=opening.opened_at or now,
        changed_at=now,
        privacy=opening.privacy or kind.spec.privacy,
        salt=secrets.token_hex(16) if _has_key(kind) else "",
        **cleaned,
    )
    if kind.spec.anonymous and getattr(record, kind.spec.anonymous):
        record.owner_id = None
    record_check(kind, record)
    envelope_derive(kind, record)
    return record


def envelope_derive(kind: RecordType, record: Record) -> None:
    """Set the period and the deadline from the fields that the definition names."""
    day = getattr(record, kind.spec.period) if kind.spec.period else None
    if isinstance(day, datetime):
        day = business_date(day)
    record.start_date = day or business_date(record.opened_at)
    record.end_date = record.start_date + timedelta(days=1)
    if kind.spec.due:
        due = getattr(record, kind.spec.due)
        is_day = due is not None and not isinstance(due, datetime)
        record.due_at = business_midnight(due + timedelta(days=1)) if is_day else due


def _teller(kind: RecordType, record: Record, scope: Scope) -> str:
    is_anonymous = kind.spec.anonymous and getattr(record, kind.spec.anonymous)
    return ANONYMOUS if is_anonymous else scope.actor


def _has_key(kind: RecordType) -> bool:
    """Whether records have a key of their own: for digests, or for receipts."""
    fields = kind.spec.fields.values()
    return bool(kind.spec.anonymous) or any(each.is_personal for each in fields)


def _codes(kind: RecordType, openings: Sequence[Opening], now: datetime) -> list[str]:
    """Take the next numbers of this type and year; they are given even if gaps remain.

    A file may have brought records under numbers that were not given yet: those are passed over.
    """
    if not openings:
        return []
    prefix = f"{kind.spec.code}-{business_date(now).year}"
    counter, _is_new = Counter.objects.select_for_update().get_or_create(
        prefix=prefix, defaults={"last": 0}
    )
    codes: list[str] = []
    while len(codes) < len(openings):
        first = counter.last + 1
        counter.last += min(len(openings) - len(codes), CHUNK)
        some = [f"{prefix}-{number:05d}" for number in range(first, counter.last + 1)]
        taken = set(kind.model.objects.filter(code__in=some).values_list("code", flat=True))
        codes += [each for each in some if each not in taken]
    counter.save(update_fields=["last"])
    return codes
