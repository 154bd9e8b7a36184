"""Everything true about one demo operator, generated once and passed around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.demo.faults import BillFaults, bill_faults
from commonweal.demo.load import Registers, registers
from commonweal.demo.organisation import Operator, operator

if TYPE_CHECKING:
    from commonweal.demo.streams import Options


@dataclass(frozen=True, slots=True)
class World:
    """Organisation, registers and planted faults, with the codes people write."""

    options: Options
    operator: Operator
    registers: Registers
    faults: BillFaults
    meter_codes: tuple[str, ...]
    site_codes: tuple[str, ...]
    unit_codes: tuple[str, ...]


def world(options: Options) -> World:
    """Generate the operator that these options decide."""
    organisation = operator(options)
    true_use = registers(options, organisation)
    return World(
        options,
        organisation,
        true_use,
        bill_faults(options, organisation.meter_site.size, true_use.rolling),
        tuple(organisation.meter_codes()),
        tuple(organisation.site_codes()),
        tuple(organisation.unit_codes()),
    )
