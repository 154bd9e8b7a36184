"""Factors of elements from the lake: meters of elements against loads of their cells.

Suspect rows and hours that not every cell reports are left out; hours asleep are told apart by
what the counters say of them. An element with fewer than twelve hours keeps the model's figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.power.book import power_write
from commonweal.domains.radio.network.power.units import Units, layer_power, units_read
from commonweal.engines.radio.effects import median_interval
from commonweal.engines.radio.factors import LEAST_HOURS, Factors, factors_of
from commonweal.engines.radio.panel import Offset, Panel, clock_offset, shifted
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import StateError
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_date, business_midnight, month_add

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.grid import Grid

    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_SQL: Final = resources.files("commonweal.domains.radio.network.power")
_TOLD_SHARE: Final = 0.9
_BLOCK: Final = 20_000
"""Elements at a time."""
_LEAST_SEEN: Final = 3
_HELD_SHARE: Final = 0.2
_FOLDS: Final = 5
_SLEEPS: Final = (Mode.RF_OFF, Mode.CARRIER_OFF, Mode.DEEP_SLEEP)
_COLUMNS: Final = tuple(mode.name.lower() for mode in _SLEEPS)


@dataclass(frozen=True)
class Hours:
    """Hours of elements. Shapes (element, hour) and (element, mode, hour)."""

    metered_w: Doubles
    awake_w: Doubles
    saved_w: Doubles
    group: NDArray[np.int64]


@dataclass(frozen=True)
class Calibration:
    """What was found.

    Attributes:
        path: Of the document.
        document: What it says.
    """

    path: Path
    document: dict[str, Any]


def calibrate(
    *,
    now: datetime,
    as_of: datetime | None = None,
    days: int = 14,
    until: date | None = None,
) -> Calibration:
    """Fit the factors of all elements on the days before a date, and keep them.

    Args:
        now: When they are found; they count from then on.
        as_of: What was known then; None is now.
        days: How many.
        until: The first day that does not count; None is the business day of ``now``.

    Raises:
        StateError: No element has enough hours.
    """
    until = until or business_date(now)
    cells = network(at_date=until, as_of=as_of)
    units = units_read()
    asked, elements, group = _asked(cells, units)
    found: list[Factors] = []
    scores: dict[str, list[Doubles]] = {}
    offsets: list[Offset] = []
    for begin in range(0, len(elements), _BLOCK):
        within = slice(begin, begin + _BLOCK)
        hours, offset = _hours(asked, elements[within], group[within], until, days, as_of)
        offsets.append(offset)
        found.append(factors_of(hours.metered_w, hours.awake_w, hours.saved_w, hours.group))
        for split, missed in _missed(hours).items():
            scores.setdefault(split, []).append(missed)
    n_metered = sum(int((each.n_hours >= LEAST_HOURS).sum()) for each in found)
    if not n_metered:
        raise StateError(
            f"no element has {LEAST_HOURS} hours with meter and load in the {days} days before"
            f" {until}",
            hint="ingest cell_counters and element_power, or ask for more days",
        )
    factors = pa.table(
        {
            "element_dn": pa.array(elements, pa.string()),
            "factor": np.concatenate([each.factor for each in found]),
            "overhead_w": np.concatenate([each.overhead_w for each in found]),
            "n_hours": np.concatenate([each.n_hours for each in found]),
        }
    )
    document = {
        "until": until.isoformat(),
        "days": days,
        "n_elements": len(elements),
        "n_metered": n_metered,
        "factor_quantiles": _quantiles(factors),
        "offset_h": offsets[0].hours,
        "modes": _modes(found),
        "errors": [
            {"split": split, "mape_share": float(np.concatenate(parts).mean())}
            for split, parts in scores.items()
            if sum(map(len, parts))
        ],
        "units_sha256": units.sha256,
    }
    return Calibration(power_write(factors, document, now=now), document)


def _asked(cells: Grid, units: Units) -> tuple[pa.Table, list[str], NDArray[np.int64]]:
    """Return a row for each cell with its power by model; elements sorted, and their groups."""
    names = {name: cells.cells[name].cast(pa.string()) for name in ("element_dn", "cell_dn")}
    model = cells.cells["ru_model"].cast(pa.string()).to_numpy(zero_copy_only=False)
    base, slope, _, _ = layer_power(model, cells.cells["bandwidth_mhz"].to_numpy(), units=units)
    elements, element = np.unique(
        names["element_dn"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    built: list[list[str]] = [[] for _ in elements]
    for at, each in zip(element.tolist(), model.tolist(), strict=True):
        built[at].append(each)
    _, group = np.unique([" ".join(sorted(each)) for each in built], return_inverse=True)
    saves = {
        f"{n}_saves_w": base[:, 0] - base[:, m] for n, m in zip(_COLUMNS, _SLEEPS, strict=True)
    }
    powers = {"on_w": base[:, Mode.ON], "slope_w": slope}
    asked = pa.table(names | {"element": element} | powers | saves)
    return asked, elements.tolist(), group


def _hours(  # noqa: PLR0917 - a block of the same question
    asked: pa.Table,
    elements: list[str],
    group: NDArray[np.int64],
    until: date,
    days: int,
    as_of: datetime | None,
) -> tuple[Hours, Offset]:
    """Return the hours of some elements, clocks matched."""
    first = until - timedelta(days)
    begin, end = business_midnight(first), business_midnight(until)
    names = np.array(elements)
    position = asked["element_dn"].to_numpy(zero_copy_only=False).astype(str)
    within = (position >= names[0]) & (position <= names[-1])
    some = asked.filter(pa.array(within))
    at = np.searchsorted(names, position[within])
    some = some.set_column(some.column_names.index("element"), "element", pa.array(at))
    n_cells = np.bincount(at, minlength=len(names))
    months = _months(first, until)
    terms = {
        "begin": begin.replace(tzinfo=None).isoformat(sep=" "),
        "end": end.replace(tzinfo=None).isoformat(sep=" "),
        "least": elements[0].replace("'", "''"),
        "greatest": elements[-1].replace("'", "''"),
    }
    shape = (len(names), days * 24)
    metered, awake = np.full(shape, np.nan), np.full(shape, np.nan)
    saved = np.zeros((len(names), len(_SLEEPS), days * 24))
    counters = read("cell_counters", months=months, as_of=as_of)
    meters = read("element_power", months=months, as_of=as_of)
    if counters.n_rows and meters.n_rows:
        sql = (_SQL / "reported.sql").read_text("utf-8").format(**terms)
        rows = query(sql, {"cell_counters": counters, "asked": some})
        told_s = rows["told_s"].to_numpy()
        place, whole = _place(rows, begin, told_s / n_cells[rows["element"].to_numpy()])
        awake[place] = (rows["awake_ws"].to_numpy() / told_s)[whole] * n_cells[place[0]]
        for k, name in enumerate(_COLUMNS):
            values = (rows[f"{name}_ws"].to_numpy() / told_s)[whole] * n_cells[place[0]]
            saved[place[0], k, place[1]] = values
        once = pa.table({"element_dn": elements, "element": np.arange(len(names))})
        sql = (_SQL / "metered.sql").read_text("utf-8").format(**terms)
        rows = query(sql, {"element_power": meters, "asked": once})
        told_s = rows["told_s"].to_numpy()
        place, whole = _place(rows, begin, told_s)
        metered[place] = (rows["energy_kwh"].to_numpy() * 3.6e6 / told_s)[whole]
    offset = _offset(metered, awake - saved.sum(axis=1))  # sleep moves meters more than load
    return Hours(shifted(metered, offset.hours), awake, saved, group), offset


def _place(
    rows: pa.Table, begin: datetime, told_s: Doubles
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], Bools]:
    """Return element and hour of rows that tell nearly all of their hour, and which these are."""
    whole = told_s >= _TOLD_SHARE * 3600
    start_s = rows["hour_at"].cast("timestamp[us]").cast("int64").to_numpy() // 1_000_000
    hour = (start_s - int(begin.timestamp())) // 3600
    return (rows["element"].to_numpy()[whole], hour[whole]), whole


def _offset(metered: Doubles, expected: Doubles) -> Offset:
    most = np.fmax.reduce(expected, None)
    load = np.clip(expected / most if most > 0 else expected, 0.0, 1.0)[:, None]
    none = np.zeros(len(expected), np.int64)
    return clock_offset(Panel(load, np.zeros_like(load), metered, none, none))


def _missed(hours: Hours) -> dict[str, Doubles]:
    """Return relative errors of hours that were held back, by split."""
    known = ~np.isnan(hours.metered_w) & ~np.isnan(hours.awake_w) & (hours.metered_w > 0)
    rng = np.random.default_rng(0)
    fold = rng.permutation(len(known)) % _FOLDS
    last = np.arange(known.shape[1]) >= known.shape[1] - 48
    splits = {
        "random hours": [known & (rng.random(known.shape) < _HELD_SHARE)],
        "last two days": [known & last],
        "new element": [known & (fold == each)[:, None] for each in range(_FOLDS)],
    }
    found = {}
    for split, lots in splits.items():
        missed = []
        for held in lots:
            kept = np.where(held, np.nan, hours.metered_w)
            factors = factors_of(kept, hours.awake_w, hours.saved_w, hours.group)
            said = factors.predict(hours.awake_w, hours.saved_w)
            missed.append(np.abs(said / hours.metered_w - 1.0)[held])
        found[split] = np.concatenate(missed)
    return found


def _modes(found: list[Factors]) -> list[dict[str, Any]]:
    """Return, by mode, what part of the promised saving the meters show, with its interval."""
    told = []
    for k, name in enumerate(_COLUMNS):
        parts = [each.part[each.hours_seen[:, k] >= _LEAST_SEEN, k] for each in found]
        values = np.concatenate(parts)
        if not len(values):
            told.append({"mode": name, "n_elements": 0, "share": None, "interval": None})
            continue
        median, low, high, n = median_interval(values, 0.95)
        is_known = np.isfinite(low)
        saves = is_known and low > 0
        told.append(
            {
                "mode": name,
                "n_elements": n,
                "share": (median if saves else 0.0) if is_known else None,
                "interval": [low, high] if is_known else None,
                "saves": bool(saves),
            }
        )
    return told


def _quantiles(factors: pa.Table) -> list[float]:
    metered = factors["n_hours"].to_numpy() >= LEAST_HOURS
    found = np.quantile(factors["factor"].to_numpy()[metered], [0.05, 0.5, 0.95])
    return [float(each) for each in found]


def _months(first: date, until: date) -> list[date]:
    month, found = first.replace(day=1), []
    while month < until:
        found.append(month)
        month = month_add(month, 1)
    return found
