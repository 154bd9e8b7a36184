"""Forecasts of sectors beside seasonal naive, statsforecast's models and a global LightGBM.

Instance: real traffic by the hour, of 5G beams one by one and as sums of ten (their last 10 days)
and of three LTE cells (last 28 days). Each day is forecast from what lay before it, 24 hours ahead.
Every contender is a process of its own; models that are slow see a sample, on which all others
are scored as well. Then our throughput on series made from the beams, streamed in blocks.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "ran"
QUANTILES = (0.5, 0.9, 0.95, 0.99)
N_DAYS, HOURS, BLOCK = 28, 24, 16384
MODELS = ("SeasonalNaive", "MSTL", "AutoETS", "DynamicOptimizedTheta")
EDGES = ((1, 1), (3, 1), (7, 1), (28, 1), (28, 3), (28, 7))
"""Days of reports that a sector has, and how many days ahead it is forecast."""
CONTENDERS = ("ours", "ours-alone", "naive-24", "naive-168", "lightgbm", *MODELS)
TESTED = {"beams": 10, "sums": 10, "lte": 28}
SEED = 1


def main() -> None:
    """Run every contender on every set of series, then the throughput."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000", help="series of the throughput")
    parser.add_argument("--sample", type=int, default=20, help="series for the slow models")
    parser.add_argument("--without", default="", help="contenders to leave out, by comma")
    parser.add_argument("--limit-s", type=float, default=600, help="a contender is stopped then")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--contender", choices=(*CONTENDERS, "edges", "throughput"), help=argparse.SUPPRESS
    )
    parser.add_argument("--series", default="beams", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",") if size]
    if options.contender == "throughput":
        print(json.dumps(_throughput(sizes[0])))
        return
    if options.contender == "edges":
        print(json.dumps(_edges()))
        return
    if options.contender:
        print(json.dumps(_contend(options.contender, options.series, options.sample)))
        return
    names = [name for name in CONTENDERS if name not in options.without.split(",")]
    told: dict[str, Any] = {"benchmark": "radio_forecast", "series": {}}
    if FOLDER.is_dir():
        for series in TESTED:
            told["series"][series] = {
                name: _run(options.limit_s, name, "--series", series, "--sample", options.sample)
                for name in names
            }
        told["edges"] = _run(options.limit_s, "edges")
    told["throughput"] = [_run(options.limit_s, "throughput", "--sizes", size) for size in sizes]
    print(json.dumps(told, indent=2) if options.json else _table(told))


def _run(limit_s: float, contender: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
    command = [sys.executable, "-m", "benchmarks.radio_forecast", "--contender", contender]
    command += [str(each) for each in arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a module of ours
            command, capture_output=True, text=True, check=True, timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout.splitlines()[-1])


def series_of(name: str) -> np.ndarray:
    """Return traffic as series × day × hour; nothing is known of weekdays of the beams."""
    if name == "lte":
        return _lte()
    with (FOLDER / "beams5g_hourly.csv").open() as file:
        rows = np.array([row[1:] for row in list(csv.reader(file))[1:]], np.float32)[2:]
    n_days = len(rows) // HOURS
    single = rows[: n_days * HOURS].T.reshape(-1, n_days, HOURS)
    if name == "beams":
        return single
    rng = np.random.default_rng(SEED)
    drawn = [rng.choice(len(single), 10, replace=False) for _ in range(100)]
    return np.stack([single[each].sum(axis=0) for each in drawn])


def _lte() -> np.ndarray:
    found = np.full((3, 364, HOURS), np.nan, np.float32)
    cells: dict[str, int] = {}
    with (FOLDER / "lte_3cells_hourly_1y.csv").open() as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["t"])
            day = (at - datetime(2017, 10, 23)).days  # noqa: DTZ001 - the file has no zone
            if day < found.shape[1]:
                found[cells.setdefault(row["cell"], len(cells)), day, at.hour] = row["Traffic"]
    return found


