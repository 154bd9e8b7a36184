"""Files in the layout of the ITU's power modelling set, as hours of stations.

Inventory ``BS CellName RUType Mode Frequency Bandwidth Antennas TXpower``, loads ``Time BS CellName
load ESMode1 …``, energy ``Time BS Energy``, questions ``Time BS Energy w``; times are written
``1/31/2023 13:00``, month first, by a local clock. A row that cannot be read is told and left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from commonweal.engines.radio.panel import Panel
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

_TIME: Final = "%m/%d/%Y %H:%M"
_NUMBERS: Final = ("Frequency", "Bandwidth", "Antennas", "TXpower")
_INVENTORY: Final = ("BS", "CellName", "RUType", "Mode", *_NUMBERS)
_UNSIGNED: Final = r"^(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_SIGNED: Final = r"^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_CELLS: Final = 2
_MARGIN_H: Final = 3
"""Hours on either side for clocks that differ."""
_MOST_H: Final = 400 * 24
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times without a zone, as written


@dataclass
class Told:
    """Rows that were left out, by file and reason."""

    rows: dict[str, list[int]] = field(default_factory=dict)

    def leave_out(self, path: Path, wrong: NDArray[np.bool_], reason: str) -> None:
        """Tell of rows; the header is line 1."""
        if wrong.any():
            self.rows.setdefault(f"{path.name}: {reason}", []).extend(
                (np.flatnonzero(wrong) + 2).tolist()
            )

    def document(self) -> list[dict[str, Any]]:
        """Return each reason with how many rows and the first lines."""
        return [
            {"reason": reason, "n_rows": len(lines), "lines": sorted(lines)[:5]}
            for reason, lines in self.rows.items()
        ]


@dataclass(frozen=True)
class Table:
    """A file's columns, with the rows that could be read."""

    path: Path
    texts: pa.Table
    good: NDArray[np.bool_]

    def text(self, name: str) -> NDArray[np.object_]:
        """Return a column of the good rows."""
        return np.asarray(self.texts[name].to_numpy())[self.good]


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

    def place(self, codes: NDArray[np.object_]) -> Ints:
        """Return the position of each station."""
        return np.searchsorted(self.codes.astype(str), codes.astype(str))

    def hour(self, hours: Ints) -> Ints:
        """Return the position of hours since 1970."""
        return hours - int((self.begin_at - _EPOCH) / timedelta(hours=1))


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
    cells = _read(inventory, _INVENTORY, _NUMBERS, (), told)
    loads = _read(load, ("Time", "BS", "CellName", "load"), ("load",), ("ESMode",), told)
    meters = _read(energy, ("Time", "BS", "Energy"), ("Energy",), (), told)
    asked = _read(test, ("Time", "BS", "Energy"), (), (), told) if test else None
    files = [each for each in (cells, loads, meters, asked) if each is not None]
    codes = np.unique(np.concatenate([each.text("BS") for each in files]).astype(str))
    timed = {id(each): _hours(each.text("Time")) for each in files if each is not cells}
    first = min(int(hours.min()) for hours in timed.values()) // 24 * 24 - _MARGIN_H
    n_hours = max(int(hours.max()) for hours in timed.values()) - first + 1 + _MARGIN_H
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
        begin_at=_EPOCH + timedelta(hours=first),
        told=told,
    )
    if asked is None:
        return found, None
    return found, _questions(asked, station[id(asked)], timed[id(asked)] - first)


def _read(
    path: Path,
    columns: Sequence[str],
    numbers: Sequence[str],
    families: tuple[str, ...],
    told: Told,
) -> Table:
    """Return a file as texts; rows without a time, a station or a number are told."""
    try:
        plain = pacsv.ConvertOptions(strings_can_be_null=False)
        names = pacsv.open_csv(path).schema.names
        plain.column_types = dict.fromkeys(names, pa.string())
        texts = pacsv.read_csv(path, convert_options=plain)
    except (OSError, pa.ArrowInvalid) as fault:
        raise InputError(f"{path} cannot be read: {fault}") from fault
    if missing := [name for name in columns if name not in texts.column_names]:
        raise InputError(
            f"{path.name} lacks the column {missing[0]}", hint=f"it needs {', '.join(columns)}"
        )
    good = np.ones(texts.num_rows, bool)
    numbers = [*numbers, *(n for n in texts.column_names if families and n.startswith(families))]
    checks = [
        (name, _SIGNED, "is no number")
        if name in _NUMBERS
        else (name, _UNSIGNED, "is no number from 0 on")
        for name in numbers
    ]
    if "Time" in columns:
        when = r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:00$"
        checks.append(("Time", when, "is no full hour as 1/31/2023 13:00"))
    checks.append(("BS", r"\S", "is empty"))
    for name, pattern, reason in checks:
        fits = pc.match_substring_regex(texts[name], pattern).to_numpy()
        told.leave_out(path, good & ~fits, f"{name} {reason}")
        good &= fits
    for name in numbers:
        if name == "load" or name.startswith("ESMode"):
            values = np.where(good, texts[name].to_numpy(), "0").astype(float)
            told.leave_out(path, good & (values > 1), f"{name} is above 1")
            good &= values <= 1
    good = _known_hours(path, texts, good, told) if "Time" in columns else good
    keys = [texts[name] for name in ("Time", "BS", "CellName") if name in columns]
    if numbers:  # a question may be asked twice
        good = _first_of_each(path, keys, good, told)
    if not good.any():
        raise InputError(f"{path.name} has no row that can be read")
    return Table(path, texts, good)


def _known_hours(
    path: Path, texts: pa.Table, good: NDArray[np.bool_], told: Told
) -> NDArray[np.bool_]:
    """Leave out days that no calendar has."""
    coded = texts["Time"].combine_chunks().dictionary_encode()
    exists = np.array([_hour(each) is not None for each in coded.dictionary.to_pylist()], bool)
    fits = exists[coded.indices.to_numpy()] if len(exists) else good
    told.leave_out(path, good & ~fits, "Time is no hour of the calendar")
    return good & fits


def _first_of_each(
    path: Path, keys: list[pa.ChunkedArray], good: NDArray[np.bool_], told: Told
) -> NDArray[np.bool_]:
    """Leave out rows that say again what a row before them said."""
    code = np.zeros(len(good), np.int64)
    for key in keys:
        coded = key.combine_chunks().dictionary_encode()
        code = code * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
    where = np.flatnonzero(good)
    first = np.zeros(len(good), bool)
    first[where[np.unique(code[where], return_index=True)[1]]] = True
    told.leave_out(path, good & ~first, "the same hour again")
    return first


def _hour(written: str) -> int | None:
    try:
        at = datetime.strptime(written, _TIME)  # noqa: DTZ007 - local, as written
    except ValueError:
        return None
    return int((at - _EPOCH) / timedelta(hours=1))


def _hours(written: NDArray[np.object_]) -> Ints:
    """Return hours since 1970 of texts that were checked."""
    texts, index = np.unique(written.astype(str), return_inverse=True)
    return np.array([_hour(each) for each in texts.tolist()], np.int64)[index]


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
        energy=_optional(asked, "Energy", np.nan),
        weight=_optional(asked, "w", 1.0),
    )


def _optional(table: Table, name: str, otherwise: float) -> Doubles:
    if name not in table.texts.column_names:
        return np.full(table.texts.num_rows, otherwise)
    texts = table.texts[name]
    is_number = pc.match_substring_regex(texts, _UNSIGNED).to_numpy()
    return np.where(is_number, np.where(is_number, texts.to_numpy(), "0").astype(float), otherwise)
