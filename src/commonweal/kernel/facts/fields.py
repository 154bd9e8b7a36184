"""A decimal that every database keeps to the last digit.

SQLite turns a decimal of more than 15 digits into a binary float, which would change a recorded
value and its hash. There the column is text; PostgreSQL has ``numeric``.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import FieldError
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.lookups import Lookup, Transform

_EXACT: Final = Context(prec=80)
_LOOKUPS: Final = {"exact", "in", "isnull"}


class ExactDecimalField(models.DecimalField):  # type: ignore[type-arg] # not generic at run time
    """A ``DecimalField`` that may be compared for equality in SQL, and for order in Python only."""

    def get_internal_type(self) -> str:
        """Keep Django's float converter for SQLite away."""
        return "ExactDecimalField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return ``text`` for SQLite, ``numeric`` elsewhere."""
        if connection.vendor == "sqlite":
            return "text"
        return f"numeric({self.max_digits}, {self.decimal_places})"

    def from_db_value(self, value: object, *_: object) -> Decimal | None:
        """Read the digits back as they were written."""
        return None if value is None else self.quantized(Decimal(str(value)))

    def quantized(self, value: Decimal) -> Decimal:
        """Return ``value`` with the field's decimal places, half to even."""
        return value.quantize(Decimal(1).scaleb(-(self.decimal_places or 0)), context=_EXACT)

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """Refuse comparisons that SQLite would make letter by letter."""
        if lookup_name not in _LOOKUPS:
            raise FieldError(f"{self.name} cannot be compared by {lookup_name!r} in SQL")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        """Refuse transforms for the same reason."""
        raise FieldError(f"{self.name} has no transform {lookup_name!r}")