def _contend(name: str, series: str, n_sample: int) -> dict[str, Any]:
    history, n_tested = series_of(series), TESTED[series]
    if name in MODELS:
        return _statsforecast(name, history, n_tested, n_sample)
    make = {
        "ours": lambda: _ours(history, n_tested, alone=False),
        "ours-alone": lambda: _ours(history, n_tested, alone=True),
        "naive-24": lambda: _naive(history, n_tested, 1),
        "naive-168": lambda: _naive(history, n_tested, 7),
        "lightgbm": lambda: _lightgbm(history, n_tested),
    }[name]
    if name.startswith("ours"):
        _ours(history[:3], 1, alone=name != "ours")  # compiled before, loaded now
    began = time.process_time()
    mean, quantile = make()
    cpu_s = time.process_time() - began
    actual = history[:, -n_tested:]
    some = _sample(len(history), n_sample)
    few = _sampled_days(n_tested)
    return {
        **_scored(actual, mean, quantile),
        "on_sample": _scored(
            actual[some][:, few],
            mean[some][:, few],
            None if quantile is None else quantile[:, some][:, :, few],
        ),
        "cpu_s": round(cpu_s, 3),
        "cpu_ms_a_series_day": 1000 * cpu_s / actual.shape[0] / n_tested,
    }


def _ours(history: np.ndarray, n_tested: int, *, alone: bool) -> tuple[Any, Any]:
    from commonweal.engines.radio.forecast import forecast
    from commonweal.engines.radio.forecast_scoring import backtest

    kinds = np.arange(history.shape[1]) % 7
    if not alone:
        tested = backtest(history, kinds, n_tested=n_tested, n_days=N_DAYS)
        return tested.mean, tested.quantile
    days = range(history.shape[1] - n_tested, history.shape[1])
    found = [forecast(history[:, d - N_DAYS : d], kinds[d - N_DAYS : d + 1]) for d in days]
    return np.stack([f.mean for f in found], 1), np.stack([f.quantile for f in found], 2)


def _edges() -> list[dict[str, Any]]:
    """Forecast every other beam with few days of its own, or days ahead; the rest is its class."""
    from commonweal.engines.radio.forecast import forecast
    from commonweal.engines.radio.forecast_calibration import calibrate

    history, found = series_of("beams"), []
    kinds = np.arange(history.shape[1]) % 7
    days = range(history.shape[1] - TESTED["beams"], history.shape[1])
    for n_own, n_ahead in EDGES:
        mean, quantile = [], []
        for day in days:
            known = slice(max(0, day + 1 - n_ahead - N_DAYS), day + 1 - n_ahead)
            learned = calibrate(history[::2, known], kinds[known])
            own = history[1::2, known].copy()
            own[:, : own.shape[1] - n_own] = np.nan
            asked = forecast(own, [*kinds[known], kinds[day]], calibration=learned)
            mean.append(asked.mean)
            quantile.append(asked.quantile)
        scored = _scored(history[1::2, -len(days) :], np.stack(mean, 1), np.stack(quantile, 2))
        found.append({"own_days": n_own, "days_ahead": n_ahead, **scored})
    return found


def _naive(history: np.ndarray, n_tested: int, n_back: int) -> tuple[Any, Any]:
    return history[:, -n_tested - n_back : -n_back].copy(), None


def _sample(n_series: int, n_sample: int) -> np.ndarray:
    return np.unique(np.linspace(0, n_series - 1, min(n_sample, n_series)).astype(int))


