"""A night's plan for a nation: forecast, plan and proof, against an exact solver and open rules.

Three parts, each in a process of its own. ``scale``: sectors streamed in blocks, 28 days of hours
in, 96 slots out, a coverage layer and three boosters of three modes; demand is what was forecast
for the hour in each of its quarters (``hourly``), or differs in every quarter (``rough``).
``referee``: a random sample of the same sectors solved as an integer programme by HiGHS.
``replay``: plans on quantiles, on the truth and by the threshold rule of open peers, carried
through with real days held back.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

PARTS = ("scale", "referee", "replay")
CASES = ("hourly", "rough")
BLOCK, N_DAYS, SEED = 8192, 28, 1
POOL = 2000
NATION = 4_125_000


def main() -> None:
    """Run the parts and print times, gaps and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=f"1000,100000,{NATION}", help="numbers of sectors")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--cases", default=",".join(CASES), help="kinds of demand")
    parser.add_argument("--sample", type=int, default=24, help="sectors for the referee")
    parser.add_argument("--replayed", type=int, default=200, help="sectors to replay")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(_part(options.part, options)))
        return
    told = {"benchmark": "radio"}
    for part in options.parts.split(","):
        sizes = options.sizes.split(",") if part == "scale" else [options.sizes]
        cases = CASES[:1] if part == "replay" else options.cases.split(",")
        told[part] = [_run(part, size, case, options) for case in cases for size in sizes]
    print(json.dumps(told, indent=2) if options.json else _table(told))


