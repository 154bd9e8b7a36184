"""Tsinghua NetData: half-hourly traffic, energy and shut-down of 4G and 5G stations, as CSV.

Columns in this order, with a header or without: station, cell, time, PRB use in percent, traffic in
kB, users, energy of the baseband unit, energy of the radio unit, and milliseconds of channel
shutdown, carrier shutdown and deep sleep. A station's energy is that of its radio units, and of its
baseband unit once, which every cell's line repeats. The publication names no unit of energy:
``netdata_energy_unit`` in ``counters.toml`` says it.

Source: tsinghua-fib-lab, NetData.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from commonweal.domains.radio.network.pm.counters import COLUMNS, N_COUNTED
from commonweal.domains.radio.network.pm.judging import UnreadableError
from commonweal.domains.radio.network.pm.periods import FUTURE_HINT, later_than, latest_end_s
from commonweal.lake.times import instant_values
from commonweal.units import conversion

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from commonweal.domains.radio.network.pm.block import Array
    from commonweal.domains.radio.network.pm.counters import CounterMapping
    from commonweal.domains.radio.network.pm.file_rows import FileRows

_PERIOD_S: Final = 1800
_ZONE: Final = "Asia/Shanghai"
_NAMES: Final = (
    "station",
    "cell",
    "time",
    "prb_percent",
    "traffic_kb",
    "users",
    "bbu_energy",
    "rru_energy",
    "channel_off_ms",
    "carrier_off_ms",
    "deep_sleep_ms",
)
_COUNTED: Final = {  # column → where from, times, over
    "prb_dl_share": ("prb_percent", 1, 100),
    "volume_dl_mbit": ("traffic_kb", 8, 1000),
    "users_mean": ("users", 1, 1),
    "rf_off_s": ("channel_off_ms", 1, 1000),
    "carrier_off_s": ("carrier_off_ms", 1, 1000),
    "deep_sleep_s": ("deep_sleep_ms", 1, 1000),
}
_BLOCK_BYTES: Final = 16 << 20


def netdata_read(found: FileRows, path: Path, mapping: CounterMapping, now: datetime) -> None:
    """Add what a file of NetData says; what ends more than a day after ``now`` is refused.

    Raises:
        UnreadableError: It is no table of eleven columns.
    """
    power: list[pa.Table] = []
    try:
        with pcsv.open_csv(
            path,
            read_options=pcsv.ReadOptions(column_names=list(_NAMES), block_size=_BLOCK_BYTES),
            convert_options=pcsv.ConvertOptions(
                column_types=dict.fromkeys(_NAMES, pa.string()), strings_can_be_null=True
            ),
        ) as reader:
            for batch in reader:
                power += _add(found, pa.Table.from_batches([batch]), mapping, now)
    except pa.ArrowException as fault:
        raise UnreadableError(
            f"it is no table of {len(_NAMES)} columns: {str(fault).splitlines()[0]}",
            rule="not_netdata",
            hint=f"the columns are {', '.join(_NAMES)}",
        ) from fault
    if power:
        found.power.append(_drawn(pa.concat_tables(power), mapping))


def _add(found: FileRows, rows: pa.Table, mapping: CounterMapping, now: datetime) -> list[pa.Table]:
    """Add the counters of some lines; return what their stations drew."""
    first = found.n_rows
    if not first and rows.num_rows and _numbers(rows["users"].slice(0, 1)).null_count:
        rows, first = rows.slice(1), 1  # a header
    found.n_rows = first + rows.num_rows
    if not rows.num_rows:
        return []
    found.n_values += rows.num_rows * (len(_NAMES) - 3)
    rows = rows.append_column("source_row", pa.array(range(first + 1, found.n_rows + 1)))
    times = instant_values(rows["time"].combine_chunks(), mapping.settings.timezone or _ZONE)
    rows = rows.append_column("start_at", times.cast(pa.timestamp("us")))
    rows = _past(found, _sure(found, rows), now)
    measured = {name: _measured(found, rows, name) for name in _NAMES[3:]}
    base = {
        "element_dn": rows["station"],
        "start_at": rows["start_at"],
        "duration_s": pa.repeat(pa.scalar(_PERIOD_S, pa.int64()), rows.num_rows),
        "suspect": pa.repeat("no", rows.num_rows),
        "source_row": rows["source_row"],
    }
    counted = {column.name: pa.nulls(rows.num_rows, pa.float64()) for column in COLUMNS[:N_COUNTED]}
    for name, (source, times_by, over) in _COUNTED.items():
        counted[name] = pc.divide(pc.multiply(measured[source], float(times_by)), float(over))
    found.counters.append(pa.table({**base, "cell_dn": rows["cell"], **counted}))
    drawn = {name: measured[name] for name in ("bbu_energy", "rru_energy")}
    return [pa.table({**base, **drawn})]


def _sure(found: FileRows, rows: pa.Table) -> pa.Table:
    """Return the lines that say who and when; refuse the others."""
    good = pc.and_(
        pc.and_(rows["station"].is_valid(), rows["cell"].is_valid()), rows["start_at"].is_valid()
    )
    for line in rows.filter(pc.invert(good)).to_pylist():
        found.reject(
            line["source_row"],
            "instant",
            f"station, cell and time have to be there; the time is {line['time']!r}",
            "write 2022-05-18 00:30:00",
            value=line["time"],
            element=line["station"],
            object=line["cell"],
        )
    return rows.filter(good)


def _past(found: FileRows, rows: pa.Table, now: datetime) -> pa.Table:
    """Return the lines whose half hour may have ended; refuse those of a wrong clock."""
    latest_us = round((latest_end_s(now) - _PERIOD_S) * 1_000_000)
    good = pc.less_equal(rows["start_at"], pa.scalar(latest_us, pa.timestamp("us")))
    for line in rows.filter(pc.invert(good)).to_pylist():
        found.reject(
            line["source_row"],
            "future",
            f"the end of the half hour from {line['time']!r} {later_than(now)}",
            FUTURE_HINT,
            value=line["time"],
            element=line["station"],
            object=line["cell"],
        )
    return rows.filter(good)


def _measured(found: FileRows, rows: pa.Table, name: str) -> pa.Array:
    """Return one column's numbers; refuse what is none, or below 0, or beyond its period."""
    cells, numbers = rows[name], _numbers(rows[name])
    greatest = {"prb_percent": 100.0}.get(
        name, _PERIOD_S * 1000.0 if name.endswith("_ms") else np.inf
    )
    with np.errstate(invalid="ignore"):
        values: Array = numbers.to_numpy(zero_copy_only=False)
        wrong = (
            (values < 0) | (values > greatest) | (np.isnan(values) & cells.is_valid().to_numpy())
        )
    for place in np.flatnonzero(wrong).tolist():
        text = cells[place].as_py()
        found.reject(
            rows["source_row"][place].as_py(),
            "number" if np.isnan(values[place]) else "minimum" if values[place] < 0 else "maximum",
            f"{name} {text!r} is no number from 0 to {greatest:g}",
            "check the file's columns; their order is fixed",
            column=name,
            value=text,
            element=rows["station"][place].as_py(),
            object=rows["cell"][place].as_py(),
        )
    return pa.array(np.where(wrong, np.nan, values), from_pandas=True)


