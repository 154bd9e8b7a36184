"""Files in the layout of the ITU's power modelling set, as hours of stations.

Inventory ``BS CellName RUType Mode Frequency Bandwidth Antennas TXpower``, loads ``Time BS CellName
load ESMode1 …``, energy ``Time BS Energy``, questions ``Time BS Energy w``; times are written
``1/31/2023 13:00``, month first, by a local clock. A row that cannot be read is told and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.radio.network.power.texts import (
    EPOCH,
    Table,
    Told,
    hours_of,
    optional,
    table_read,
)
from commonweal.engines.radio.panel import Panel
from commonweal.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

_NUMBERS: Final = ("Frequency", "Bandwidth", "Antennas", "TXpower")
_INVENTORY: Final = ("BS", "CellName", "RUType", "Mode", *_NUMBERS)
_CELLS: Final = 2
_MARGIN_H: Final = 3
"""Hours on either side for clocks that differ."""
_MOST_H: Final = 400 * 24


@dataclass(frozen=True)
class Stations:
    """What the files say.

    Attributes:
        panel: Hours as the files name them, ``_MARGIN_H`` unknown ones on either side.
        codes: Codes of the stations, sorted. Shape (station,).
        products: Names of the products, by index.
        attributes: Numbers that describe a station, NaN where unknown. Shape (station, any).
        in_inventory: Shape (station,).
        modes: Names of the sleep modes.
        begin_at: Local time of hour 0 of the panel.
        told: Rows that were left out.
    """

    panel: Panel
    codes: NDArray[np.object_]
    products: tuple[str, ...]
    attributes: Doubles
    in_inventory: NDArray[np.bool_]
    modes: tuple[str, ...]
    begin_at: datetime
    told: Told


@dataclass(frozen=True)
class Questions:
    """Rows to answer: as written, and where they lie in the panel (-1 for a bad row)."""

    rows: pa.Table
    station: Ints
    hour: Ints
    energy: Doubles
    weight: Doubles


def stations_read(
    inventory: Path, load: Path, energy: Path, test: Path | None = None
) -> tuple[Stations, Questions | None]:
    """Return the hours of stations, and the questions of a test file.

    Raises:
        InputError: A file lacks a column or has no row that can be read.
    """
    told = Told()
    cells = table_read(inventory, _INVENTORY, _NUMBERS, (), told)
    loads = table_read(load, ("Time", "BS", "CellName", "load"), ("load",), ("ESMode",), told)
    meters = table_read(energy, ("Time", "BS", "Energy"), ("Energy",), (), told)
    asked = table_read(test, ("Time", "BS"), (), (), told) if test else None
    files = [each for each in (cells, loads, meters, asked) if each is not None]
    codes = np.unique(np.concatenate([each.text("BS") for each in files]).astype(str))
    timed = {id(each): hours_of(each.text("Time")) for each in files if each is not cells}
    every = np.concatenate(list(timed.values()))
    first = int(every.min()) // 24 * 24 - _MARGIN_H
    n_hours = int(every.max()) - first + 1 + _MARGIN_H
    if n_hours > _MOST_H:
        raise InputError(
            f"the files span {n_hours // 24} days", hint="is the year of a row wrong? 400 at most"
        )
    station = {id(each): np.searchsorted(codes, each.text("BS").astype(str)) for each in files}
    modes = tuple(name for name in loads.texts.column_names if name.startswith("ESMode"))
    load_, share = _loads(loads, station[id(loads)], timed[id(loads)] - first, n_hours, len(codes))
    energy_ = np.full((len(codes), n_hours), np.nan)
    energy_[station[id(meters)], timed[id(meters)] - first] = meters.text("Energy").astype(float)
    built = _built(cells, station[id(cells)], len(codes))
    found = Stations(
        panel=Panel(load_, share, energy_, built.product, built.configuration),
        codes=codes.astype(object),
        products=built.products,
        attributes=np.column_stack([built.attributes, built.product]),
        in_inventory=np.isin(np.arange(len(codes)), station[id(cells)]),
        modes=modes,
        begin_at=EPOCH + timedelta(hours=first),
        told=told,
    )
    if asked is None:
        return found, None
    return found, _questions(asked, station[id(asked)], timed[id(asked)] - first)


def _loads(
    loads: Table, station: Ints, hour: Ints, n_hours: int, n_stations: int
) -> tuple[Doubles, Doubles]:
    """Return loads by cell and shares by mode; cells in the order of their names."""
    names, index = np.unique(loads.text("CellName").astype(str), return_inverse=True)
    pairs, of_row = np.unique(station * len(names) + index, return_inverse=True)
    owner = pairs // len(names)
    cell = (np.arange(len(pairs)) - np.searchsorted(owner, owner))[of_row]
    load = np.full((n_stations, int(cell.max()) + 1, n_hours), np.nan)
    load[station, cell, hour] = loads.text("load").astype(float)
    modes = [name for name in loads.texts.column_names if name.startswith("ESMode")]
    share = np.zeros((n_stations, len(modes), n_hours))
    count = np.zeros((n_stations, n_hours))
    np.add.at(count, (station, hour), 1)
    for k, name in enumerate(modes):
        np.add.at(share[:, k], (station, hour), loads.text(name).astype(float))
    share = np.where(count[:, None] > 0, share / np.maximum(count, 1)[:, None], np.nan)
    return load, np.minimum(share, 1.0)


@dataclass(frozen=True)
class _Built:
    """How stations are built, those that the inventory does not name the same."""

    product: Ints
    products: tuple[str, ...]
    configuration: Ints
    attributes: Doubles


def _built(cells: Table, station: Ints, n_stations: int) -> _Built:
    names = ("CellName", "RUType", "Mode", *_NUMBERS)
    columns = [cells.text(name).astype(str) for name in names]
    of: dict[int, list[tuple[str, ...]]] = {}
    for at, *row in zip(station.tolist(), *columns, strict=True):
        of.setdefault(at, []).append(tuple(row))
    attributes = np.full((n_stations, _CELLS * len(_NUMBERS) + 2), np.nan)
    product, built = ["unknown"] * n_stations, ["unknown"] * n_stations
    for at, rows in of.items():
        rows.sort()
        kinds = [(*row[1:-1], f"{float(row[-1]):.2f}") for row in rows]
        product[at], built[at] = rows[0][1], repr(kinds)
        numbers = [float(each) for row in rows[:_CELLS] for each in row[3:]]
        attributes[at, : len(numbers)] = numbers
        digits = "".join(filter(str.isdigit, rows[0][2]))
        attributes[at, -2:] = float(digits or 0), len(rows)
    products, of_product = np.unique(product, return_inverse=True)
    _, configuration = np.unique(built, return_inverse=True)
    return _Built(of_product, tuple(products.tolist()), configuration, attributes)


def _questions(asked: Table, station: Ints, hour: Ints) -> Questions:
    n = asked.texts.num_rows
    at, when = np.full(n, -1), np.full(n, -1)
    at[asked.good], when[asked.good] = station, hour
    return Questions(
        rows=asked.texts,
        station=at,
        hour=when,
        energy=optional(asked, "Energy", np.nan),
        weight=optional(asked, "w", 1.0),
    )
