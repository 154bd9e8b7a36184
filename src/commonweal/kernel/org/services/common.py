"""What every change shares: finding the record, writing plain fields, telling the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from commonweal.errors import InputError, StateError
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

M = TypeVar("M", bound=models.Model)
LANGUAGES = ("zh_hant", "zh_hans", "en")


class NothingChangesError(StateError):
    """The record already says so; an event would only add noise."""


def record_get(model: type[M], code: str) -> M:
    """Return a record by code.

    Raises:
        InputError: There is none.
    """
    found = model._default_manager.filter(code=code).first()  # noqa: SLF001 - its public name
    if found is None:
        what = model._meta.verbose_name_raw  # noqa: SLF001 - messages are not translated
        raise InputError(f"no {what} {code!r}", hint="see `commonweal org --help`")
    return found


def code_free_check(model: type[models.Model], code: str) -> None:
    """Refuse a code that another record has."""
    if model._default_manager.filter(code=code).exists():  # noqa: SLF001 - its public name
        what = model._meta.verbose_name_raw  # noqa: SLF001 - messages are not translated
        raise StateError(f"{what} {code!r} exists already", hint="choose another code")


def names_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return the three name fields; a language that is not given takes another's name.

    >>> names_of({"en": "Guangdong"})["name_zh_hant"]
    'Guangdong'
    """
    given = {key.lower().replace("-", "_"): name.strip() for key, name in names.items() if name}
    if unknown := sorted(given.keys() - {*LANGUAGES}):
        raise InputError(f"{unknown[0]!r} is no language of a name", hint="zh-hant, zh-hans, en")
    if not given:
        raise InputError("a name is missing in every language", hint="give at least one")
    first = next(given[key] for key in LANGUAGES if key in given)
    return {f"name_{key}": given.get(key, first) for key in LANGUAGES}


def fields_update(
    record: models.Model,
    *,
    record_type: str,
    changes: Mapping[str, Any],
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Change plain fields of a record and tell what they were.

    Raises:
        NothingChangesError: They have these values already.
    """
    before = {name: getattr(record, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        raise NothingChangesError(f"{record} has these values already")
    for name, value in changed.items():
        setattr(record, name, value)
    record.save(update_fields=list(changed))
    event_append(
        record_type=record_type,
        record_key=str(record),
        action="updated",
        actor=actor,
        content={
            "before": {name: before[name] for name in changed},
            "after": changed,
            "reason": reason,
        },
        now=now,
    )
