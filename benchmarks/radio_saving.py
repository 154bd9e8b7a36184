"""How true intervals of verified savings are: planted savings, found or not, in many repeats.

Instances: hours that real stations reported with no saving mode (ITU AI/ML in 5G Challenge, 2023;
seven days, five of them to learn from), where the data is at hand; and generated stations of three
weeks. In each repeat stations and hold-outs are drawn anew, a saving is planted in the acting
ones, and in some all meters drift, which only hold-outs can tell from a saving. Beside ours: the
same model without hold-outs, hold-outs without the model's record, and a comparison of days before
with days after that looks at no traffic.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from commonweal.engines.radio.counterfactual import fit
from commonweal.engines.radio.holdout import is_holdout
from commonweal.engines.radio.saving import verify

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "ran"
HOURS, SEED, HOLDOUT_SHARE = 24, 1, 0.02
FEWEST = (24, 12)  # hours of a real station to learn from, and to be judged on
USUAL_DRIFT = 0.005  # what the engine takes for granted of any fleet
CASES = ((0.0, 0.0), (0.05, 0.0), (0.05, None), (0.0, 0.03), (0.05, 0.03))
"""Planted share, and drift; None draws it anew in each repeat with the usual deviation."""


class Stations(NamedTuple):
    """Hours of stations; kWh and traffic of shape station × hour, the days before the action."""

    name: str
    energy: np.ndarray
    traffic: np.ndarray
    split: int


def main() -> None:
    """Run every case and print how often the truth lay within the interval."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--sizes", default="50,200", help="stations in a repeat, by comma")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sets = [_generated(1000)] + ([_real()] if FOLDER.is_dir() else [])
    rows = [
        _case(stations, n, planted, drift, options.repeats)
        for stations in sets
        for n in map(int, options.sizes.split(","))
        for planted, drift in CASES
    ]
    if options.json:
        print(json.dumps({"benchmark": "radio_saving", "holdout": HOLDOUT_SHARE, "rows": rows}))
        return
    names = list(rows[0])
    print(" | ".join(names))
    for row in rows:
        print(" | ".join(str(row[name]) for name in names))


def _case(stations: Stations, n: int, planted: float, drift: float, repeats: int) -> dict[str, Any]:
    rng = np.random.default_rng(SEED)
    started = time.process_time()
    drifts = rng.normal(0, USUAL_DRIFT, repeats) if drift is None else np.full(repeats, drift)
    found = [
        _repeat(stations, n, planted, each, rng, str(seed)) for seed, each in enumerate(drifts)
    ]
    truth, inside, shown, half, errors = zip(*found, strict=True)
    wrong = np.array(errors) / np.array(truth)[:, None]
    rms = np.sqrt(np.nanmean(wrong**2, axis=0))
    return {
        "stations": stations.name,
        "n": n,
        "planted": planted,
        "drift": f"±{USUAL_DRIFT}" if drift is None else drift,
        "interval holds": round(float(np.mean(inside)), 3),
        "called a saving": round(float(np.mean(shown)), 3),
        "half width": round(float(np.mean(half)), 4),
        "error, ours": round(float(rms[0]), 4),
        "model alone": round(float(rms[1]), 4),
        "hold-outs alone": round(float(rms[2]), 4),
        "before and after": round(float(rms[3]), 4),
        "ms each": round(1000 * (time.process_time() - started) / repeats, 1),
    }