def _numbers(cells: pa.ChunkedArray) -> pa.Array:
    """Read numbers; null where there is none."""
    text = pc.utf8_trim_whitespace(cells.combine_chunks())
    plain = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$")
    return pc.if_else(plain, text, pa.scalar(None, pa.string())).cast(pa.float64())


def _drawn(parts: pa.Table, mapping: CounterMapping) -> pa.Table:
    """Add radio units up to their station's energy; its baseband unit counts once."""
    sums = parts.group_by(
        ["element_dn", "start_at", "duration_s", "suspect"], use_threads=False
    ).aggregate([("rru_energy", "sum"), ("bbu_energy", "max"), ("source_row", "min")])
    ratio = conversion(mapping.settings.netdata_energy_unit, "kWh")
    energy = pc.add(sums["rru_energy_sum"], sums["bbu_energy_max"])
    energy_kwh = pc.divide(pc.multiply(energy, float(ratio.numerator)), float(ratio.denominator))
    empty = pa.nulls(sums.num_rows, pa.float64())
    columns = dict.fromkeys((column.name for column in COLUMNS[N_COUNTED:]), empty)
    names = ("element_dn", "start_at", "duration_s", "suspect")
    found = pa.table(
        {
            **{name: sums[name] for name in names},
            "source_row": sums["source_row_min"],
            **columns,
            "energy_kwh": energy_kwh,
        }
    )
    return found.filter(energy_kwh.is_valid())
