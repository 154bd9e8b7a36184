"""Two records of the same thing become one, visibly, and two again if it was a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.definitions import MERGED
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.changing import (
    change_check,
    fields_set,
    naming_check,
)
from commonweal.kernel.programmes.services.checking import hands_in
from commonweal.kernel.programmes.services.holding import copies, record_held, records_held
from commonweal.kernel.programmes.services.noting import handling_check
from commonweal.kernel.programmes.services.opening import envelope_derive
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.services.telling import record_keep
from commonweal.kernel.programmes.told import told_plain
from commonweal.kernel.programmes.values import ValuesError, record_check
from commonweal.kernel.records.selectors import record_history

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


@transaction.atomic
def record_merge(
    keep: Record,
    duplicate: Record,
    *,
    take: Collection[str] = (),
    scope: Scope,
    now: datetime,
    comment: str = "",
) -> Record:
    """Let one record take in another of its type, and return it.

    The duplicate stays, in the state ``merged``, and points to the one that was kept. Both
    histories tell of it. Its attachments are then attached to both.

    Args:
        keep: The record that goes on.
        duplicate: The record that was one too many.
        take: Fields whose values the kept record takes from the duplicate.
        scope: Who; needs the role that opens this type, or to manage the programme, for both; to
            manage it, if the duplicate was put forward and its fields do not change any more.
        now: When.
        comment: Why.

    Raises:
        RefusedError: They are one record, of two types, merged already, or values would be taken
            into a record whose state does not let fields change.
        RoleError: The scope lacks the role.
        ValuesError: There is no such field, or the kept record would break a rule.
    """
    kind = type_of(keep)
    kept, gone = _both(kind, keep, duplicate, scope)
    before = copies([kept, gone])
    if take:
        change_check(kind, kept, scope)
        _values_take(kind, kept, gone, take)
    said: dict[str, Any] = {"comment": comment} if comment else {}
    told_kept = {"merged": gone.code, "attached": _attachments_copy(kind, gone, kept, scope, now)}
    if take:
        told_kept["hands"] = sorted(hands_in(kind, gone))
    told_gone = {"from": gone.state, "to": MERGED, "into": kept.code, "closed_at": gone.closed_at}
    gone.state, gone.merged_into, gone.closed_at = MERGED, kept, now
    kept.was_in_conflict = gone.was_in_conflict = True
    for record, content in ((kept, told_kept), (gone, told_gone)):
        record_keep(
            kind, record, before, action="merge", scope=scope, now=now, content={**content, **said}
        )
    return kept


@transaction.atomic
def record_unmerge(duplicate: Record, *, scope: Scope, now: datetime, comment: str = "") -> Record:
    """Undo a merge: the duplicate stands where it stood, and the kept one gives back what it took.

    A field that was changed since, or that may no longer change, stays as it is.

    Raises:
        RefusedError: The record is not merged.
        RoleError: The scope lacks the role.
    """
    kind = type_of(duplicate)
    gone = record_held(kind, duplicate.pk, scope)
    into = gone.merged_into
    if gone.state != MERGED or into is None:
        raise RefusedError(_("%(code)s is not merged into another") % {"code": gone.code})
    kept = record_held(kind, into.pk, scope)
    for each in (kept, gone):
        handling_check(kind, each, scope, what=_("merge"))
    before = copies([kept, gone])
    merge = record_history(kind.id, str(gone.pk)).filter(action="merge").last()
    took = record_history(kind.id, str(kept.pk)).filter(action="merge", content__merged=gone.code)
    told = took.last()
    if merge is None or told is None:
        raise RefusedError(_("the log does not tell how %(code)s was merged") % {"code": gone.code})
    _managed_check(kind, gone, merge.content["from"], scope)
    _values_return(kind, kept, told.content.get("changes", {}))
    Attachment.objects.filter(
        record_type=kind.id, record_id=kept.pk, pk__in=told.content.get("attached", [])
    ).delete()
    gone.state, gone.merged_into = merge.content["from"], None
    closed_at = merge.content.get("closed_at")
    gone.closed_at = kind.model._meta.get_field("closed_at").to_python(closed_at)  # noqa: SLF001
    said: dict[str, Any] = {"comment": comment} if comment else {}
    contents = (
        (kept, {"unmerged": gone.code}),
        (gone, {"from": MERGED, "to": gone.state, "out_of": kept.code}),
    )
    for record, content in contents:
        record_keep(
            kind,
            record,
            before,
            action="unmerge",
            scope=scope,
            now=now,
            content={**content, **said},
        )
    return gone


def _both(kind: RecordType, keep: Record, duplicate: Record, scope: Scope) -> tuple[Record, Record]:
    if keep.pk == duplicate.pk or type_of(duplicate) is not kind:
        raise RefusedError(
            _("%(one)s and %(two)s are not two records of one type")
            % {"one": keep.code, "two": duplicate.code}
        )
    kept, gone = records_held(kind, [keep.pk, duplicate.pk], scope)
    for each in (kept, gone):
        if each.state == MERGED:
            raise RefusedError(
                _("%(code)s is merged into %(into)s already")
                % {"code": each.code, "into": each.merged_into}
            )
        handling_check(kind, each, scope, what=_("merge"))
    _managed_check(kind, gone, gone.state, scope)
    return kept, gone


def _managed_check(kind: RecordType, gone: Record, state: str, scope: Scope) -> None:
    """Let only a manager take a record that was put forward out of the figures, or back in."""
    manager = Role.PROGRAMME_MANAGER.value
    if not kind.spec.state(state).editable and not scope.holds(manager, gone.node_id):
        raise RoleError.of(manager, gone.node, _("merge what was put forward"))


def _values_take(kind: RecordType, kept: Record, gone: Record, take: Collection[str]) -> None:
    if strange := set(take) - set(kind.spec.fields):
        raise ValuesError({min(strange): _("there is no such field")})
    naming_check(kind, kept, {name: getattr(gone, name) for name in take})
    for name in take:
        setattr(kept, name, getattr(gone, name))
    record_check(kind, kept)
    envelope_derive(kind, kept)


def _values_return(kind: RecordType, kept: Record, took: Mapping[str, Any]) -> None:
    """Set back what the kept record still has as the merge made it, if its state lets it.

    Of personal fields the log has digests only: they stay.
    """
    back = {
        name: old
        for name, (old, new) in took.items()
        if name in kind.spec.fields
        and not kind.spec.fields[name].is_personal
        and told_plain(kind, kept, name) == new
    }
    if back and kind.spec.state(kept.state).editable:
        fields_set(kind, kept, back)


def _attachments_copy(
    kind: RecordType, gone: Record, kept: Record, scope: Scope, now: datetime
) -> list[int]:
    """Attach the duplicate's files to the kept record as well; their bytes are there once."""
    held = Attachment.objects.filter(record_type=kind.id)
    have = set(held.filter(record_id=kept.pk).values_list("kind", "sha256"))
    rows = [
        Attachment.objects.create(
            record_type=kind.id,
            record_id=kept.pk,
            kind=each.kind,
            name=each.name,
            sha256=each.sha256,
            n_bytes=each.n_bytes,
            added_by=scope.actor,
            added_at=now,
        )
        for each in held.filter(record_id=gone.pk).order_by("pk")
        if (each.kind, each.sha256) not in have
    ]
    return [each.pk for each in rows]
