"""A row made from an older version of its record: joined field by field, or refused with both.

What the row says of a field that nobody else touched since is taken. Of a field that somebody else
changed, the row either still has what stood there before, and theirs stays, or it has a third
value: then a person decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.kernel.programmes.imports.result import RowRefusedError
from commonweal.kernel.programmes.told import changes, told_all
from commonweal.kernel.records.canonical import plain
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


Later = dict[str, tuple[Any, str]]
"""Field → what it was before others changed it, and who did so first."""

_CHUNK: Final = 500


def later_changes(kind: RecordType, versions: Mapping[UUID, int]) -> dict[UUID, Later]:
    """Return what others changed in each record after the version that was read."""
    keys = {str(pk): pk for pk in versions}
    found: dict[UUID, Later] = {pk: {} for pk in versions}
    asked = list(keys)
    for start in range(0, len(asked), _CHUNK):
        rows = Event.objects.filter(
            record_type=kind.id, record_key__in=asked[start : start + _CHUNK]
        ).order_by("sequence")
        for key, actor, content in rows.values_list("record_key", "actor", "content"):
            if content.get("version", 0) > versions[keys[key]]:
                for name, (old, _new) in content.get("changes", {}).items():
                    found[keys[key]].setdefault(name, (old, actor))
    return found


def own_values(
    kind: RecordType, record: Record, values: Mapping[str, Any], later: Later
) -> dict[str, Any]:
    """Return those of a stale row's values that are its own changes.

    Raises:
        RowRefusedError: Both sides changed a field, differently.
    """
    theirs = {name: getattr(record, name) for name in values}
    before = told_all(kind, record)
    for name, value in values.items():
        setattr(record, name, value)
    mine = plain(changes(before, told_all(kind, record)))
    for name, value in theirs.items():
        setattr(record, name, value)
    own = {}
    for name, value in values.items():
        if name not in later:
            own[name] = value
        elif name in mine and mine[name][1] != later[name][0]:
            raise _both_changed(kind, record, name, value, later[name][1])
    return own


def _both_changed(
    kind: RecordType, record: Record, name: str, value: object, who: str
) -> RowRefusedError:
    is_personal = kind.spec.fields[name].is_personal
    return RowRefusedError(
        "conflict",
        _("%(code)s is version %(version)d by now: %(who)s wrote %(theirs)r, the row has %(mine)r")
        % {
            "code": record.code,
            "version": record.version,
            "who": who,
            "theirs": "…" if is_personal else str(getattr(record, name) or ""),
            "mine": "…" if is_personal else str("" if value is None else value),
        },
        column=name,
        value="" if is_personal else value,
        hint=_("write the value that shall stand and the version %(version)d, and import again")
        % {"version": record.version},
    )
