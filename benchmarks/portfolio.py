"""The portfolio of actions beside the order of the cost curve, as spreadsheets take it.

Instance: as many options as asked over ten years, drawn from one seed: one in five belongs to a
group of alternatives, one in ten requires another, pairs share a site; a target that rises to half
of what all of them save, and a budget of 8 % of all investments a year. Both get
the same instance; costs are present values by the same function, and whether the needs are met is
told beside them. Each contender runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

CONTENDERS = ("ours", "curve-order")
N_YEARS, SEED, GAP_SHARE = 10, 1, 1e-3
IN_GROUP, REQUIRING = 0.2, 0.1


def main() -> None:
    """Run every contender at every size and print costs, times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,1000,10000", help="numbers of options")
    parser.add_argument("--limit-s", type=float, default=120, help="the solver stops then")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    if asked.contender:
        print(json.dumps(_contend(asked.contender, sizes[0], asked.limit_s)))
        return
    results = [_measure(size, asked.limit_s) for size in sizes]
    told = {"benchmark": "portfolio", "n_years": N_YEARS, "results": results}
    print(json.dumps(told, indent=2) if asked.json else _table(results))


def _measure(n: int, limit_s: float) -> dict[str, object]:
    found = {}
    for name in CONTENDERS:
        command = [sys.executable, "-m", "benchmarks.portfolio", "--contender", name]
        command += ["--sizes", str(n), "--limit-s", str(limit_s)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a module of ours
        found[name] = json.loads(done.stdout.splitlines()[-1])
    return {"options": n, "contenders": found}


def _contend(name: str, n: int, limit_s: float) -> dict[str, object]:
    from commonweal.engines.portfolio import choose, greedy

    given, question = _instance(n)
    began, cpu = time.perf_counter(), time.process_time()
    if name == "ours":
        plan = choose(given, question, gap_share=GAP_SHARE, limit_s=limit_s)
        found, bound = plan.result, plan.bound_cny
    else:
        found, bound = greedy(given, question), None
    return {
        "cost_cny": found.cost_cny,
        "bound_cny": bound,
        "is_met": found.is_met,
        "lacking_share": float((found.shortfall["tco2e"] / question.needs["tco2e"]).max()),
        "wall_s": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _instance(n: int) -> tuple:  # type: ignore[type-arg] # options and a question
    import numpy as np

    from commonweal.engines.portfolio import Overlap, Question, options

    rng = np.random.default_rng(SEED)
    kwh = rng.lognormal(13.5, 1.0, n)
    capex = kwh * rng.lognormal(0.9, 0.8, n)
    exclusive = np.where(rng.random(n) < IN_GROUP, rng.integers(0, max(1, n // 15), n), -1)
    later = np.flatnonzero(rng.random(n) < REQUIRING)
    later = later[later > 0]
    requires = tuple((int(i), int(rng.integers(0, i))) for i in later)
    pairs = rng.permutation(n)[: n // 5 * 2].reshape(-1, 2)
    given = options(
        capex,
        {"kwh": kwh, "tco2e": kwh * 0.5366e-3, "cny": kwh * 0.72},
        opex_cny_a=capex * 0.02,
        life_years=rng.integers(5, 16, n),
        first_share=np.full(n, 0.5),
        fade_share=rng.uniform(0, 0.03, n),
        works_share=rng.uniform(0.7, 1.0, n),
        exclusive=exclusive,
        requires=requires,
        overlaps=tuple(Overlap(int(a), int(b), 0.15) for a, b in pairs),
    )
    most = float(given.expected("tco2e").sum())
    question = Question(
        N_YEARS,
        needs={"tco2e": 0.5 * most * np.arange(1, N_YEARS + 1) / N_YEARS},
        budget_cny=np.full(N_YEARS, 0.08 * float(capex.sum())),
        worth_cny={"cny": np.ones(N_YEARS), "tco2e": np.full(N_YEARS, 80.0)},
        rate_share=0.06,
    )
    return given, question


def _table(results: list[dict[str, object]]) -> str:
    lines = [
        f"{'options':>8} {'contender':<12} {'cost, M CNY':>12} {'met':>5} {'lacks':>6} {'time':>8}"
    ]
    for row in results:
        for name, run in row["contenders"].items():  # type: ignore[attr-defined] # by contender
            gap = ""
            if run["bound_cny"] is not None:
                gap = f"  gap {(run['cost_cny'] - run['bound_cny']) / abs(run['cost_cny']):.4%}"
            lines.append(
                f"{row['options']:>8} {name:<12} {run['cost_cny'] / 1e6:>12,.2f} "
                f"{'yes' if run['is_met'] else 'no':>5} {run['lacking_share']:>6.1%} "
                f"{run['wall_s']:>7.2f}s{gap}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