def _sampled_days(n_tested: int) -> np.ndarray:
    return np.array([0, n_tested // 2, n_tested - 1])


def _statsforecast(name: str, history: np.ndarray, n_tested: int, n_sample: int) -> dict[str, Any]:
    """Fit one model for each series and day of a sample."""
    warnings.simplefilter("ignore")
    from statsforecast import models

    season = {"SeasonalNaive": 168, "MSTL": [24, 168]}.get(name, 24)
    model = getattr(models, name)(season_length=season)
    some, days = _sample(len(history), n_sample), _sampled_days(n_tested)
    first = history.shape[1] - n_tested
    past = [history[s, first + d - N_DAYS : first + d].ravel() for s in some for d in days]
    # They take no gaps: an unknown hour is what it was a day before.
    past = [_filled(each).astype(np.float64) for each in past]
    levels = [80, 90, 98]
    model.forecast(y=past[0], h=HOURS, level=levels)  # compiled before the clock runs
    began = time.process_time()
    found = [model.forecast(y=each, h=HOURS, level=levels) for each in past]
    cpu_s = time.process_time() - began
    shape = (len(some), len(days), HOURS)
    mean = np.stack([each["mean"] for each in found]).reshape(shape)
    upper = [np.stack([each[f"hi-{n}"] for each in found]).reshape(shape) for n in levels]
    actual = history[some][:, first + days]
    return {
        "on_sample": _scored(actual, mean, np.stack([mean, *upper])),
        "cpu_s": round(cpu_s, 3),
        "cpu_ms_a_series_day": 1000 * cpu_s / len(past),
    }


def _filled(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    for at in np.flatnonzero(np.isnan(values)):
        values[at] = values[at - HOURS] if at >= HOURS else 0.0
    return values


def _lightgbm(history: np.ndarray, n_tested: int) -> tuple[Any, Any]:
    """Train once on the days before those tested: a model for each quantile over all series."""
    import lightgbm

    warnings.simplefilter("ignore")
    n_days = history.shape[1]
    features, target, level = _features(history)
    known = np.isfinite(target)
    is_test = np.zeros(target.shape, bool)
    is_test[:, -n_tested:] = True
    is_past = ~is_test & known
    is_past[:, :14] = False
    terms = {"num_threads": 1, "max_bin": 63, "verbose": -1, "num_leaves": 31, "seed": SEED}
    terms |= {"learning_rate": 0.05, "min_data_in_leaf": 50, "deterministic": True}
    found = []
    for q in (None, *QUANTILES):
        asked = {"objective": "l1"} if q is None else {"objective": "quantile", "alpha": q}
        rows = lightgbm.Dataset(features[is_past], target[is_past], weight=level[is_past])
        model = lightgbm.train(terms | asked, rows, num_boost_round=200)
        ahead = model.predict(features[is_test], num_threads=1) * level[is_test]
        found.append(np.maximum(ahead, 0).reshape(len(history), n_tested, HOURS))
    assert n_days > n_tested  # noqa: S101 - else there was nothing to learn
    return found[0], np.stack(found[1:])


def _features(history: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return 13 features of every hour that are known the day before, and the target in levels."""
    n, n_days, _ = history.shape
    shape = history.shape
    daily = np.nanmean(history, axis=2)
    level = np.full((n, n_days), np.nan)
    columns = np.full((13, *shape), np.nan, np.float32)
    for day in range(1, n_days):
        past = history[:, max(0, day - N_DAYS) : day]
        level[:, day] = np.maximum(np.nanmean(past, axis=(1, 2)), 1e-6)
        scale = level[:, day][:, None]
        columns[0, :, day] = np.arange(HOURS)
        columns[1, :, day] = day % 7
        for i, back in enumerate((1, 2, 3, 7, 14)):
            if day >= back:
                columns[2 + i, :, day] = history[:, day - back] / scale
        columns[7, :, day] = np.nanmean(past[:, -7:], axis=1) / scale
        columns[8, :, day] = np.nanmean(past, axis=1) / scale
        same = history[:, list(range(day - 7, -1, -7))[:4]]
        if same.shape[1]:
            columns[9, :, day] = np.nanmean(same, axis=1) / scale
        columns[10, :, day] = daily[:, day - 1][:, None] / scale
        columns[11, :, day] = np.nanmean(daily[:, max(0, day - 3) : day], axis=1)[:, None] / scale
        columns[12, :, day] = np.nanstd(past, axis=(1, 2))[:, None] / scale
    whole = np.broadcast_to(level[..., None], shape)
    return np.moveaxis(columns, 0, -1), history / whole, whole


def _scored(actual: Any, mean: Any, quantile: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays
    """Return error, and coverage and pinball at each quantile, as shares of the traffic."""
    known = np.isfinite(actual) & np.isfinite(mean)
    traffic = actual[known].astype(np.float64)
    found: dict[str, Any] = {
        "wape": round(float(np.abs(mean[known] - traffic).sum() / traffic.sum()), 4)
    }
    if quantile is None:
        return found
    busy = mean >= np.quantile(mean, 0.75, axis=-1, keepdims=True)
    busy = busy[known]
    above = [traffic - each[known] for each in quantile]
    found["coverage"] = [round(float((each <= 0).mean()), 4) for each in above]
    found["coverage_busy"] = [round(float((each[busy] <= 0).mean()), 4) for each in above]
    found["pinball"] = [
        round(float(np.maximum(q * each, (q - 1) * each).sum() / traffic.sum()), 4)
        for q, each in zip(QUANTILES, above, strict=True)
    ]
    return found


def _throughput(n_series: int) -> dict[str, Any]:
    """Forecast series in blocks: 28 days by the hour in, 96 quarters at four quantiles out."""
    from commonweal.engines.radio.forecast import forecast
    from commonweal.engines.radio.forecast_calibration import calibrate
    from commonweal.engines.radio.forecast_slots import finer

    rng = np.random.default_rng(SEED)
    if FOLDER.is_dir():
        single = series_of("beams")[:, -N_DAYS:]
    else:
        single = rng.gamma(2, 1, (100, N_DAYS, HOURS)).astype(np.float32)
    kinds = np.arange(N_DAYS + 1) % 7
    n_block = min(BLOCK, n_series)
    history = single[rng.integers(0, len(single), n_block)]
    history *= rng.lognormal(0, 1, (n_block, 1, 1)).astype(np.float32)
    learned = calibrate(history[:2000], kinds)
    finer(forecast(history[:2], kinds, calibration=learned), 4)
    walls, cpus, total = [0.0, 0.0], [0.0, 0.0], 0.0
    for first in range(0, n_series, n_block):
        part = history[: min(n_block, n_series - first)]
        began = time.perf_counter(), time.process_time()
        hourly = forecast(part, kinds, calibration=learned, n_threads=2)
        middle = time.perf_counter(), time.process_time()
        total += float(finer(hourly, 4).quantile[2].sum())
        ended = time.perf_counter(), time.process_time()
        for clock, times in ((0, walls), (1, cpus)):
            times[0] += middle[clock] - began[clock]
            times[1] += ended[clock] - middle[clock]
    return {
        "series": n_series,
        "forecast_s": round(walls[0], 3),
        "forecast_cpu_s": round(cpus[0], 3),
        "quarters_s": round(walls[1], 3),
        "quarters_cpu_s": round(cpus[1], 3),
        "series_a_minute": round(60 * n_series / sum(walls)),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "sum_q95": total,
    }


def _table(told: dict[str, Any]) -> str:
    lines = []
    for series, contenders in told["series"].items():
        ours = contenders.get("ours")
        lines += [f"{series}: the last {TESTED[series]} days, each from the days before"]
        lines.append(
            f"  {'contender':<22} {'WAPE':>6}  {'covered 90/95/99 %':<20} {'pinball q95':>11}"
            f" {'sample WAPE':>11} {'sample covered':<18} {'CPU ms/series-day':>17} {'/ ours':>9}"
        )
        for name, run in contenders.items():
            if run is None:
                lines.append(f"  {name:<22} not ended within the limit")
                continue
            sample = run["on_sample"]
            ratio = run["cpu_ms_a_series_day"] / ours["cpu_ms_a_series_day"] if ours else np.nan
            lines.append(
                f"  {name:<22} {_percent(run.get('wape')):>6}  {_covered(run):<20}"
                f" {_percent(run.get('pinball', [None] * 3)[2]):>11}"
                f" {_percent(sample['wape']):>11} {_covered(sample):<18}"
                f" {run['cpu_ms_a_series_day']:>17.4f} {ratio:>9,.1f}"
            )
    lines.append("beams with few days of their own, or further ahead; misses learned from others")
    lines += [
        f"  {run['own_days']:>2} days of its own, {run['days_ahead']} ahead: WAPE"
        f" {_percent(run['wape'])}, covered {_covered(run)}"
        for run in told.get("edges") or ()
    ]
    lines.append("throughput: 28 days by the hour in, 96 quarters at four quantiles out")
    for run in told["throughput"]:
        if run is None:
            lines.append("  not ended within the limit")
            continue
        lines.append(
            f"  {run['series']:>9,} series  forecast {run['forecast_s']:>7.2f} s"
            f" ({run['forecast_cpu_s']:.2f} CPU s)  quarters {run['quarters_s']:>6.2f} s"
            f" ({run['quarters_cpu_s']:.2f})  {run['series_a_minute'] / 1e6:>6.2f} M series/min"
            f"  {run['peak_mb']:>6,} MB"
        )
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _covered(run: dict[str, Any]) -> str:
    return "/".join(f"{100 * share:.1f}" for share in run.get("coverage", ())[1:])


if __name__ == "__main__":
    main()
