"""Accounting: registers of a nation's meters to tCO2e by province and month.

Instance: 42 register readings a month of up to 200,000 meters at 31 provinces' sites, rollovers
and gaps included, as Parquet in the lake; 1, 10 and 100 million readings. Contenders, each in a
process of its own over the same files:

- ``ours``: the whole computation as of an instant: registers of meters, sites and owners, quality
  flags, rollover walks, boundary cuts, estimates flagged, every indicator of every domain, scope 2
  by both methods, factors as known then, roll-up over the organisation, facts with their lineage
  into the Merkle log of a register that has none yet.
- ``duckdb``: the best query we could write by hand for the electricity total alone: first register
  of each meter and month, differences to the next, rollover added, factor joined. No flags, no
  lineage, no facts; gaps over a month's end go unnoticed.
- ``duckdb-lag``: the textbook query, a difference for every reading by ``lag``.
- ``pandas``: the straightforward pipeline.
- ``scan``: reading the three columns, the physical limit.

Loading of modules and definitions is not timed for anyone; ``start_s`` says what it takes us. The
peers get meters, provinces and factors for nothing.

Totals of the contenders are compared over the months they treat alike (all but the last, which
ours fills to its end). ``cpu_s`` is what all cores worked, which other work on the machine changes
less than the clock. Peak memory is the process's highest resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

CONTENDERS = ("scan", "duckdb", "ours", "duckdb-lag", "pandas")
NOW = datetime(2025, 3, 18, tzinfo=UTC)
START = date(2020, 1, 1)


def main() -> None:
    """Run every contender at every size and print times, memory and ratios."""
    options = _options()
    if options.contender:
        print(json.dumps(_contend(options.contender)))
        return
    results = [_measure(size, options) for size in options.sizes]
    print(
        json.dumps({"benchmark": "accounting", "results": results}, indent=2)
        if options.json
        else _table(results)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    sizes = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--sizes", type=sizes, default=[1, 10, 100], help="millions of readings")
    parser.add_argument(
        "--without", default="", help="contenders to leave out, as pandas,duckdb-lag"
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", choices=(*CONTENDERS, "prepare"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(millions: int, options: argparse.Namespace) -> dict[str, object]:
    """Prepare one instance and run every contender on it."""
    with tempfile.TemporaryDirectory(prefix="commonweal-bench-") as home:
        environment = {
            **os.environ,
            "COMMONWEAL_HOME": home,
            "BENCH_READINGS": str(millions * 10**6),
        }
        prepared = _child("prepare", environment)
        register = {path: path.read_bytes() for path in Path(home).glob("*.sqlite3*")}
        found = {}
        for name in CONTENDERS:
            if name not in options.without.split(","):
                runs = []
                for _ in range(options.repeat):
                    for path in Path(home).glob("*.sqlite3*"):
                        path.unlink()  # no run finds the facts of the one before
                    for path, content in register.items():
                        path.write_bytes(content)
                    runs.append(_child(name, environment))
                runs.sort(key=lambda run: run["s"])
                found[name] = runs[len(runs) // 2]
                print(f"{millions} M {name}: {found[name]}", file=sys.stderr)
    totals = [run["kwh"] for run in found.values() if run.get("kwh")]
    spread = (max(totals) - min(totals)) / max(totals) if totals else 0.0
    hand = found.get("duckdb", {}).get("s")
    return {
        "readings": millions * 10**6,
        "bytes": prepared["bytes"],
        "contenders": found,
        "ratio_to": {name: round(found["ours"]["s"] / run["s"], 2) for name, run in found.items()},
        "totals_differ_by_share": spread,
        "ours_over_duckdb": round(found["ours"]["s"] / hand, 2) if hand else None,
    }


def _child(name: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.accounting", "--contender", name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _contend(name: str) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonweal.settings")
    begun = time.perf_counter()
    if name == "ours":
        sys.meta_path.insert(0, _WithoutPandas)
    import django

    django.setup()
    if name == "prepare":
        return _prepare()
    peers = {"duckdb": _duckdb, "duckdb-lag": _duckdb_lag, "pandas": _pandas, "scan": _scan}
    instance = _definitions() if name == "ours" else _instance()
    start, worked = time.perf_counter(), time.process_time()
    told = _ours() if name == "ours" else {"kwh": peers[name](*instance)}
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - worked
    if name == "ours":
        told |= {"start_s": round(start - begun, 3), **_recorded()}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"s": round(seconds, 3), "cpu_s": round(cpu_s, 3), "peak_mb": round(peak_mb), **told}


class _WithoutPandas:
    """Keeps a peer's library away from us: where it is installed, pyarrow would load it."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Refuse one name, leave the others to those who find them."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _prepare() -> dict[str, float]:
    """Build the register of nodes, sites and meters, and the lake."""
    from django.conf import settings
    from django.core.management import call_command

    from commonweal.demo.bulk import lake_write_stream, meters_frame, readings_stream, stream_meters
    from commonweal.domains.carbon.schemas import METER_READINGS
    from commonweal.lake.segments import SourceInfo

    call_command("migrate", verbosity=0)
    n_readings = int(os.environ["BENCH_READINGS"])
    _register(meters_frame(stream_meters(n_readings)))
    info = SourceInfo(
        dataset="meter_readings",
        name="bench",
        sha256="0" * 64,
        mapping={},
        fingerprint="f" * 64,
        actor="bench",
    )
    lake_write_stream(METER_READINGS, readings_stream(n_readings), source=info, now=NOW)
    n_bytes = sum(path.stat().st_size for path in Path(settings.LAKE_ROOT).rglob("*.parquet"))
    return {"bytes": n_bytes}


