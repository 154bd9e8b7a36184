"""Which method a purchase takes: its supplier's footprint, else its quantity, else its price.

Exactly one, for each purchase: so none is counted twice, and none is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.value_chain.pact import UNITS
from commonweal.errors import InputError
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

BY_SUPPLIER = "supplier_footprint"
"""Carrier of what footprints say, kgCO2e."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A footprint in use, for looking purchases up."""

    code: str
    unit: str
    declared_amount: float
    pcf_kgco2e: float
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Counted:
    """One purchase by its method: the carrier says which, the quantity is in its unit."""

    carrier: str
    quantity: float
    footprint: str = ""
    has_odd_unit: bool = False
    """Whether a footprint was in force and its unit is not that of the purchase."""

    @property
    def is_by_spend(self) -> bool:
        """Whether only the price says something."""
        return self.carrier.startswith("spend_")


def in_force(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[InForce]]:
    """Return footprints by supplier (as written, case aside) and product."""
    found: dict[tuple[str, str], list[InForce]] = {}
    for row in rows:
        each = InForce(
            row["id"],
            UNITS[row["declared_unit"]],
            float(row["declared_amount"]),
            float(row["pcf_kgco2e"]),
            row["valid_from"],
            row["valid_until"],
        )
        for product in row["product_ids"].split():
            found.setdefault((row["supplier"].casefold(), product), []).append(each)
    return found


def counted(
    purchase: Mapping[str, Any], footprints: Mapping[tuple[str, str], Sequence[InForce]]
) -> Counted:
    """Return a purchase by the best method that its row allows."""
    quantity, unit, odd = purchase["quantity"], purchase["unit"] or "", False
    if quantity is not None:
        key = (purchase["supplier"].casefold(), purchase["product"] or "")
        for each in footprints.get(key, ()):
            if each.valid_from <= purchase["purchased_date"] < each.valid_until:
                scale = _scale(unit, each.unit)
                if scale is not None:
                    declared = quantity * scale / each.declared_amount
                    return Counted(BY_SUPPLIER, declared * each.pcf_kgco2e, each.code)
                odd = True
        if material := purchase["material"]:
            scale = _scale(unit, catalogue().carriers[material].unit)
            if scale is not None:
                return Counted(material, quantity * scale, has_odd_unit=odd)
    return Counted(purchase["spend_class"], purchase["amount_cny"], has_odd_unit=odd)


@cache
def _scale(unit: str, target: str) -> float | None:
    try:
        return float(conversion(unit, target)) if unit else None
    except InputError:
        return None
