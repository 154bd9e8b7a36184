"""Fields of forms, made from columns and definitions; what is typed is never lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.models import Record
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named
from commonweal.periods import BUSINESS_ZONE
from commonweal.web.pages.scope import Choice
from commonweal.web.pages.work.texts import (
    field_unit,
    record_title,
    references,
    value_text,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.registry import RecordType

_MOST_OFFERED: Final = 500
_FORMS: Final = (  # a kind of column before what it derives from
    (models.BooleanField, "flag"),
    (models.ForeignKey, "reference"),
    (models.DateTimeField, "instant"),
    (models.DateField, "date"),
    (models.DecimalField, "number"),
    (models.IntegerField, "number"),
    (models.FloatField, "number"),
    (models.TextField, "long"),
)
_WIDE: Final = 120
"""A text that may be longer stands on a line of its own."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form.

    ``was`` is the value that the form began with, so that only what was changed is sent on;
    ``theirs`` is what somebody else made of it meanwhile.
    """

    name: str
    label: str
    form: str
    value: str
    was: str = ""
    help: str = ""
    unit: str = ""
    example: str = ""
    error: str = ""
    theirs: str = ""
    is_needed: bool = False
    is_wide: bool = False
    max_length: int | None = None
    options: tuple[Choice, ...] = ()


def fields_entered(kind: RecordType) -> tuple[str, ...]:
    """Return the fields that a record's own form has, in the order of the definition.

    What effects compute is left out, and what may be empty and an action asks for later.
    """
    asked = {name for each in kind.spec.transitions for name in each.asks}
    later = {name for name in asked if kind.columns[name].blank or kind.columns[name].null}
    return tuple(
        name
        for name, spec in kind.spec.fields.items()
        if not spec.is_computed and name not in later
    )


def inputs(  # noqa: PLR0913 - keywords
    kind: RecordType,
    names: Iterable[str],
    *,
    record: Record | None,
    typed: Mapping[str, str] | None,
    errors: Mapping[str, str],
    language: str,
    scope: Scope,
    needed: Iterable[str] = (),
    is_conflict: bool = False,
) -> tuple[Input, ...]:
    """Return inputs for fields: with what was typed, else what the record holds.

    In a conflict a field that was not touched takes the others' value, and one that was keeps
    what was typed and shows theirs beside it.
    """
    must = set(needed)
    return tuple(
        _input(
            kind,
            name,
            record=record,
            typed=typed,
            error=errors.get(name, ""),
            language=language,
            scope=scope,
            is_needed=name in must,
            is_conflict=is_conflict,
        )
        for name in names
    )


def _input(  # noqa: PLR0913 - keywords
    kind: RecordType,
    name: str,
    *,
    record: Record | None,
    typed: Mapping[str, str] | None,
    error: str,
    language: str,
    scope: Scope,
    is_needed: bool,
    is_conflict: bool,
) -> Input:
    spec, column = kind.spec.fields[name], kind.columns[name]
    form = field_form(kind, name)
    held = getattr(record, name) if record is not None else None
    was = written(held) if record is not None else _default(column)
    value, start = was, was
    if typed is not None:
        value, start = typed.get(name, ""), typed.get(f"was-{name}", was)
    theirs = ""
    if is_conflict:
        value = was if value == start else value
        theirs = (value_text(kind, name, held, language) or "–") if start != was != value else ""
        start = was
    max_length = getattr(column, "max_length", None)
    return Input(
        name=name,
        label=named(spec.name),
        form=form,
        value=value,
        was=start,
        help=named(spec.help) if spec.help else "",
        unit=field_unit(kind, name, language),
        example=spec.example if form in {"text", "number", "reference"} else "",
        error=error,
        theirs=theirs,
        is_needed=is_needed or _is_needed(column),
        is_wide=form == "long" or (form == "text" and (max_length or 0) > _WIDE),
        max_length=max_length if form in {"text", "long"} else None,
        options=_options(kind, name, form, scope, language),
    )


def field_form(kind: RecordType, name: str) -> str:
    """Return how a field is entered: ``choice flag reference instant date number long text``."""
    if kind.spec.fields[name].choices:
        return "choice"
    column = kind.columns[name]
    return next((form for what, form in _FORMS if isinstance(column, what)), "text")


def _default(column: models.Field[Any, Any]) -> str:
    return written(column.get_default()) if column.has_default() else ""


def _is_needed(column: models.Field[Any, Any]) -> bool:
    return not (column.blank or column.null or isinstance(column, models.BooleanField))


def _options(
    kind: RecordType, name: str, form: str, scope: Scope, language: str
) -> tuple[Choice, ...]:
    if form == "choice":
        found = kind.spec.fields[name].choices.items()
        return tuple(Choice(value, named(names)) for value, names in found)
    if form != "reference":
        return ()
    target = kind.columns[name].related_model
    if not isinstance(target, type):
        return ()
    if issubclass(target, Node):
        return tuple(nodes_offered(Node.objects.all(), language))
    if issubclass(target, Record):
        return tuple(_records_offered(target, scope))
    return ()


def nodes_offered(nodes: models.QuerySet[Node], language: str) -> Iterable[Choice]:
    """Yield nodes by code, with their name."""
    column = f"name_{language.replace('-', '_')}"
    for code, name in nodes.order_by("code").values_list("code", column)[:_MOST_OFFERED]:
        yield Choice(code, f"{name} ({code})")


def _records_offered(target: type[Record], scope: Scope) -> Iterable[Choice]:
    """Yield the newest records that may be read, with their titles."""
    kind = record_type(target._meta.label_lower)  # noqa: SLF001 - public _meta
    rows = scope.visible(target.objects.select_related(*references(kind)))
    for row in rows.order_by("-pk")[:_MOST_OFFERED]:
        title = record_title(kind, row, get_language() or "en")
        yield Choice(row.code, f"{title} ({row.code})" if title else row.code)


def entered(kind: RecordType, typed: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    """Return what was typed as services take it: marks of thousands and the zone resolved."""
    return {name: _entered(kind, name, typed.get(name, "")) for name in names}


def changed(typed: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Return the fields whose value differs from the one that the form began with."""
    return [name for name in names if typed.get(name, "") != typed.get(f"was-{name}", "")]


def _entered(kind: RecordType, name: str, text: str) -> object:
    form = field_form(kind, name)
    if form == "flag":
        return bool(text)
    if form == "number":
        return text.replace(",", "").replace("，", "").strip()
    if form == "instant" and text:
        with suppress(ValueError):  # the column says what is wrong with it
            return datetime.fromisoformat(text).replace(tzinfo=BUSINESS_ZONE)
    return text


def errors_top(kind: RecordType, errors: Mapping[str, str], shown: Iterable[str]) -> list[str]:
    """Return the errors of fields that the form does not show, each with the field's name."""
    names = set(shown)
    found = []
    for name, sentence in errors.items():
        if name in names:
            continue
        spec = kind.spec.fields.get(name)
        found.append(
            _("%(field)s: %(what)s") % {"field": named(spec.name), "what": sentence}
            if spec
            else sentence
        )
    return found
