"""Checks at entry: what cannot be is refused, what is odd asks for a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.core.exceptions import ValidationError
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.engines.entry_checks import CheckLimits, odd_things
from commonweal.errors import InputError
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.catalogue import Indicator

    Item = Any  # the models import this module
    Statement = Any
LIMITS: Final = CheckLimits()
PLACES: Final = Decimal("0.000001")


def item_check(item: Item) -> None:
    """Set an item's amount in the indicator's unit and what is odd about it.

    Raises:
        ValidationError: The item was not asked for, or its unit or value cannot be.
    """
    entry = catalogue().indicators.get(item.indicator)
    if entry is None or item.is_declared is None:
        raise ValidationError(
            {
                "indicator": _("items come with the statement: %(id)r was not asked for")
                % {"id": item.indicator}
            }
        )
    item.amount = None if item.value is None else _amount(item, entry)
    if item.amount is None:
        item.odd, item.is_odd = "", False
        return
    found = odd_things(
        float(item.amount),
        previous=_number(item.previous_amount),
        computed=_number(item.computed_amount),
        peers=_peers(item),
        limits=LIMITS,
    )
    item.odd = " ".join(f"{each.check}={each.size:+.2f}" for each in found)
    item.is_odd = bool(found)


def _amount(item: Item, entry: Indicator) -> Decimal:
    """Return the value in the indicator's unit.

    Raises:
        ValidationError: The unit is another dimension, or the value lies out of bounds.
    """
    value = item.value or Decimal(0)
    try:
        scale = conversion(item.value_unit, entry.unit)
    except InputError as fault:
        raise ValidationError({"value_unit": str(fault)}) from fault
    amount = value * scale.numerator / scale.denominator
    low, high = entry.bounds
    if not low <= float(amount) <= high:
        told = {"value": f"{value.normalize():f}", "unit": item.value_unit, "of": entry.unit}
        said = _("%(value)s %(unit)s cannot be: %(low)g to %(high)g %(of)s")
        raise ValidationError({"value": said % (told | {"low": low, "high": high})})
    return amount.quantize(PLACES)


def _peers(item: Item) -> NDArray[np.float64]:
    """Return what the campaign's other units say, or said the period before, shape (peer,)."""
    rows = type(item).objects.filter(
        statement__campaign_id=item.statement.campaign_id, indicator=item.indicator
    )
    said = (
        rows.exclude(node_id=item.node_id)
        .annotate(said=Coalesce("amount", "previous_amount"))
        .order_by("pk")
    )
    numbers = [float(each) for each in said.values_list("said", flat=True) if each is not None]
    return np.array(numbers, np.float64)


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def empty_items(statement: Statement) -> Sequence[str]:
    """Return the indicators that a statement still lacks."""
    return list(statement.items.filter(value=None).values_list("indicator", flat=True))


def unexplained_items(statement: Statement) -> Sequence[str]:
    """Return the indicators whose odd value nobody has explained."""
    return list(statement.items.filter(is_odd=True, reason="").values_list("indicator", flat=True))
