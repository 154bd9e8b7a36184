"""Reading bitemporal rows: what was known at an instant, what held on a day or in each month."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from commonweal.errors import InputError
from commonweal.kernel.org.columns import integer_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    import numpy as np
    from numpy.typing import NDArray

    from commonweal.kernel.org.models import Span


def known(as_of: datetime | None = None) -> Q:
    """Return the condition "this row was our knowledge at ``as_of``" (``None``: it is now)."""
    if as_of is None:
        return Q(superseded_at=None)
    if as_of.tzinfo is None:
        raise InputError(
            f"as_of {as_of.isoformat()} has no time zone", hint="write 2024-03-01T00:00:00+08:00"
        )
    return Q(recorded_at__lte=as_of) & (Q(superseded_at=None) | Q(superseded_at__gt=as_of))


def valid_on(day: date) -> Q:
    """Return the condition "this row holds on ``day``"."""
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def overlapping(start_date: date, end_date: date | None) -> Q:
    """Return the condition "this row holds on some day from start up to, not including, end"."""
    condition = Q(valid_to=None) | Q(valid_to__gt=start_date)
    return condition if end_date is None else condition & Q(valid_from__lt=end_date)


def months_checked(months: Sequence[date]) -> tuple[date, ...]:
    """Return the months as a tuple.

    Raises:
        InputError: There is none, or they are not first days in ascending order.
    """
    if not months:
        raise InputError("no month is given", hint="pass Period.months")
    if wrong := next((day for day in months if day.day != 1), None):
        raise InputError(f"{wrong} is not the first day of a month", hint="pass Period.months")
    if any(later <= earlier for earlier, later in pairwise(months)):
        raise InputError("months are not in ascending order", hint="pass sorted, distinct months")
    return tuple(months)


def span_columns(
    rows: QuerySet[Span], months: Sequence[date], *columns: str
) -> tuple[NDArray[np.int64], ...]:
    """Return integer columns of the rows that hold in some month, and the months they hold in.

    The database compares the days and answers with positions in ``months``, so that a million
    rows arrive as integers and no date is ever parsed.

    Args:
        rows: Rows of a ``Span`` table, already narrowed by what was known.
        months: First days, ascending.
        columns: Integer columns to read.

    Returns:
        One int64 array per column, then ``first`` and ``last``: the row holds in the months
        ``first <= j < last``.
    """
    held = rows.filter(overlapping(months[0], None), valid_from__lte=months[-1])
    held = held.annotate(
        first_month=_position("valid_from", months), last_month=_position("valid_to", months)
    )
    return tuple(integer_columns(held, (*columns, "first_month", "last_month")))


def _position(column: str, months: Sequence[date]) -> Case:
    """Number of months that begin before ``column``; all of them where it is null."""
    is_open = When(**{f"{column}__isnull": True}, then=Value(len(months)))  # the commonest first
    whens = (When(**{f"{column}__lte": day}, then=Value(j)) for j, day in enumerate(months))
    return Case(is_open, *whens, default=Value(len(months)), output_field=IntegerField())
