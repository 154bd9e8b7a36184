"""Values as people and files give them, made into what a record holds, or refused one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db.models import DateField, DecimalField, ForeignKey, Model
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Field

    from commonweal.catalogue.reading import Names
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""As in tables that are imported: beyond lie typing errors, and days that calendars cannot hold."""


class ValuesError(InputError):
    """Some values break a rule; ``fields`` has one sentence for each of them."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Say the first as the message and keep them all."""
        self.fields = dict(fields)
        name, sentence = next(iter(self.fields.items()))
        more = len(self.fields) - 1
        suffix = _(" (and %(more)d more)") % {"more": more} if more else ""
        super().__init__(f"{name}: {sentence}{suffix}" if name else f"{sentence}{suffix}")


def named(names: Names) -> str:
    """Return a definition's name in the reader's language."""
    language = get_language() or "en"
    return names.get(language, names["en"])  # type: ignore[call-overload,no-any-return] # a known language or not


def values_clean(kind: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values in their columns' types.

    A reference is given as the code of what it refers to, or as the object itself.

    Raises:
        ValuesError: A field is unknown, or a value breaks its column's rule or is no choice.
    """
    cleaned: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, value in values.items():
        if name not in kind.spec.fields:
            refused[name] = _("there is no such field")
            continue
        try:
            cleaned[name] = _clean(kind, name, value)
        except ValidationError as fault:
            refused[name] = " ".join(fault.messages)
    if refused:
        raise ValuesError(refused)
    return cleaned


def record_check(kind: RecordType, record: Record) -> None:
    """Check a record as a whole: needed fields, and the model's own ``clean``.

    Raises:
        ValuesError: A needed field is empty, or the model refuses.
    """
    empty = {
        name: str(column.error_messages["blank"])
        for name, column in kind.columns.items()
        if not column.blank and not column.null and _is_empty(getattr(record, column.attname))
    }
    if empty:
        raise ValuesError(empty)
    try:
        record.clean()
    except ValidationError as fault:
        refused = fault.message_dict if hasattr(fault, "error_dict") else {"": fault.messages}
        raise ValuesError({name: " ".join(said) for name, said in refused.items()}) from fault


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _clean(kind: RecordType, name: str, value: object) -> object:
    column, choices = kind.columns[name], kind.spec.fields[name].choices
    if isinstance(value, str):
        value = value.strip()
        if "\0" in value:
            raise ValidationError(_("%(value)a holds a NUL character") % {"value": value})
    if _is_empty(value):
        return None if column.null else column.get_default() if column.has_default() else ""
    if choices:
        return _choice(value, choices)
    if isinstance(column, ForeignKey):
        return _referred(column, value)
    cleaned = column.clean(value, None)
    if isinstance(column, DateField) and not FIRST_YEAR <= cleaned.year <= LAST_YEAR:
        raise ValidationError(
            _("%(value)s does not lie in the years %(first)d to %(last)d")
            % {"value": str(value), "first": FIRST_YEAR, "last": LAST_YEAR}
        )
    if isinstance(column, DecimalField):  # as it is read back: the log and hashes see one spelling
        return cleaned.quantize(Decimal(1).scaleb(-column.decimal_places))
    return cleaned


def _choice(value: object, choices: Mapping[str, Names]) -> str:
    """Accept a choice by its id, or by its name in any language."""
    for choice, names in choices.items():
        if value == choice or value in names.values():
            return choice
    raise ValidationError(
        _("%(value)r is none of: %(choices)s")
        % {"value": str(value), "choices": ", ".join(choices)}
    )


def _referred(column: Field[Any, Any], value: object) -> object:
    target = column.related_model
    if isinstance(value, Model):
        return value
    found = target.objects.filter(code=value).first()  # type: ignore[union-attr] # a model
    if found is None:
        raise ValidationError(_("there is no %(value)r") % {"value": str(value)})
    return found
