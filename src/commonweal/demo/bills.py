"""Electricity bills: one CSV a month, as the billing department exports it, faults included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.demo.faults import CORRECTED_MONTH, Fault
from commonweal.demo.load import ROLLOVER
from commonweal.demo.streams import MONTHS, stream
from commonweal.periods import month_add

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.demo.world import World

_OVERSTATED: Final = 1.15  # what the supplier estimated against what was used
_SLIP: Final = 1000.0
_FIRST_ROW: Final = 2  # row 1 is the header


@dataclass(slots=True)
class _Sheet:
    """One month's bills while being filled in; axis row."""

    meter: NDArray[np.int64]
    code: NDArray[np.object_]
    end_date: NDArray[np.object_]
    register_start: NDArray[np.float64]
    register_end: NDArray[np.float64]
    quantity_kwh: NDArray[np.float64]
    amount_cny: NDArray[np.float64]

    def taken(self, rows: NDArray[np.int64]) -> _Sheet:
        return _Sheet(*(getattr(self, name)[rows] for name in self.__slots__))

    def table(self, start_date: str) -> pa.Table:
        """Return the sheet as it is written; a cell that is not known is empty."""
        return pa.table(
            {
                "meter_id": pa.array(self.code, pa.string()),
                "start_date": pa.array([start_date] * self.code.size),
                "end_date": pa.array(self.end_date, pa.string()),
                "register_start": pa.array(self.register_start, from_pandas=True),
                "register_end": pa.array(self.register_end, from_pandas=True),
                "quantity_kwh": pa.array(self.quantity_kwh),
                "amount_cny": pa.array(self.amount_cny),
            }
        )


def bills(world: World, month: int, file: str) -> tuple[pa.Table, list[Fault]]:
    """Return one month's bills and the faults planted in them."""
    sheet = _true_sheet(world, month)
    _overstate(world, sheet, month)
    _spoil(world, sheet, month)
    sheet, faults = _add_and_drop(world, sheet, month, file)
    return sheet.table(MONTHS[month].isoformat()), faults


def correction(world: World, file: str) -> tuple[pa.Table, list[Fault]]:
    """Return the bills that the supplier restates more than a year later, now true."""
    meters = world.faults.meter["late_correction"]
    sheet = _true_sheet(world, CORRECTED_MONTH).taken(meters)
    month = f"{MONTHS[CORRECTED_MONTH]:%Y-%m}"
    faults = [
        Fault(
            "late_correction", "electricity_bills", file, code, month, row, "restates the estimate"
        )
        for row, code in enumerate(sheet.code.tolist(), start=_FIRST_ROW)
    ]
    return sheet.table(MONTHS[CORRECTED_MONTH].isoformat()), faults


def _true_sheet(world: World, month: int) -> _Sheet:
    use_ckwh = world.registers.use_ckwh[:, month]
    price = 500 + stream(world.options.seed, "prices").integers(0, 300, use_ckwh.size)  # CNY/MWh
    end_date = month_add(MONTHS[month], 1).isoformat()
    return _Sheet(
        meter=np.arange(use_ckwh.size),
        code=np.array(world.meter_codes, object),
        end_date=np.full(use_ckwh.size, end_date, object),
        register_start=world.registers.start[:, month] / 100.0,
        register_end=world.registers.start[:, month + 1] / 100.0,
        quantity_kwh=use_ckwh / 100.0,
        amount_cny=(use_ckwh * price // 1000) / 100.0,
    )


def _overstate(world: World, sheet: _Sheet, month: int) -> None:
    """Bill an estimate instead of the reading; register and amount both follow it."""
    rows = world.faults.at("late_correction", month)
    use = (world.registers.use[rows, month] * _OVERSTATED).astype(np.int64)
    sheet.register_end[rows] = (world.registers.start[rows, month] + use) % ROLLOVER / 100.0
    sheet.quantity_kwh[rows] = use * world.registers.multiplier[rows] / 100.0
    sheet.amount_cny[rows] = np.round(sheet.amount_cny[rows] * _OVERSTATED, 2)


def _spoil(world: World, sheet: _Sheet, month: int) -> None:
    """Write wrong cells into rows that stay in their place."""
    rows = world.faults.at("negative_value", month)
    sheet.quantity_kwh[rows] = -sheet.quantity_kwh[rows]
    rows = world.faults.at("no_such_day", month)
    sheet.end_date[rows] = f"{MONTHS[month]:%Y-%m}-31"  # only ever a February
    for kind in ("unit_slip", "unit_slip_no_register"):
        rows = world.faults.at(kind, month)
        up = rows % 2 == 0
        sheet.quantity_kwh[rows] = np.where(
            up, sheet.quantity_kwh[rows] * _SLIP, np.round(sheet.quantity_kwh[rows] / _SLIP, 5)
        )
    rows = world.faults.at("unit_slip_no_register", month)
    sheet.register_start[rows] = np.nan
    sheet.register_end[rows] = np.nan


def _add_and_drop(world: World, sheet: _Sheet, month: int, file: str) -> tuple[_Sheet, list[Fault]]:
    """Leave out the missing bills, append the repeated and the unknown, list every fault."""
    missing = world.faults.at("missing_bill", month)
    repeated = world.faults.at("duplicate_row", month)
    stray = world.faults.at("unknown_meter", month)
    kept = np.setdiff1d(sheet.meter, missing)
    spoilt = sheet.taken(np.concatenate([kept, repeated, stray]))
    spoilt.code[kept.size + repeated.size :] = [
        world.meter_codes[meter].replace("M-", "X-", 1) for meter in stray.tolist()
    ]
    written = f"{MONTHS[month]:%Y-%m}"

    def fault(kind: str, row: int | None, code: str) -> Fault:
        return Fault(kind, "electricity_bills", file, code, written, row)

    faults = [fault("missing_bill", None, world.meter_codes[meter]) for meter in missing.tolist()]
    for kind in ("negative_value", "no_such_day", "unit_slip", "unit_slip_no_register"):
        rows = np.searchsorted(kept, world.faults.at(kind, month))
        faults += [fault(kind, r + _FIRST_ROW, spoilt.code[r]) for r in rows.tolist()]
    start = world.registers.start
    rolled = world.registers.rolling
    rolled = rolled[start[rolled, month + 1] < start[rolled, month]]
    rows = np.searchsorted(kept, rolled)
    faults += [fault("rollover", r + _FIRST_ROW, spoilt.code[r]) for r in rows.tolist()]
    added = ["duplicate_row"] * repeated.size + ["unknown_meter"] * stray.size
    faults += [
        fault(kind, row + _FIRST_ROW, spoilt.code[row])
        for row, kind in enumerate(added, start=kept.size)
    ]
    return spoilt, faults
