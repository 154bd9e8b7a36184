"""What people do with a record beside its flow: say a word, hand it over, take it back, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.past import record_at
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.changing import ConflictError, change_check, fields_set
from commonweal.kernel.programmes.services.holding import copies, record_held
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.services.telling import record_keep, record_tell
from commonweal.kernel.programmes.told import told_plain
from commonweal.kernel.programmes.values import ValuesError, named

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_LONGEST: Final = 4000


@transaction.atomic
def comment_add(record: Record, text: str, *, scope: Scope, now: datetime) -> None:
    """Say something about a record; whoever may read it may. Nothing else of it changes.

    Raises:
        ValuesError: The text is empty or too long.
    """
    kind = type_of(record)
    held = record_held(kind, record.pk, scope)
    said = text.strip()
    if not 0 < len(said) <= _LONGEST:
        refusal = _("a comment has 1 to %(most)d characters") % {"most": _LONGEST}
        raise ValuesError({"comment": refusal})
    record_tell(kind, held, action="comment", scope=scope, now=now, content={"comment": said})


@transaction.atomic
def record_assign(record: Record, owner: str | None, *, scope: Scope, now: datetime) -> Record:
    """Hand a record to another account, or to nobody.

    Its owner may, and who holds the role that opens this type, or manages the programme, there.

    Raises:
        RoleError: Somebody else asks.
        ValuesError: There is no such account, or it is closed.
    """
    kind = type_of(record)
    held = record_held(kind, record.pk, scope)
    handling_check(kind, held, scope, what=_("hand over"))
    taker = None
    if owner is not None:
        taker = get_user_model().objects.filter(username=owner, is_active=True).first()
        if taker is None:
            raise ValuesError({"owner": _("there is no account %(name)r") % {"name": owner}})
    if held.owner == taker:
        return held
    before = copies([held])
    held.owner = taker
    record_keep(kind, held, before, action="assign", scope=scope, now=now)
    return held


@transaction.atomic
def record_restore(
    record: Record, to_version: int, *, version: int, scope: Scope, now: datetime
) -> Record:
    """Set the fields back to how they were at a version, as a new change.

    Personal fields stay as they are: the log only has their digests. Computed ones do, too.

    Raises:
        ConflictError: It has another version by now.
        InputError: It never had that version.
        RefusedError: Its state does not let fields change, or the scope may not.
    """
    kind = type_of(record)
    held = record_held(kind, record.pk, scope)
    if held.version != version:
        raise ConflictError(held, version)
    change_check(kind, held, scope)
    was = record_at(held, version=to_version).fields
    values = {
        name: was.get(name)
        for name, spec in kind.spec.fields.items()
        if not spec.is_personal
        and not spec.is_computed
        and was.get(name) != told_plain(kind, held, name)
    }
    if values:
        before = copies([held])
        fields_set(kind, held, values)
        content = {"restored": to_version}
        record_keep(kind, held, before, action="restore", scope=scope, now=now, content=content)
    return held


@transaction.atomic
def personal_erase(record: Record, *, scope: Scope, now: datetime) -> Record:
    """Empty the personal fields and drop the key of their digests; the log's chain still holds.

    What the log was told of them can then no longer be checked against any guess. Comments and
    attachments are not looked into: whoever erases sees to them.

    Raises:
        RoleError: The scope neither manages the programme nor administers the node.
        RefusedError: A personal field cannot be empty.
    """
    kind = type_of(record)
    held = record_held(kind, record.pk, scope)
    roles = (Role.PROGRAMME_MANAGER.value, Role.ADMINISTRATOR.value)
    if not any(scope.holds(role, held.node_id) for role in roles):
        raise RoleError.of(roles[0], held.node, _("erase personal fields"))
    before = copies([held])
    names = [name for name, spec in kind.spec.fields.items() if spec.is_personal]
    for name in names:
        setattr(held, kind.columns[name].attname, _empty(kind, name))
    held.salt = ""
    if held.__dict__ == before[held.pk].__dict__:
        return held
    _erase_keep(kind, held, before[held.pk], names, scope=scope, now=now)
    return held


def handling_check(kind: RecordType, record: Record, scope: Scope, *, what: str) -> None:
    """Refuse who neither owns a record, nor opens this type or manages the programme there."""
    is_owner = scope.user_id is not None and record.owner_id == scope.user_id
    roles = (kind.spec.opened_by, Role.PROGRAMME_MANAGER.value)
    if not is_owner and not any(scope.holds(role, record.node_id) for role in roles):
        raise RoleError.of(kind.spec.opened_by, record.node, what)


def _empty(kind: RecordType, name: str) -> object:
    column = kind.columns[name]
    if column.null:
        return None
    if column.empty_strings_allowed:
        return ""
    label = named(kind.spec.fields[name].name)
    raise RefusedError(_("%(field)s cannot be empty, so it cannot be erased") % {"field": label})


def _erase_keep(
    kind: RecordType,
    held: Record,
    before: Record,
    names: list[str],
    *,
    scope: Scope,
    now: datetime,
) -> None:
    """Keep it without telling digests: without the old key they would say nothing."""
    content = {"erased": [n for n in names if getattr(before, kind.columns[n].attname)]}
    old = {held.pk: before}
    record_keep(
        kind, held, old, action="erase", scope=scope, now=now, content={**content, "changes": {}}
    )
