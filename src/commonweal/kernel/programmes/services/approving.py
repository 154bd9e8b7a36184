"""Counting who said yes: different people, to the same content, since the record came here."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.programmes.models import Approval
from commonweal.kernel.programmes.services.holding import CHUNK
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.told import snapshot_sha256
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Principal
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.programmes.services.context import Context


def approve(
    kind: RecordType,
    spec: TransitionSpec,
    records: Sequence[Record],
    doers: Mapping[UUID, Principal],
    context: Context,
) -> dict[UUID, int]:
    """Keep this person's yes and return how many each record has by now.

    Raises:
        RefusedError: They said yes to one of them before, in their own or another's name.
    """
    if not spec.approvals:
        return {each.pk: 1 for each in records}
    contents = {each.pk: snapshot_sha256(kind, each) for each in records}
    given = approvals_given(kind, spec, records, contents)
    for record in records:
        _other_check(record, doers[record.pk], context, given[record.pk])
    Approval.objects.bulk_create(
        Approval(
            record_type=kind.id,
            record_id=each.pk,
            action=spec.action,
            version=each.version + 1,
            snapshot_sha256=contents[each.pk],
            principal=doers[each.pk].name,
            given_by=context.scope.actor,
            given_at=context.now,
        )
        for each in records
    )
    return {each.pk: len(given[each.pk]) + 1 for each in records}


def approvals_given(
    kind: RecordType,
    spec: TransitionSpec,
    records: Sequence[Record],
    contents: Mapping[UUID, str] | None = None,
) -> dict[UUID, list[Approval]]:
    """Return the approvals of each record that count: for this content, since it came here."""
    if contents is None:
        contents = {each.pk: snapshot_sha256(kind, each) for each in records}
    found: dict[UUID, list[Approval]] = {each.pk: [] for each in records}
    since = _entered_versions(kind, records)
    ids = list(found)
    for start in range(0, len(ids), CHUNK):
        rows = Approval.objects.filter(
            record_type=kind.id, record_id__in=ids[start : start + CHUNK], action=spec.action
        )
        for each in rows.order_by("pk"):
            is_same = each.snapshot_sha256 == contents[each.record_id]
            if is_same and each.version > since[each.record_id]:
                found[each.record_id].append(each)
    return found


def has_approved(given: Sequence[Approval], people: set[str]) -> bool:
    """Return whether one of these people said yes, or somebody did in their name."""
    return any({each.principal, person_of(each.given_by)} & people for each in given)


def _other_check(
    record: Record, principal: Principal, context: Context, given: Sequence[Approval]
) -> None:
    people = {principal.name, person_of(context.scope.actor)}
    if has_approved(given, people):
        raise RefusedError(
            _("%(code)s: %(who)s has said yes already; it takes somebody else")
            % {"code": record.code, "who": principal.name}
        )


def _entered_versions(kind: RecordType, records: Sequence[Record]) -> dict[UUID, int]:
    """Return the version at which each record came into its present state; 0 if it began there."""
    found: dict[UUID, int] = defaultdict(int)
    by_key = {str(each.pk): each for each in records}
    keys = list(by_key)
    for start in range(0, len(keys), CHUNK):
        events = Event.objects.filter(
            record_type=kind.id, record_key__in=keys[start : start + CHUNK]
        )
        for key, left, entered, version in events.values_list(
            "record_key", *(KeyTextTransform(name, "content") for name in ("from", "to", "version"))
        ):
            record = by_key[key]
            if entered == record.state and left != entered:
                found[record.pk] = max(found[record.pk], int(version))
    return found