def _register(meters: object) -> None:
    """Enter the meters, their sites and their owners; in bulk, for this is not what is measured."""
    from commonweal.demo.organisation import provinces
    from commonweal.kernel.org.models import Meter, Node, Site, SiteOwnership
    from commonweal.kernel.org.services import boundary_set, boundary_share_set, node_create

    told = {"actor": "bench", "now": datetime(2023, 1, 1, tzinfo=UTC)}
    names = {"zh-hant": "x", "zh-hans": "x", "en": "x"}
    node_create(code="group", kind="group", place="CN", names=names, from_date=START, **told)
    places = [province.place for province in provinces()]
    for place in places:
        at = {"place": place, "from_date": START, "parent": "group"}
        node_create(code=place, kind="province", names=names, **at, **told)
    boundary_set(code="operational", approach="operational_control", names=names, **told)
    boundary_share_set(
        boundary="operational", node="group", share=Decimal(1), from_date=START, **told
    )
    rows = meters.to_pylist()
    province_of = {row["site_id"]: places[row["province"]] for row in rows}
    node_of = dict(Node.objects.values_list("code", "pk"))
    Site.objects.bulk_create(
        (
            Site(pk=pk, code=f"S-{pk}", kind="macro", place=place)
            for pk, place in province_of.items()
        ),
        batch_size=5_000,
    )
    SiteOwnership.objects.bulk_create(
        (
            SiteOwnership(
                site_id=pk, node_id=node_of[place], valid_from=START, recorded_at=told["now"]
            )
            for pk, place in province_of.items()
        ),
        batch_size=5_000,
    )
    Meter.objects.bulk_create(
        (
            Meter(
                pk=row["meter_id"],
                code=f"M-{row['meter_id']}",
                site_id=row["site_id"],
                carrier="electricity",
                unit="kWh",
                multiplier=row["multiplier"],
                rollover_at=row["rollover_at"],
                max_rate_per_h=row["max_rate_per_h"],
                installed_date=START,
            )
            for row in rows
        ),
        batch_size=5_000,
    )


def _instance() -> tuple[list[str], object, object]:
    """What the peers get for nothing: the list of files, meters with provinces, factors."""
    import pyarrow as pa

    from commonweal.catalogue import catalogue
    from commonweal.kernel.org.models import Site
    from commonweal.kernel.org.selectors import meters_table
    from commonweal.lake.views import read

    site_place = dict(Site.objects.values_list("pk", "place"))
    meters = meters_table()
    place = [site_place[i] for i in meters["site_id"].to_pylist()]
    meters = meters.append_column("place", pa.array(place))
    grid = catalogue().factors["grid_average"]
    asked = {"carrier": "electricity", "year": 2023, "known_at": NOW}
    factors = [
        {"place": p, "factor": float(grid.find(place=p, **asked).row.value)}
        for p in sorted(set(place))
    ]
    files = [str(path) for path in read("meter_readings").files]
    return files, meters, pa.Table.from_pylist(factors)


def _definitions() -> None:
    """Load what a process loads once."""
    from commonweal.catalogue import catalogue
    from commonweal.kernel.compute import services  # noqa: F401
    from commonweal.kernel.programmes.figures import figures

    catalogue()
    figures(())


def _ours() -> dict[str, float]:
    """The product's own use-case, nothing left out."""
    from commonweal.kernel.compute.services import compute
    from commonweal.periods import month, year

    periods = [year(2023), *(month(2023, m) for m in range(1, 13))]
    now = NOW + timedelta(days=1)
    batch = compute(periods, boundary="operational", actor="bench", now=now, snapshot=NOW)
    return {"n_facts": batch.facts.count()}


