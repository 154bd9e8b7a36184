"""What happened to a record as it is read: who, when, what, and each field before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from commonweal.web.pages.work.texts import instant_short, people_names, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.programmes.selectors import Change

_WORDS: Final = {
    "open": gettext_noop("opened"),
    "change": gettext_noop("changed"),
    "comment": gettext_noop("commented"),
    "attach": gettext_noop("attached a file"),
    "assign": gettext_noop("handed over"),
    "restore": gettext_noop("restored an earlier version"),
    "merge": gettext_noop("merged"),
    "unmerge": gettext_noop("merging undone"),
    "erase": gettext_noop("personal fields erased"),
    "act": gettext_noop("acted on the network"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One field before and after; empty texts for nothing."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One event as it is read; ``may_restore`` if the fields can be set back to it."""

    at: str
    who: str
    in_name_of: str
    what: str
    state: str
    approval: str
    comment: str
    version: int
    differences: tuple[Shown, ...]
    may_restore: bool


def timeline(
    kind: RecordType, changes: Sequence[Change], *, language: str, may_restore: bool
) -> tuple[Moment, ...]:
    """Return everything that happened to a record, the newest first.

    A version can be restored if fields were changed after it.
    """
    people = people_names({name for each in changes for name in (each.who, each.in_name_of)})
    found: list[Moment] = []
    was_changed = False
    for each in reversed(changes):
        is_version = each.action == "open" or bool(each.differences)
        found.append(
            _moment(kind, each, people, language, may_restore and was_changed and is_version)
        )
        was_changed = was_changed or bool(each.differences)
    return tuple(found)


def _moment(
    kind: RecordType,
    change: Change,
    people: Mapping[str, str],
    language: str,
    may_restore: bool,  # noqa: FBT001 - private
) -> Moment:
    return Moment(
        at=instant_short(change.at),
        who=people[change.who],
        in_name_of=people[change.in_name_of],
        what=event_words(change.what),
        state=change.state_name,
        approval=change.approval,
        comment=change.comment,
        version=change.version,
        differences=tuple(
            Shown(
                each.label,
                told_text(kind, each.name, each.old, language),
                told_text(kind, each.name, each.new, language),
            )
            for each in change.differences
        ),
        may_restore=may_restore,
    )


def event_words(what: str) -> str:
    """Return an event's name in the reader's language; transitions have theirs already."""
    return _(_WORDS[what]) if what in _WORDS else what


def told_text(kind: RecordType, name: str, told: Any, language: str) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as the log was told it, as it is read; a digest says only that it is one."""
    if told is None:
        return ""
    if isinstance(told, dict):
        return _("(kept out of the log)")
    if name not in kind.spec.fields:
        return _instant_or(str(told))
    return value_text(kind, name, _valued(kind.columns[name], told), language)


def _instant_or(told: str) -> str:
    try:
        return instant_short(datetime.fromisoformat(told)) if "T" in told else told
    except ValueError:
        return told


def _valued(column: models.Field[Any, Any], told: Any) -> Any:  # noqa: ANN401
    """Return a told value in its column's type, or as it is where the column has changed since."""
    try:
        if isinstance(column, models.DecimalField):
            return Decimal(str(told))
        if isinstance(column, models.DateTimeField):
            return datetime.fromisoformat(told)
        if isinstance(column, models.DateField):
            return date.fromisoformat(told)
    except (ValueError, TypeError, InvalidOperation):
        return told
    return told
