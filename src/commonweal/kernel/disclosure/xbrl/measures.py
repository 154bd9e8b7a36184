"""Units of the catalogue as XBRL measures: base units of registries where there are some.

A filing says kWh, t, GJ, m³ and tCO₂e by the units registry of XBRL International, money by ISO
4217, shares as pure numbers. What no registry has (tonnes of coal equivalent, villages, visits)
is a unit of our own namespace. Multiples are powers of ten of one measure: 3 MWh is 3 × 10³ kWh.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from typing import Final

from commonweal.kernel.disclosure.xbrl.names import ISO4217, UNITS, UTR, XBRLI

EXACT: Final = Context(prec=80)
"""Wide enough that no value of the register is ever rounded on the way."""

PREFIXES: Final = {"xbrli": XBRLI, "iso4217": ISO4217, "utr": UTR, "cwu": UNITS}

# Unit: (measure, power of ten). What is not here is a unit of our own by its own name.
_PARTS: Final[dict[str, tuple[str, int]]] = {
    "": ("xbrli:pure", 0),
    "1": ("xbrli:pure", 0),
    "dimensionless": ("xbrli:pure", 0),
    "percent": ("xbrli:pure", -2),
    "percentage_point": ("xbrli:pure", -2),
    "kWh": ("utr:kWh", 0),
    "MWh": ("utr:kWh", 3),
    "GWh": ("utr:kWh", 6),
    "TWh": ("utr:kWh", 9),
    "GJ": ("utr:GJ", 0),
    "t": ("utr:t", 0),
    "kg": ("utr:t", -3),
    "m3": ("utr:m3", 0),
    "tco2e": ("utr:tCO2e", 0),
    "kgco2e": ("utr:tCO2e", -3),
    "ktco2e": ("utr:tCO2e", 3),
    "tce": ("cwu:tce", 0),
    "kgce": ("cwu:tce", -3),
    "ktce": ("cwu:tce", 3),
    "TB": ("cwu:TB", 0),
    "PB": ("cwu:TB", 3),
    "EB": ("cwu:TB", 6),
    "cny": ("iso4217:CNY", 0),
    "Mcny": ("iso4217:CNY", 6),
    "hour": ("cwu:h", 0),
}
_WHOLE: Final = {"Tbit/s": "Tbps"}  # a quotient that is one unit
_TYPES: Final = {
    "iso4217:CNY": "xbrli:monetaryItemType",
    "xbrli:pure": "xbrli:pureItemType",
    "utr:kWh": "dtr:energyItemType",
    "utr:GJ": "dtr:energyItemType",
    "utr:t": "dtr:massItemType",
    "utr:m3": "dtr:volumeItemType",
    "utr:tCO2e": "dtr:ghgEmissionsItemType",
}


@dataclass(frozen=True, slots=True, order=True)
class Measure:
    """A unit of a filing: one measure, or one by another."""

    over: str
    under: str = ""

    @property
    def oim(self) -> str:
        """As xBRL-JSON writes it; empty for a pure number."""
        if not self.under:
            return "" if self.over == "xbrli:pure" else self.over
        return f"{self.over}/{self.under}"

    @property
    def id(self) -> str:
        """As an identifier: ``u-tCO2e-per-TB``."""
        parts = [part.partition(":")[2] for part in (self.over, self.under) if part]
        return "u-" + "-per-".join(parts)

    @property
    def item_type(self) -> str:
        """The XBRL type of a concept measured so."""
        plain = "xbrli:decimalItemType"
        return plain if self.under else _TYPES.get(self.over, plain)


@cache
def measure_of(unit: str) -> tuple[Measure, int]:
    """Return a unit's measure, and the power of ten that turns its numbers into that measure's.

    >>> measure_of("kgco2e/TB")
    (Measure(over='utr:tCO2e', under='cwu:TB'), -3)
    >>> measure_of("percent")[1], measure_of("village")[0].oim
    (-2, 'cwu:village')
    """
    over, _, under = _WHOLE.get(unit, unit).partition("/")
    measure, power = _PARTS.get(over, (f"cwu:{over}", 0))
    if not under:
        return Measure(measure), power
    below, power_below = _PARTS.get(under, (f"cwu:{under}", 0))
    return Measure(measure, below), power - power_below


def shifted(value: Decimal, power: int) -> Decimal:
    """Return value × 10^power, exactly."""
    return EXACT.scaleb(value, power)
