"""Changing a record's fields, if nobody else did since it was read."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.answers import answer_find, answer_keep, request_sha256
from commonweal.kernel.programmes.services.holding import copies, record_held, records_save
from commonweal.kernel.programmes.services.opening import envelope_derive
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.told import changes_of
from commonweal.kernel.programmes.values import ValuesError, named, record_check, values_clean
from commonweal.kernel.records.selectors import record_history
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


class ConflictError(RefusedError):
    """Somebody changed the record since it was read; ``mine`` and ``theirs`` are field → values."""

    def __init__(self, record: Record, version: int) -> None:
        """Say who changed what meanwhile."""
        later = [
            each
            for each in record_history(type_of(record).id, str(record.pk))
            if each.content.get("version", 0) > version
        ]
        self.theirs = {k: v for each in later for k, v in each.content.get("changes", {}).items()}
        who = ", ".join(dict.fromkeys(each.actor for each in later)) or "?"
        fields = ", ".join(self.theirs) or _("the state")
        super().__init__(
            _(
                "%(code)s is now version %(now)d, you read version %(read)d: "
                "%(who)s changed %(what)s"
            )
            % {
                "code": record.code,
                "now": record.version,
                "read": version,
                "who": who,
                "what": fields,
            },
            hint=_("load the record again, look at what changed, and enter your change once more"),
        )


@transaction.atomic
def record_change(
    record: Record,
    *,
    values: Mapping[str, Any],
    version: int,
    scope: Scope,
    now: datetime,
    request_key: str = "",
) -> Record:
    """Change fields of a record in an editable state, and tell the log what was and what is.

    Args:
        record: Which; it is read again under a lock.
        values: Fields by name, as entered; those left out stay.
        version: The version that was read when the change was made up.
        scope: Who.
        now: When.
        request_key: The same request again gets the same answer.

    Raises:
        ConflictError: It has another version by now.
        RefusedError: Its state does not let fields change, or the scope may not.
        ValuesError: A value breaks a rule.
    """
    kind = type_of(record)
    asked = request_sha256("change", scope.actor, kind.id, record.pk, dict(values), version)
    if answer_find(request_key, asked):
        return kind.model.objects.get(pk=record.pk)
    held = record_held(kind, record.pk, scope)
    if held.version != version:
        raise ConflictError(held, version)
    change_check(kind, held, scope)
    before = copies([held])
    fields_set(kind, held, values)
    if found := changes_of(kind, before[held.pk], held):
        held.version += 1
        held.changed_at = now
        records_save(kind, [held], before)
        event_append(
            record_type=kind.id,
            record_key=str(held.pk),
            action="change",
            actor=scope.actor,
            content={"version": held.version, "changes": found},
            now=now,
        )
    answer_keep(request_key, asked, kind, held, message="", now=now)
    return held


def change_check(kind: RecordType, record: Record, scope: Scope) -> None:
    """Refuse a change of fields that the state or the roles do not allow."""
    state = kind.spec.state(record.state)
    if not state.editable:
        raise RefusedError(
            _("%(code)s is %(state)s: its fields do not change any more")
            % {"code": record.code, "state": named(state.name)},
            hint=_("an action may lead back to a state in which they do"),
        )
    roles = (kind.spec.opened_by, Role.PROGRAMME_MANAGER.value)
    is_owner = scope.user_id is not None and record.owner_id == scope.user_id
    if not is_owner and not any(scope.holds(role, record.node_id) for role in roles):
        raise RoleError.of(kind.spec.opened_by, record.node, named(kind.spec.name))


def naming_check(kind: RecordType, record: Record, values: Mapping[str, Any]) -> None:
    """Refuse values that would hide or name who opened a record.

    The log knows who opened it, or nobody does: a later tick would promise what is not so.
    """
    flag = kind.spec.anonymous
    if flag and values.get(flag, getattr(record, flag)) != getattr(record, flag):
        raise ValuesError({flag: _("this was decided when the record was opened")})


def fields_set(kind: RecordType, record: Record, values: Mapping[str, Any]) -> None:
    """Set fields from entered values, and what follows from them.

    Raises:
        ValuesError: A value breaks a rule, or would hide or name who opened the record.
    """
    cleaned = values_clean(kind, values)
    naming_check(kind, record, cleaned)
    for name, value in cleaned.items():
        setattr(record, name, value)
    if not record.salt and any(each.is_personal for each in kind.spec.fields.values()):
        record.salt = secrets.token_hex(16)  # erased before; digests need a key again
    record_check(kind, record)
    envelope_derive(kind, record)
