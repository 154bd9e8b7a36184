"""What happened to a record, told from its events: who, when, what, each field before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.texts import instant_short, people_names, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.records.models import Event

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
}
_ENVELOPE: Final = {
    "node": gettext_noop("organisation node"),
    "start_date": gettext_noop("from"),
    "end_date": gettext_noop("until"),
    "owner": gettext_noop("owner"),
    "due_at": gettext_noop("due"),
    "privacy": gettext_noop("privacy"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after; empty texts for nothing."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One event as it is read."""

    at: str
    who: str
    in_name_of: str
    what: str
    state: str
    """The state that was entered, if one was."""
    approval: str
    comment: str
    version: int
    differences: tuple[Difference, ...]


def timeline(kind: RecordType, events: Sequence[Event], *, language: str) -> tuple[Moment, ...]:
    """Return everything that happened to a record, the newest first."""
    people = people_names(
        {each.actor for each in events} | {each.content.get("in_name_of", "") for each in events}
    )
    return tuple(_moment(kind, each, people, language) for each in reversed(events))


def _moment(kind: RecordType, event: Event, people: Mapping[str, str], language: str) -> Moment:
    content = event.content
    spec = kind.spec.transition(event.action)
    moved = content.get("to") if content.get("to") != content.get("from") else None
    state = moved or (content.get("state") if event.action == "open" else None)
    return Moment(
        at=instant_short(event.happened_at),
        who=people.get(event.actor, event.actor),
        in_name_of=people.get(content.get("in_name_of", ""), ""),
        what=named(spec.name) if spec else _(_WORDS.get(event.action, event.action)),
        state=named(kind.spec.state(state).name) if state else "",
        approval=content.get("approval", ""),
        comment=content.get("comment", "") or content.get("text", ""),
        version=content.get("version", 0),
        differences=tuple(_differences(kind, content, language)),
    )


def _differences(
    kind: RecordType, content: Mapping[str, Any], language: str
) -> Iterator[Difference]:
    for name, (old, new) in content.get("changes", {}).items():
        spec = kind.spec.fields.get(name)
        label = named(spec.name) if spec else _(_ENVELOPE.get(name, name))
        yield Difference(
            label, told_text(kind, name, old, language), told_text(kind, name, new, language)
        )


def told_text(kind: RecordType, name: str, told: Any, language: str) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as the log was told it, as it is read; a digest says only that it is one."""
    if told is None:
        return ""
    if isinstance(told, dict):
        return _("(kept out of the log)")
    if name not in kind.spec.fields:
        return _instant_or(told)
    return value_text(kind, name, _valued(kind.columns[name], told), language)


def _instant_or(told: object) -> str:
    try:
        return instant_short(datetime.fromisoformat(str(told))) if "T" in str(told) else str(told)
    except ValueError:
        return str(told)


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
