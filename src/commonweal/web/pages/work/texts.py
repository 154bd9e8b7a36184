"""How a record's values are written: for reading in a page, and for editing in a form."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth import get_user_model
from django.db.models import DecimalField, Model
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of, number_text, unit_text
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.selectors import asked
from commonweal.kernel.programmes.values import named
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_EMPTY: Final = (None, "")

references = asked.references
words_condition = asked.words_condition


def value_text(kind: RecordType, name: str, value: Any, language: str) -> str:  # noqa: ANN401 - any column's
    """Return a field's value as it is read; empty for nothing."""
    spec = kind.spec.fields[name]
    if value in _EMPTY:
        return ""
    if spec.choices:
        names = spec.choices.get(str(value))
        return named(names) if names else str(value)
    column = kind.columns[name]
    if isinstance(column, DecimalField) and isinstance(value, Decimal):
        text = number_text(value, column.decimal_places or 0)
    elif isinstance(value, int) and not spec.unit:
        text = plain_text(value, language) if isinstance(value, bool) else str(value)  # a year
    else:
        text = plain_text(value, language)
    unit = field_unit(kind, name, language)
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return f"{text} {unit}" if unit and is_number else text


def record_title(kind: RecordType, record: Record, language: str) -> str:
    """Return what a record is called; empty if its type has no title."""
    name = kind.spec.title
    return value_text(kind, name, getattr(record, name), language) if name else ""


def plain_text(value: object, language: str) -> str:  # noqa: PLR0911 - one form each
    """Return a value of no particular field as it is read."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case Decimal():
            exponent = value.as_tuple().exponent
            return number_text(value, -exponent if isinstance(exponent, int) else 0)
        case int():
            return number_text(Decimal(value), 0)
        case datetime():
            return instant_short(value)
        case date():
            return value.isoformat()
        case Node():
            return node_name(value, language_of(language))
        case _:
            return str(value)


def field_unit(kind: RecordType, name: str, language: str) -> str:
    """Return the unit printed beside a field."""
    unit = kind.spec.fields[name].unit
    return unit_text("cny" if unit == "CNY" else unit, language)


def instant_short(at: datetime | None) -> str:
    """Return an instant on the business clock, to the minute."""
    return f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}" if at else ""


def written(value: object) -> str:  # noqa: PLR0911 - one form each
    """Return a value as an input holds it.

    >>> written(Decimal("53000.00")), written(date(2024, 3, 1)), written(None)
    ('53000.00', '2024-03-01', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"{value.astimezone(BUSINESS_ZONE):%Y-%m-%dT%H:%M}"
        case date():
            return value.isoformat()
        case Model():
            return str(getattr(value, "code", value))
        case _:
            return str(value)


def people_names(actors: Iterable[str]) -> Mapping[str, str]:
    """Return what people are called, by actor or user name, in one query.

    An account's full name where it has one; who stayed anonymous is never looked up.
    """
    by_user = {actor: person_of(actor) for actor in actors if actor}
    users = get_user_model().objects.filter(username__in=set(by_user.values()))
    full = {user.get_username(): user.get_full_name() for user in users}
    found = {actor: full.get(user) or user for actor, user in by_user.items()}
    return found | {"anonymous": pgettext("a person", "anonymous"), "": ""}