def _recorded() -> dict[str, float]:
    """What the facts of the group say: the total that all contenders have, and what they add."""
    from commonweal.kernel.facts.models import Fact

    facts = Fact.objects.filter(node="group", superseded_at=None)
    use = facts.filter(indicator="electricity_use", period_kind="month")
    year = {f.indicator: f for f in facts.filter(period_kind="year")}
    return {
        "kwh": float(sum(f.value for f in use.exclude(start_date=date(2023, 12, 1)))),
        "estimated_share": float(year["electricity_use"].estimated_share),
        "scope2_location_t": float(year["scope2_location"].value),
        "scope2_market_t": float(year["scope2_market"].value),
    }


_BY_HAND = """
WITH first_of_month AS (
    SELECT meter_id, month, min_by(register, read_at) AS first, max_by(register, read_at) AS last
    FROM readings GROUP BY meter_id, month
), use AS (
    SELECT meter_id, month,
        coalesce(lead(first) OVER (PARTITION BY meter_id ORDER BY month), last) - first AS step
    FROM first_of_month
)
SELECT month, place, sum(kwh) AS kwh, sum(kwh * factor) / 1000 AS tco2
FROM (
    SELECT month, place,
        (step + CASE WHEN step < 0 THEN rollover_at ELSE 0 END) * multiplier AS kwh
    FROM use JOIN meters USING (meter_id)
) JOIN factors USING (place)
GROUP BY month, place
"""

_LAG = """
WITH step AS (
    SELECT meter_id, month, register,
        lead(register) OVER (PARTITION BY meter_id ORDER BY read_at) - register AS step
    FROM readings
)
SELECT month, place, sum(kwh) AS kwh, sum(kwh * factor) / 1000 AS tco2
FROM (
    SELECT month, place,
        (step + CASE WHEN step < 0 THEN rollover_at ELSE 0 END) * multiplier AS kwh
    FROM step JOIN meters USING (meter_id)
) JOIN factors USING (place)
GROUP BY month, place
"""


def _in_duckdb(sql: str, files: list[str], meters: object, factors: object) -> float:
    import duckdb

    connection = duckdb.connect(config={"preserve_insertion_order": "false"})
    connection.register("meters", meters)
    connection.register("factors", factors)
    connection.sql("SELECT * FROM read_parquet($files)", params={"files": files}).create_view(
        "readings"
    )
    rows = connection.sql(sql).to_arrow_table().to_pylist()
    return sum(row["kwh"] for row in rows if row["month"] != date(2023, 12, 1))


def _duckdb(files: list[str], meters: object, factors: object) -> float:
    return _in_duckdb(_BY_HAND, files, meters, factors)


def _duckdb_lag(files: list[str], meters: object, factors: object) -> float:
    return _in_duckdb(_LAG, files, meters, factors)


def _scan(files: list[str], _meters: object, _factors: object) -> float:
    import duckdb

    duckdb.read_parquet(files).aggregate("max(meter_id), max(read_at), sum(register)").fetchall()
    return 0.0


def _pandas(files: list[str], meters: object, factors: object) -> float:
    """Read, sort, difference, join, group: what a notebook would do."""
    import pandas as pd

    readings = pd.read_parquet(files, columns=["meter_id", "read_at", "register", "month"])
    readings = readings.sort_values(["meter_id", "read_at"])
    step = readings.groupby("meter_id")["register"].shift(-1) - readings["register"]
    joined = readings.assign(step=step).merge(meters.to_pandas(), on="meter_id")
    joined.loc[joined["step"] < 0, "step"] += joined["rollover_at"]
    joined["kwh"] = joined["step"] * joined["multiplier"]
    totals = joined.groupby(["month", "place"])["kwh"].sum().reset_index()
    totals = totals.merge(factors.to_pandas(), on="place")
    totals["tco2"] = totals["kwh"] * totals["factor"] / 1000
    return float(totals.loc[totals["month"] != date(2023, 12, 1), "kwh"].sum())


def _table(results: list[dict]) -> str:
    lines = ["readings     contender     seconds  of cores   peak MB   ours / it"]
    for result in results:
        for name, run in result["contenders"].items():
            lines.append(
                f"{result['readings']:>11,}  {name:<11} {run['s']:>9.2f} {run['cpu_s']:>9.2f}"
                f" {run['peak_mb']:>9,} {result['ratio_to'][name]:>11.2f}"
            )
        lines.append(
            f"{'':>13}totals differ by {result['totals_differ_by_share']:.1e} of their size"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
