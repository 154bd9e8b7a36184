"""Cells of generated sites: three sectors of up to four layers, in the columns of radio_cells."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from commonweal.engines.radio.sectors import N_MODES, Layers, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

N_SECTORS: Final = 3
_MODE_COLUMNS: Final = ("on_w", "rf_off_w", "carrier_off_w", "deep_sleep_w")
RHO_MAX: Final = 0.7
"""Highest load that the capacities of ``true_layers`` allow for."""
_DUPLEX: Final = {"n78": 0.74}  # share of time for the downlink where one carrier serves both
_WITHOUT_NR_2100: Final = 0.2
_SHARED: Final = 0.4
_VETOED: Final = 0.05
_PROTECTED: Final = 0.03
_FACTOR_SPREAD: Final = 0.08
_SWITCH_WH: Final = (0.0, 0.2, 1.0, 1.5)
"""Entering or leaving a mode: energy of the transition and of signalling; assumed."""


def products() -> pa.Table:
    """Return the radio units of the generated network, with their true power."""
    content = files(__package__).joinpath("products.csv").read_bytes()
    return pacsv.read_csv(BytesIO(content))


def cells(site_codes: Sequence[str], *, seed: int, from_date: date) -> pa.Table:
    """Return the cells of these sites, rows of ``radio_cells`` with sites by their codes.

    Rows are ordered by site, sector and layer, the coverage layer first. One site in five lacks
    NR at 2.1 GHz, four in ten share NR at 3.5 GHz with a partner, who may veto its sleep; three
    sectors in a hundred are protected.
    """
    rng = np.random.default_rng([seed, 1])
    units = products().to_pylist()
    rows = []
    for code in site_codes:
        without, shared, vetoed = rng.random(3) < (_WITHOUT_NR_2100, _SHARED, _VETOED)
        protected = rng.random(N_SECTORS) < _PROTECTED
        for number in range(1, N_SECTORS + 1):
            rows += [
                _row(code, number, unit, from_date)
                | {"protected": "yes" if protected[number - 1] else "no"}
                | _partner(unit, shared=bool(shared), vetoed=bool(vetoed))
                for unit in units
                if not (without and unit["band"] == "n1")
            ]
    return pa.Table.from_pylist(rows)


def _row(code: str, number: int, unit: dict[str, object], from_date: date) -> dict[str, object]:
    is_nr = unit["rat"] == "nr"
    name = f"{number}-{unit['band']}"
    copied = ("rat", "band", "bandwidth_mhz", "channels", "ru_model", "role")
    return {
        "site_id": code,
        "sector": str(number),
        "cell_id": f"{code}-{name}",
        "from_date": from_date,
        "state": "in_service",
        "element_dn": f"ManagedElement={code}-{'gnb' if is_nr else 'enb'}",
        "cell_dn": f"GNBDUFunction=1,NRCellDU={name}"
        if is_nr
        else f"ENBFunction=1,EUtranCellFDD={name}",
        **{column: unit[column] for column in copied},
        "board": f"{unit['band']}-board",
        "spectral_efficiency_bit_s_hz": unit["spectral_efficiency_bit_s_hz"],
    }


def _partner(unit: dict[str, object], *, shared: bool, vetoed: bool) -> dict[str, object]:
    if not (shared and unit["band"] == "n78"):
        return {"partner": None, "partner_share": None, "partner_sleep": None}
    veto = "vetoed" if vetoed else "allowed"
    return {"partner": "Partner operator", "partner_share": 0.5, "partner_sleep": veto}


@dataclass(frozen=True, slots=True)
class Sectors:
    """Cells laid out as sector × layer; empty text where a sector has no such layer.

    ``row`` is the position in the table of cells, -1 where there is none.
    """

    row: NDArray[np.int64]
    cell_id: NDArray[np.str_]
    element_dn: NDArray[np.str_]
    cell_dn: NDArray[np.str_]
    board: NDArray[np.str_]


def sectors(table: pa.Table) -> Sectors:
    """Lay out cells, in the order of their rows: sectors as they appear, layers within."""
    keys = list(zip(table["site_id"].to_pylist(), table["sector"].to_pylist(), strict=True))
    number = {key: position for position, key in enumerate(dict.fromkeys(keys))}
    sector = np.array([number[key] for key in keys], np.int64)
    layer = np.zeros(len(keys), np.int64)
    met = np.zeros(len(number), np.int64)
    for position, at in enumerate(sector.tolist()):
        layer[position] = met[at]
        met[at] += 1
    row = np.full((len(number), int(met.max(initial=0))), -1, np.int64)
    row[sector, layer] = np.arange(len(keys))
    texts = []
    for name in ("cell_id", "element_dn", "cell_dn", "board"):
        values = np.array([*table[name].to_pylist(), ""], np.str_)
        texts.append(values[row])
    return Sectors(row, *texts)


def true_layers(table: pa.Table, *, seed: int) -> Layers:
    """Return what the generated cells truly may do, carry and draw.

    Each element differs from its products' figures by a factor of its own, which nobody is told.
    """
    found = sectors(table)
    present = found.row >= 0
    at = np.where(present, found.row, 0)
    units = {unit["ru_model"]: unit for unit in products().to_pylist()}
    of_row = [units[model] for model in table["ru_model"].to_pylist()]
    factor = _factors(table["element_dn"].to_pylist(), seed)
    watts = np.array(
        [[u["on_w"], u["rf_off_w"], u["carrier_off_w"], u["deep_sleep_w"]] for u in of_row]
    )
    span = np.array([unit["full_w"] - unit["on_w"] for unit in of_row])
    full_mbit_s = np.array(
        [
            u["bandwidth_mhz"] * u["spectral_efficiency_bit_s_hz"] * _DUPLEX.get(u["band"], 1.0)
            for u in of_row
        ]
    )
    capacity = np.zeros((*present.shape, N_MODES), np.float32)
    capacity[..., Mode.ON] = full_mbit_s[at] * RHO_MAX
    capacity[..., Mode.RF_OFF] = capacity[..., Mode.ON] * 0.6
    slope = (span * factor / full_mbit_s)[at]
    absent = ~present
    capacity[absent] = 0.0
    base = np.where(present[..., None], (watts * factor[:, None])[at], 0.0)
    return Layers(
        present=present,
        is_nr=np.array([unit["rat"] == "nr" for unit in of_row])[at] & present,
        allowed=_allowed(table)[at] & present[..., None],
        capacity_mbit_s=capacity,
        base_w=base.astype(np.float32),
        slope_w_per_mbit_s=np.where(present, slope, 0.0).astype(np.float32),
        switch_wh=np.where(present[..., None], np.array(_SWITCH_WH, np.float32), np.float32(0)),
    )


def _factors(element_dn: list[str], seed: int) -> NDArray[np.float64]:
    """Return a factor for each row, equal within an element."""
    rng = np.random.default_rng([seed, 2])
    names = dict.fromkeys(element_dn)
    drawn = np.exp(rng.normal(0.0, _FACTOR_SPREAD, len(names)))
    of = dict(zip(names, drawn, strict=True))
    return np.array([of[name] for name in element_dn])


def _allowed(table: pa.Table) -> NDArray[np.bool_]:
    """Return which modes each row may take: row × mode."""
    allowed = np.zeros((table.num_rows, N_MODES), bool)
    allowed[:, Mode.ON] = True
    roles, shields, vetoes = (
        table[name].to_pylist() for name in ("role", "protected", "partner_sleep")
    )
    for position, (role, shield, veto) in enumerate(zip(roles, shields, vetoes, strict=True)):
        allowed[position, 1:] |= role == "booster" and shield == "no" and veto != "vetoed"
    return allowed
