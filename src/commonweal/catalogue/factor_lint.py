"""Lint of factor rows: published tables are often wrong by a unit, a typing slip or a mixed basis.

LHV × carbon content × oxidation × 44/12 reproduces an emission factor, LHV × kg/TJ × GWP that of
another gas; kcal / 7000 reproduces a coal equivalent; the parts of a blend reproduce the whole; and
every value lies in the range that physics leaves its carrier. Values that circulate and are known
to be wrong are refused by name.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from commonweal.catalogue.reading import PACKAGE, csv_read, unit_dimension
from commonweal.errors import DefinitionError, InputError
from commonweal.units import conversion

if TYPE_CHECKING:
    from commonweal.catalogue.factors import FactorRow, FactorTable

_KCAL_PER_KGCE: Final = 7000  # definition of standard coal, GB/T 2589
_CO2_PER_CARBON: Final = Decimal(44) / 12
_TOLERANCE: Final = Decimal("0.0006")  # relative: published values have four or five digits

# Lowest and highest value that physics leaves, in the unit given: a slip of 10 or 1000, or coal's
# value on gas, falls outside. Zero is admitted where a market's rule may set it.
_RANGES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("electricity", "kgce/kWh"): ("0.12", "0.45"),
    ("electricity", "kgco2e/kWh"): ("0", "1.30"),
    ("heat", "kgce/GJ"): ("34", "60"),
    ("heat", "tco2e/GJ"): ("0", "0.20"),
    ("diesel", "kgce/kg"): ("1.40", "1.50"),
    ("gasoline", "kgce/kg"): ("1.40", "1.52"),
    ("lpg", "kgce/kg"): ("1.60", "1.80"),
    ("raw_coal", "kgce/kg"): ("0.30", "1.00"),
    ("natural_gas", "kgce/m3"): ("1.00", "1.40"),
    ("diesel", "tco2e/t"): ("2.9", "3.3"),
    ("gasoline", "tco2e/t"): ("2.8", "3.2"),
    ("lpg", "tco2e/t"): ("2.8", "3.2"),
    ("raw_coal", "tco2e/t"): ("1.0", "2.6"),
    ("natural_gas", "kgco2e/m3"): ("1.7", "2.3"),
    ("r22", "kgco2e/kg"): ("1500", "2300"),
    ("r23", "kgco2e/kg"): ("11000", "16000"),
    ("r32", "kgco2e/kg"): ("500", "900"),
    ("r125", "kgco2e/kg"): ("2500", "4000"),
    ("r134a", "kgco2e/kg"): ("1200", "1700"),
    ("r143a", "kgco2e/kg"): ("3800", "6000"),
    ("r404a", "kgco2e/kg"): ("3000", "5500"),
    ("r407c", "kgco2e/kg"): ("1400", "2200"),
    ("r410a", "kgco2e/kg"): ("1700", "2600"),
    ("sf6", "kgco2e/kg"): ("22000", "27000"),
    ("hfc227ea", "kgco2e/kg"): ("2700", "4100"),
    ("upstream diesel", "tco2e/t"): ("0.2", "1.5"),
    ("upstream gasoline", "tco2e/t"): ("0.2", "1.5"),
    ("upstream lpg", "tco2e/t"): ("0.1", "1.2"),
    ("upstream natural_gas", "kgco2e/m3"): ("0.05", "1.0"),
    ("upstream raw_coal", "tco2e/t"): ("0.02", "1.0"),
    ("upstream electricity", "kgco2e/kWh"): ("0.005", "0.40"),
    ("travel_air_domestic", "kgco2e/km"): ("0.08", "0.40"),
    ("travel_air_short", "kgco2e/km"): ("0.06", "0.30"),
    ("travel_air_long", "kgco2e/km"): ("0.05", "0.60"),
    ("travel_rail", "kgco2e/km"): ("0.001", "0.12"),
    ("travel_metro", "kgco2e/km"): ("0.005", "0.12"),
    ("travel_bus", "kgco2e/km"): ("0.01", "0.25"),
    ("travel_coach", "kgco2e/km"): ("0.01", "0.10"),
    ("travel_taxi", "kgco2e/km"): ("0.02", "0.40"),
    ("travel_car", "kgco2e/km"): ("0.02", "0.45"),
    ("travel_hotel", "kgco2e/item"): ("2", "200"),
    ("material_it", "kgco2e/kg"): ("5", "100"),
    ("material_large_electrical", "kgco2e/kg"): ("1", "15"),
    ("material_small_electrical", "kgco2e/kg"): ("1", "30"),
    ("material_li_battery", "kgco2e/kg"): ("2", "40"),
    ("material_paper", "kgco2e/kg"): ("0.4", "4"),
    ("material_plastic", "kgco2e/kg"): ("1", "8"),
    ("spend_network_equipment", "kgco2e/cny"): ("0.001", "2"),
    ("spend_it_equipment", "kgco2e/cny"): ("0.001", "2"),
    ("spend_construction", "kgco2e/cny"): ("0.001", "2"),
    ("spend_maintenance", "kgco2e/cny"): ("0.001", "2"),
    ("spend_services", "kgco2e/cny"): ("0.001", "2"),
    ("spend_office", "kgco2e/cny"): ("0.001", "2"),
    ("spend_transport", "kgco2e/cny"): ("0.001", "2"),
    ("spend_other", "kgco2e/cny"): ("0.001", "2"),
}


def lint(row: FactorRow, where: str) -> FactorRow:
    """Return the row if it passes.

    Raises:
        DefinitionError: The value does not follow from its own parts, or is out of range.
    """
    _not_known_as_wrong(row, where)
    if row.kcal is not None:
        _agrees(row, row.kcal / _KCAL_PER_KGCE, f"{row.kcal} kcal / {_KCAL_PER_KGCE}", where)
    if row.lhv_gj and row.carbon_tc_per_gj and row.oxidation:
        parts = row.lhv_gj * row.carbon_tc_per_gj * row.oxidation * _CO2_PER_CARBON
        _agrees(row, parts * _per(row, where), "LHV × carbon content × oxidation × 44/12", where)
    if row.lhv_gj and row.gas_kg_per_tj and row.gwp:
        parts = row.lhv_gj * row.gas_kg_per_tj * row.gwp / 1_000_000
        _agrees(row, parts * _per(row, where), "LHV × kg/TJ × GWP", where)
    else:
        _in_range(row, where)
    return row


@cache
def _wrong_values() -> dict[tuple[str, str, str, Decimal], str]:
    """Return why some values that circulate are wrong, by factor, carrier, place and value."""
    return {
        (cells["factor"], cells["carrier"], cells["place"], Decimal(cells["value"])): cells["why"]
        for _, cells in csv_read(PACKAGE / "catalogue" / "definitions" / "wrong_values.csv")
    }


def _not_known_as_wrong(row: FactorRow, where: str) -> None:
    for place in (row.place, "*"):
        if why := _wrong_values().get((row.factor, row.carrier, place, row.value)):
            raise DefinitionError(
                f"{where}: {row.carrier} {row.value} {row.unit} in {row.place} {why}",
                hint="take the value from the announcement itself",
            )


def lint_blends(table: FactorTable) -> None:
    """Check that each blend of a table follows from the rows of its parts.

    Raises:
        DefinitionError: The shares are not a whole, a part has no row of the same gas set that was
            known by then, or the value is another.
    """
    for row in table.rows:
        if not row.blend:
            continue
        where = f"factor {table.id!r}, row {row.reference}"
        parts = {c: Decimal(share) for c, share in (p.split(":") for p in row.blend.split())}
        if sum(parts.values()) != 1:
            raise DefinitionError(f"{where}: shares of the blend add up to {sum(parts.values())}")
        values = {r.carrier: r.value for r in table.rows if r.known_from <= row.known_from}
        if missing := sorted(set(parts) - set(values)):
            raise DefinitionError(f"{where}: no row for {missing[0]!r}, a part of the blend")
        whole = sum((share * values[part] for part, share in parts.items()), Decimal())
        _agrees(row, whole, f"its parts ({row.blend})", where)


def _per(row: FactorRow, where: str) -> Decimal:
    """Return how many of the row's unit are one tCO2e per unit of fuel."""
    try:
        ratio = conversion(f"tco2e/{row.unit.partition('/')[2]}", row.unit)
    except InputError as fault:
        raise DefinitionError(
            f"{where}: {row.unit!r} is not emissions per unit of fuel, but heating value is given"
        ) from fault
    return Decimal(ratio.numerator) / ratio.denominator


def _agrees(row: FactorRow, expected: Decimal, rule: str, where: str) -> None:
    # half a unit of the last printed digit, or four digits, whichever is wider
    exponent = row.value.as_tuple().exponent
    rounding = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2
    if abs(row.value - expected) > max(rounding, expected * _TOLERANCE):
        raise DefinitionError(
            f"{where}: {row.carrier} {row.value} {row.unit}, but {rule} gives {expected:.6g}",
            hint="a unit slip, or parts of another table: correct against the source",
        )


def _in_range(row: FactorRow, where: str) -> None:
    of = f"{row.stage} {row.carrier}".strip()
    for (carrier, unit), (low, high) in _RANGES.items():
        if carrier != of or unit_dimension(unit) != unit_dimension(row.unit):
            continue  # another quantity than this range is about
        ratio = conversion(row.unit, unit)
        value = row.value * ratio.numerator / ratio.denominator
        if not Decimal(low) <= value <= Decimal(high):
            raise DefinitionError(
                f"{where}: {row.carrier} {row.value} {row.unit} is outside {low} to {high} {unit}",
                hint="check the unit and the decimal point against the source",
            )
