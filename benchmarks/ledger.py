"""Ledger: durable transfers a second between up to a million accounts.

Instance: accounts of one asset, each opened and given 1,000 points in one call; then transfers
between accounts chosen at random. Every commit is on the disk (SQLite ``synchronous=FULL``, or
PostgreSQL as configured). Contenders, each in a process of its own on the same database:

- ``ours``: batches of 8,190 between holders: keys checked, floors checked in order, balances, sums
  proved, digest in the event log.
- ``ours-source``: the same from one source without a floor, as accruals are.
- ``ours-single``: the same guarantees, one transfer a transaction.
- ``plain-single``: what one would write by hand: key, floor, row and two balances, one transfer a
  transaction, nothing else (no digest, no event, no proof).
- ``raw``: ``executemany`` of the bare rows into a table without any index but its own: the limit.

``--database postgresql://…`` measures an empty database there; ``raw`` and ``plain-single`` are of
SQLite only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

BATCH, N_BATCHES, N_SINGLE = 8_190, 16, 400
CONTENDERS = ("raw", "plain-single", "ours", "ours-source", "ours-single")
NOW = datetime(2025, 3, 18, tzinfo=UTC)
TOLD = {"actor": "bench", "now": NOW}


def main() -> None:
    """Run every contender at every size and print rates and ratios."""
    options = _options()
    if options.contender:
        print(json.dumps(_contend(options.contender)))
        return
    results = [_measure(n, options.database) for n in options.sizes]
    print(
        json.dumps({"benchmark": "ledger", "results": results}, indent=2)
        if options.json
        else _table(results)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    sizes = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument(
        "--sizes", type=sizes, default=[10_000, 100_000, 1_000_000], help="numbers of accounts"
    )
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; one size")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", choices=(*CONTENDERS, "prepare"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(n_accounts: int, database: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="commonweal-bench-") as home:
        environment = {
            **os.environ,
            "COMMONWEAL_HOME": home,
            "COMMONWEAL_DATABASE": database,
            "BENCH_ACCOUNTS": str(n_accounts),
        }
        prepared = _child("prepare", environment)
        print(f"{n_accounts:,} accounts: {prepared}", file=sys.stderr)
        found = {}
        for name in CONTENDERS:
            if not database or name.startswith("ours"):
                found[name] = _child(name, environment)
                print(f"{n_accounts:,} accounts, {name}: {found[name]}", file=sys.stderr)
        ours = found["ours"]["per_s"]
        return {
            "accounts": n_accounts,
            "database": "postgresql" if database else "sqlite",
            "prepared": prepared,
            "contenders": found,
            "ours_over": {name: round(ours / run["per_s"], 3) for name, run in found.items()},
        }


def _child(name: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ledger", "--contender", name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _contend(name: str) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonweal.settings")
    import django

    django.setup()
    if name == "prepare":
        return _prepare()
    if name == "raw":
        n, seconds, cpu_s = _raw()
    elif name == "plain-single":
        n, seconds, cpu_s = _plain_single()
    elif name == "ours-single":
        n, seconds, cpu_s = _ours_single()
    else:
        n, seconds, cpu_s = _ours(from_source=name == "ours-source")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "n": n,
        "s": round(seconds, 3),
        "cpu_s": round(cpu_s, 3),
        "per_s": round(n / seconds),
        "per_cpu_s": round(n / cpu_s),
        "peak_mb": round(peak_mb),
    }


def _prepare() -> dict[str, float]:
    """Open the accounts and give each 1,000 points, in one call each."""
    import numpy as np
    from django.conf import settings
    from django.core.management import call_command

    from commonweal.kernel.ledger.services import (
        TransferColumns,
        account_open_many,
        asset_create,
        transfers_post_columns,
    )
    from commonweal.kernel.org.services import node_create

    call_command("migrate", verbosity=0)
    names = {"zh-hant": "x", "zh-hans": "x", "en": "x"}
    start = date(2020, 1, 1)
    node_create(code="group", kind="group", place="CN", names=names, from_date=start, **TOLD)
    asset_create(code="points", names=names, unit="pt", node="group", **TOLD)
    n = _n_accounts()
    began = time.perf_counter()
    terms = {"asset": "points", "node": "group", **TOLD}
    account_open_many(codes=["source"], kind="source", floor=None, **terms)
    account_open_many(codes=[f"m{i:08}" for i in range(n)], **terms)
    opened = time.perf_counter()
    columns = TransferColumns(
        key=[f"accrual-{i:08}" for i in range(n)],
        debit="source",
        credit=np.arange(2, n + 2),
        amount=1_000,
        code="accrual",
    )
    transfers_post_columns(columns, **TOLD)
    ended = time.perf_counter()
    path = Path(settings.HOME) / "commonweal.sqlite3"
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "open_s": round(opened - began, 2),
        "accrue_s": round(ended - opened, 2),
        "database_mb": round(path.stat().st_size / 1e6) if path.exists() else 0,
        "peak_mb": round(peak_mb),
    }


def _ticks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    """Return seconds on the wall and of this process's own, which others' load changes less."""
    wall, own = _ticks()
    return wall - began[0], own - began[1]


def _n_accounts() -> int:
    return int(os.environ["BENCH_ACCOUNTS"])


def _ours(*, from_source: bool) -> tuple[int, float, float]:
    import numpy as np

    from commonweal.kernel.ledger.services import TransferColumns, transfers_post_columns

    n, choose = _n_accounts(), np.random.default_rng(1)
    batches = []
    for number in range(N_BATCHES):
        debit = choose.integers(0, n, BATCH)
        credit = (debit + choose.integers(1, n, BATCH)) % n
        batches.append(
            TransferColumns(
                key=[f"{from_source}-{number:04}-{i:04}" for i in range(BATCH)],
                debit=np.full(BATCH, 1) if from_source else debit + 2,
                credit=credit + 2,
                amount=1,
                code="gift",
            )
        )
    began = _ticks()
    for batch in batches:
        transfers_post_columns(batch, **TOLD)
    return N_BATCHES * BATCH, *_since(began)


def _ours_single() -> tuple[int, float, float]:
    import numpy as np

    from commonweal.kernel.ledger.services import TransferEntry, transfers_post

    pairs = np.random.default_rng(2).integers(0, _n_accounts(), (N_SINGLE, 2))
    began = _ticks()
    for i, (debit, credit) in enumerate(pairs):
        asked = TransferEntry(
            key=f"single-{i}",
            debit=f"m{debit:08}",
            credit=f"m{credit if credit != debit else debit ^ 1:08}",
            amount=1,
            code="gift",
        )
        transfers_post([asked], **TOLD)
    return N_SINGLE, *_since(began)


def _connect() -> sqlite3.Connection:
    from django.conf import settings

    connection = sqlite3.connect(Path(settings.HOME) / "peer.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _raw() -> tuple[int, float, float]:
    connection = _connect()
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, key, debit, credit, amount, at)")
    batches = [
        [(f"{b:04}-{i:04}", i, i + 1, 1, str(NOW)) for i in range(BATCH)] for b in range(N_BATCHES)
    ]
    began = _ticks()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO bare (key, debit, credit, amount, at) VALUES (?, ?, ?, ?, ?)", batch
        )
        connection.execute("COMMIT")
    return N_BATCHES * BATCH, *_since(began)


def _plain_single() -> tuple[int, float, float]:
    import numpy as np

    connection = _connect()
    connection.executescript(
        "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, floor INTEGER);"
        "CREATE TABLE transfer (id INTEGER PRIMARY KEY, key TEXT UNIQUE, debit INTEGER,"
        " credit INTEGER, amount INTEGER, at TEXT);"
        "CREATE INDEX of_debit ON transfer (debit); CREATE INDEX of_credit ON transfer (credit);"
    )
    n = _n_accounts()
    connection.execute("BEGIN")
    rows = ((i, 1_000, 0) for i in range(n))
    connection.executemany("INSERT INTO account VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    pairs = np.random.default_rng(2).integers(0, n, (N_SINGLE * 5, 2)).tolist()
    began = _ticks()
    for i, (debit, credit) in enumerate(pairs):
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT 1 FROM transfer WHERE key = ?", [f"s{i}"]).fetchone():
            raise SystemExit("a key came twice")
        (balance, floor) = connection.execute(
            "SELECT balance, floor FROM account WHERE id = ?", [debit]
        ).fetchone()
        if balance - 1 < floor:
            raise SystemExit("an account is empty")
        connection.execute(
            "INSERT INTO transfer (key, debit, credit, amount, at) VALUES (?, ?, ?, ?, ?)",
            [f"s{i}", debit, credit, 1, str(NOW)],
        )
        change = "UPDATE account SET balance = balance + ? WHERE id = ?"
        connection.execute(change, [-1, debit])
        connection.execute(change, [1, credit])
        connection.execute("COMMIT")
    return len(pairs), *_since(began)


def _table(results: list[dict]) -> str:
    lines = ["  accounts  contender     transfers/s  per CPU s   peak MB   ours / it"]
    for result in results:
        prepared = result["prepared"]
        for name, run in result["contenders"].items():
            lines.append(
                f"{result['accounts']:>10,}  {name:<13} {run['per_s']:>11,} {run['per_cpu_s']:>10,}"
                f" {run['peak_mb']:>9,}"
                f" {result['ours_over'][name]:>11.2f}"
            )
        lines.append(
            f"{'':>12}opened in {prepared['open_s']} s, one accrual each in"
            f" {prepared['accrue_s']} s, {prepared['database_mb']} MB ({result['database']})"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
