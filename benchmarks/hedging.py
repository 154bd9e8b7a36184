"""The plan of the carbon market beside the whole programme, solved at once by HiGHS.

Instance: three markets and two years, six obligations, as many scenarios as asked; drawn from one
seed. The peer is the extensive form, sparse, by dual simplex and by interior point. Both find the
same objective, which is checked. Peak memory is that of a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

CONTENDERS = ("ours", "extensive-simplex", "extensive-ipm")
RISK_WEIGHT, ALPHA, N_OBLIGATIONS, SEED = 0.5, 0.95, 6, 1


def main() -> None:
    """Run every contender at every size and print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,1000,10000", help="numbers of scenarios")
    parser.add_argument("--limit-s", type=float, default=300, help="a contender is stopped then")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    if options.contender:
        print(json.dumps(_contend(options.contender, sizes[0])))
        return
    results = [_measure(size, options.limit_s) for size in sizes]
    told = {"benchmark": "hedging", "results": results}
    print(json.dumps(told, indent=2) if options.json else _table(results))


def _measure(n_scenarios: int, limit_s: float) -> dict[str, object]:
    found: dict[str, dict[str, float] | None] = {}
    for name in CONTENDERS:
        command = [sys.executable, "-m", "benchmarks.hedging", "--contender", name]
        command += ["--sizes", str(n_scenarios)]
        try:
            done = subprocess.run(  # noqa: S603 - a module of ours
                command, capture_output=True, text=True, check=True, timeout=limit_s
            )
        except subprocess.TimeoutExpired:
            found[name] = None
            continue
        found[name] = json.loads(done.stdout.splitlines()[-1])
    ours = found["ours"]
    ended = {name: run for name, run in found.items() if run is not None}
    for name, run in ended.items():
        apart = abs(run["objective_cny"] - ours["objective_cny"])
        if apart > 1e-5 * abs(ours["objective_cny"]):
            raise SystemExit(f"{name} finds {run['objective_cny']}, ours {ours['objective_cny']}")
    ratios = {name: round(run["cpu_s"] / ours["cpu_s"], 1) for name, run in ended.items()}
    return {"scenarios": n_scenarios, "contenders": found, "over_ours": ratios}


def _contend(name: str, n_scenarios: int) -> dict[str, float]:
    from commonweal.engines.hedging import plan
    from commonweal.engines.hedging.extensive import extensive_plan

    instance = _instance(n_scenarios)
    terms = {"risk_weight": RISK_WEIGHT, "alpha": ALPHA}
    began, began_cpu = time.perf_counter(), time.process_time()
    extra: dict[str, float] = {}
    if name == "ours":
        found = plan(instance, **terms)
        objective_cny = found.objective_cny
        extra = {"rounds": found.n_rounds, "gap_share": found.gap_share}
    else:
        _, objective_cny = extensive_plan(instance, solver=name.partition("-")[2], **terms)
    return {
        "s": round(time.perf_counter() - began, 3),
        "cpu_s": round(time.process_time() - began_cpu, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "objective_cny": objective_cny,
        **extra,
    }


def _instance(n_scenarios: int):  # noqa: ANN202 - an engine's own, loaded by the contender
    import numpy as np

    from commonweal.engines.hedging import Outlook, instance_of

    rng = np.random.default_rng(SEED)
    n = N_OBLIGATIONS
    outlook = Outlook(
        emissions_t=rng.uniform(5e4, 3e5, n),
        emissions_sd_share=np.full(n, 0.06),
        price_cny=rng.uniform(40, 110, n),
        credit_price_cny=70.0,
        drift=0.03,
        volatility=0.3,
        horizon_years=np.repeat([0.75, 1.75], n // 2),
        correlation=0.3,
        price_correlation=0.6,
        resale_share=0.8,
        cap_share=rng.choice([0.05, 0.10, 0.20], n),
        cap_base_t=np.zeros(n),
    )
    held = {"holding_t": outlook.emissions_t * 0.93, "credits_t": np.full(n, 500.0)}
    return instance_of(outlook, n_scenarios=n_scenarios, rng=rng, **held)


def _table(results: list[dict]) -> str:
    lines = [" scenarios  contender                 s     CPU s   peak MB  CPU s / ours"]
    for result in results:
        for name, run in result["contenders"].items():
            if run is None:
                lines.append(f"{result['scenarios']:>10,}  {name:<18} not ended within the limit")
                continue
            lines.append(
                f"{result['scenarios']:>10,}  {name:<18} {run['s']:>8.2f} {run['cpu_s']:>9.2f}"
                f" {run['peak_mb']:>9,} {result['over_ours'][name]:>13.1f}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