def _repeat(  # noqa: PLR0917 - one line of the table
    stations: Stations, n: int, planted: float, drift: float, rng: np.random.Generator, seed: str
) -> tuple[float, bool, bool, float, list[float]]:
    """Return all that was drawn, and of each method how far off it is."""
    some = rng.choice(len(stations.energy), n, replace=False)
    energy, traffic = stations.energy[some], stations.traffic[some]
    day = np.arange(energy.shape[1]) // HOURS
    before, after = day < stations.split, day >= stations.split
    model = fit(energy[:, before], traffic[:, before], day[before], fewest_slots=FEWEST[0])
    dates = [date(2024, 12, 1) + timedelta(days=int(each)) for each in np.unique(day[after])]
    names = [str(each) for each in some]
    drawn = [is_holdout(names, each, seed=seed, share=HOLDOUT_SHARE) for each in dates]
    held = np.stack(drawn, axis=1)
    full = energy[:, after] * (1 + drift)
    saved = np.repeat(~held, HOURS, axis=1) * planted * full * rng.uniform(0.6, 1.4, (n, 1))
    found = verify(model, full - saved, traffic[:, after], day[after], ~held, held, ~held)
    told = np.isfinite(full) & np.isfinite(model.predict(traffic[:, after]))
    truth = float(saved[told].sum())
    usual = np.nanmean(energy[:, before])
    naive = float((usual - (full - saved)[told & np.repeat(~held, HOURS, axis=1)]).sum())
    guesses = (found.saved_kwh, found.model_alone_kwh, found.holdout_alone_kwh, naive)
    return (
        found.counterfactual_kwh,
        bool(found.low_kwh <= truth <= found.high_kwh),
        found.low_kwh > 0,
        (found.high_kwh - found.low_kwh) / 2 / found.counterfactual_kwh,
        [each - truth for each in guesses],
    )


def _generated(n: int) -> Stations:
    """Return three weeks of stations whose energy follows traffic, with noise that lasts a day."""
    rng = np.random.default_rng(SEED)
    hour = np.arange(21 * HOURS) % HOURS
    shape = 0.15 + 0.85 * np.clip(np.sin((hour - 6) / 18 * np.pi), 0, None)
    traffic = rng.lognormal(3, 0.5, (n, 1)) * shape * rng.lognormal(0, 0.2, (n, len(hour)))
    idle, slope = rng.uniform(1, 3, (n, 1)), rng.uniform(0.01, 0.03, (n, 1))
    energy = (idle + slope * traffic) * rng.normal(1, 0.08, traffic.shape)
    energy *= np.repeat(rng.normal(1, 0.02, (n, 21)), HOURS, axis=1)
    energy *= np.repeat(rng.normal(1, 0.003, (1, 21)), HOURS, axis=1)  # a day that all share
    return Stations("generated, 14 + 7 days", energy, traffic, 14)


def _real() -> Stations:
    """Return hours of real stations; those with a saving mode are taken as not measured."""
    n_hours, split = 7 * HOURS, 5
    width = {(r["BS"], r["CellName"]): float(r["Bandwidth"]) for r in _rows("itu5g_BSinfo.csv")}
    energies = _rows("itu5g_ECdata.csv")
    place = {name: at for at, name in enumerate(sorted({row["BS"] for row in energies}))}
    energy = np.full((len(place), n_hours), np.nan)
    for row in energies:
        if (at := _hour(row)) < n_hours:
            energy[place[row["BS"]], at] = float(row["Energy"])
    traffic, modes = np.zeros((2, *energy.shape))
    for row in _rows("itu5g_CLdata.csv"):
        if row["BS"] in place and (at := _hour(row)) < n_hours:
            key = place[row["BS"]], at
            traffic[key] += float(row["load"]) * width[row["BS"], row["CellName"]]
            modes[key] += sum(float(row[f"ESMode{mode}"]) for mode in (1, 2, 3))
    energy[modes > 0] = np.nan
    told = np.isfinite(energy)
    enough = told[:, : split * HOURS].sum(1) >= FEWEST[0]
    enough &= told[:, split * HOURS :].sum(1) >= FEWEST[1]
    return Stations("ITU, 5 + 2 days", energy[enough], traffic[enough], split)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _hour(row: dict[str, str]) -> int:
    at = datetime.strptime(row["Time"], "%m/%d/%Y %H:%M")  # noqa: DTZ007 - local, as written
    return (at.day - 1) * HOURS + at.hour


if __name__ == "__main__":
    main()