def _run(part: str, sizes: str, case: str, options: argparse.Namespace) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.radio", "--part", part, "--sizes", sizes]
    command += ["--cases", case]
    command += ["--sample", str(options.sample), "--replayed", str(options.replayed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ours
    return json.loads(done.stdout.splitlines()[-1])


def _part(part: str, options: argparse.Namespace) -> dict[str, object]:
    if part == "scale":
        return _scale(int(options.sizes), options.cases)
    return (
        _referee(options.sample, options.cases) if part == "referee" else _replay(options.replayed)
    )


class _Clock:
    """Adds up seconds of the wall and of the processor under a name."""

    def __init__(self) -> None:
        self.wall_s: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}

    def __call__(self, name: str, work):  # noqa: ANN001, ANN204 - any callable
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        self.wall_s[name] = self.wall_s.get(name, 0.0) + time.perf_counter() - wall
        self.cpu_s[name] = self.cpu_s.get(name, 0.0) + time.process_time() - cpu
        return found


def _scale(n_sectors: int, case: str) -> dict[str, object]:
    """Forecast and plan so many sectors, block by block; what makes the sectors is not timed."""
    from benchmarks import _radio

    base = _radio.pool(POOL, SEED)
    known = _calibration(base.history[:, -N_DAYS:], (0.95,))
    compiling = next(_radio.blocks(base, 512, 512, SEED))
    _night(_Clock(), compiling, known, "rough")  # everything is compiled before the clock
    clock, gaps, saved, all_on = _Clock(), 0.0, 0.0, 0.0
    known = clock("calibrate", lambda: _calibration(base.history[:, -N_DAYS:], (0.95,)))
    before_mb = _peak_mb()
    for block in _radio.blocks(base, n_sectors, BLOCK, SEED):
        plan = _night(clock, block, known, case)
        gaps += ((plan.cost_wh - plan.bound_wh) / plan.cost_wh).sum()
        saved += (plan.all_on_wh - plan.energy_wh).sum()
        all_on += plan.all_on_wh.sum()
    return {
        "sectors": n_sectors,
        "case": case,
        "source": base.source,
        "wall_s": {name: round(s, 2) for name, s in clock.wall_s.items()},
        "cpu_s": {name: round(s, 2) for name, s in clock.cpu_s.items()},
        "cpu_us_a_sector": round(sum(clock.cpu_s.values()) / n_sectors * 1e6, 1),
        "gap_share": gaps / n_sectors,
        "saving_share": saved / all_on,
        "peak_mb": _peak_mb(),
        "peak_mb_before": before_mb,
    }


def _night(clock: _Clock, block, known, case):  # noqa: ANN001, ANN202 - sectors, ..., a plan
    """Forecast tomorrow from the last weeks of a block, and plan it at the 95 % quantile."""
    from benchmarks import _radio
    from commonweal.engines.radio.sectors import Rules
    from commonweal.engines.radio.sleep import plan_sleep

    layers = _radio.layers(len(block.nr_share), seed=SEED)
    quantiles = clock("forecast", lambda: _forecast(block.history[:, -N_DAYS:], known))
    demand = _radio.split(_quarters(quantiles[0], case), block.nr_share)
    return clock("plan", lambda: plan_sleep(layers, demand, Rules()))


def _quarters(hourly, case: str):  # noqa: ANN001, ANN202 - arrays
    """Return what is asked in each quarter of an hour."""
    import numpy as np

    from benchmarks import _radio

    if case == "rough":
        return _radio.rough_quarters(hourly, np.random.default_rng(SEED))
    return _radio.quarter_hours(hourly)


def _forecast(history, known, first_weekday: int = 0):  # noqa: ANN001, ANN202 - arrays
    """Return quantiles of the day after the history: quantile × sector × hour."""
    from commonweal.engines.radio.forecast import forecast

    kinds = _kinds(history.shape[1] + 1, first_weekday)
    return forecast(
        history, kinds, quantiles=known.quantiles, calibration=known, n_threads=2
    ).quantile


def _calibration(history, quantiles, first_weekday: int = 0):  # noqa: ANN001, ANN202 - arrays
    """Learn how far forecasts of such sectors miss, from the same days."""
    from commonweal.engines.radio.forecast_calibration import calibrate

    return calibrate(history, _kinds(history.shape[1], first_weekday), quantiles=quantiles)


def _kinds(n_days: int, first_weekday: int):  # noqa: ANN202 - an array
    import numpy as np

    return (np.arange(n_days) + first_weekday) % 7


def _referee(n_sample: int, case: str) -> dict[str, object]:
    """Solve a sample exactly and tell how far the plan is from the optimum and from its bound."""
    import numpy as np

    from benchmarks import _radio
    from commonweal.engines.radio.referee import optimum
    from commonweal.engines.radio.sectors import Rules
    from commonweal.engines.radio.sleep import plan_sleep

    base = _radio.pool(POOL, SEED)
    rules, layers = Rules(), _radio.layers(POOL, seed=SEED)
    past = base.history[:, -N_DAYS:]
    quantile = _forecast(past, _calibration(past, (0.95,)))[0]
    demand = _radio.split(_quarters(quantile, case), base.nr_share)
    plan_sleep(layers[:512], demand[:512], rules)
    began = time.process_time()
    plan = plan_sleep(layers, demand, rules)
    ours_s = (time.process_time() - began) / POOL
    gaps, bound_gaps, seconds = [], [], []
    for at in np.random.default_rng(SEED).choice(POOL, n_sample, replace=False).tolist():
        one = slice(at, at + 1)
        began = time.process_time()
        exact = optimum(layers[one], demand[one], rules)
        seconds.append(time.process_time() - began)
        gaps.append((plan.cost_wh[at] - exact.cost_wh) / exact.cost_wh)
        bound_gaps.append((exact.cost_wh - plan.bound_wh[at]) / exact.cost_wh)
    return {
        "sample": n_sample,
        "case": case,
        "gap_to_optimum": {"mean": float(np.mean(gaps)), "max": float(np.max(gaps))},
        "bound_below_optimum": {
            "mean": float(np.mean(bound_gaps)),
            "min": float(np.min(bound_gaps)),
        },
        "cpu_s_a_sector": {"ours": ours_s, "highs": float(np.mean(seconds))},
        "highs_over_ours": float(np.mean(seconds)) / ours_s,
    }


def _replay(n_sectors: int, n_days: int = 8) -> dict[str, object]:
    """Plan the last days one by one on what was known, and carry the plans through as it came."""
    from benchmarks import _radio

    base = _radio.pool(n_sectors, SEED)
    layers = _radio.layers(n_sectors, seed=SEED)
    whole = base.history.shape[1]
    found: dict[str, list] = {}
    for day in range(whole - n_days, whole):
        truth = _radio.split(_radio.quarter_hours(base.history[:, day]), base.nr_share)
        past = base.history[:, day - N_DAYS : day]
        for name, replayed in _contenders(layers, past, day, truth, base):
            found.setdefault(name, []).append(replayed)
    return {"source": base.source, "sectors": n_sectors, "days": n_days} | {
        "plans": {name: _told(replays) for name, replays in found.items()}
    }


def _contenders(layers, past, day, truth, base):  # noqa: ANN001, ANN202 - arrays in, replays out
    from benchmarks import _radio
    from commonweal.engines.radio.replay import replay
    from commonweal.engines.radio.sectors import Rules
    from commonweal.engines.radio.sleep import plan_sleep
    from commonweal.engines.radio.threshold import Thresholds, plan_threshold

    rules, levels = Rules(), (0.5, 0.9, 0.95, 0.99)
    yield "oracle", replay(layers, truth, plan_sleep(layers, truth, rules).mode, rules)
    first_weekday = (day - past.shape[1]) % 7
    known = _calibration(past, levels, first_weekday)
    quantiles = _forecast(past, known, first_weekday)
    for level, hourly in zip(levels, quantiles, strict=True):
        demand = _radio.split(_radio.quarter_hours(hourly), base.nr_share)
        yield (
            f"q{level * 100:.0f}",
            replay(layers, truth, plan_sleep(layers, demand, rules).mode, rules),
        )
    for wakes_above in (0.5, 0.7, 0.85, 1.0):  # of what it may carry at the same guard
        rule = Thresholds(
            own_below_share=wakes_above * 0.6,
            others_below_share=wakes_above * 0.7,
            others_above_share=wakes_above,
        )
        modes = plan_threshold(layers, truth, rules, rule)
        yield f"threshold {wakes_above:.2f}", replay(layers, truth, modes, rules)


def _told(replays) -> dict[str, float]:  # noqa: ANN001 - of replays
    from commonweal.engines.radio.replay import total

    whole = total(replays)
    names = ("saving_share", "unserved_share", "over_limit_share", "changes_a_day")
    return {name: getattr(whole, name) for name in names}


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _percent(run: dict, name: str, which: str) -> str:
    return f"{run[name][which]:.3%}"


def _table(told: dict) -> str:
    lines = [
        f"{run['sectors']:>10,} sectors, {run['case']:>6}  wall {run['wall_s']}  CPU"
        f" {run['cpu_s']} s, {run['cpu_us_a_sector']} µs a sector  gap {run['gap_share']:.3%}"
        f"  {run['peak_mb']} MB"
        for run in told.get("scale", [])
    ]
    lines += [
        f"HiGHS on {run['sample']}, {run['case']}:"
        f" mean gap {_percent(run, 'gap_to_optimum', 'mean')},"
        f" most {_percent(run, 'gap_to_optimum', 'max')};"
        f" bound {_percent(run, 'bound_below_optimum', 'mean')} below;"
        f" HiGHS takes {run['highs_over_ours']:,.0f} times as long"
        for run in told.get("referee", [])
    ]
    for run in told.get("replay", []):
        lines.append(f"replay of {run['sectors']} sectors, {run['days']} days; {run['source']}")
        lines += [
            f"{name:>14}  saving {it['saving_share']:.1%}  unserved {it['unserved_share']:.3%}"
            f"  over {it['over_limit_share']:.2%}  changes a day {it['changes_a_day']:.1f}"
            for name, it in run["plans"].items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
