"""Programmes: a register of donations on SQLite, filled from a file and worked with.

Instance: one CSV of 10 thousand, 100 thousand or 1 million gifts at 31 provinces, one row in a
hundred bad; every record has its event in the hash-chained log. Each size is a process of its own.

- ``import``: the file comes in: read, checked by the rules of forms, recorded, bad rows kept.
- ``again``: the same file once more; nothing changes.
- ``act``: ten thousand gifts, at most half of them, are put forward in one call, all or none.
- ``queue``: the page of what waits for a province's data owner, and for its reviewer.
- ``list``: a page of the list filtered by state and purpose, the first and one from the middle.
- ``search``: a page of the list searched for a word in a field.
- ``history``: the timeline of one record.

The peers do what a plain Django project would: ``full_clean`` and ``save`` row by row with the
event; a list as the admin pages it, ``COUNT(*)`` and ``OFFSET``; one action after the other.
Peers of the writing kind take 1,000 rows and are given as rows per second.
"""
# ruff: noqa: ANN401 - models and scopes are there only once Django is set up

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)
START = date(2020, 1, 1)
N_PROVINCES, N_ACTED, N_PEER, N_RUNS = 31, 10_000, 1_000, 9
FAULTS = {50: {"amount": "much"}, 150: {"node": "P-99"}}  # by the row's number in two hundred
LIMITS_MS = {"queue_owner": 100, "queue_reviewer": 100, "list": 100, "list_middle": 100}
LIMITS_MS |= {"search": 100, "history": 50}


def main() -> None:
    """Measure every size and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    sizes = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--sizes", type=sizes, default=[10, 100, 1000], help="thousands of gifts")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        print(json.dumps(_measure(options.size * 1000)))
        return
    results = [_child(size) for size in options.sizes]
    document = {"benchmark": "programmes", "results": results}
    print(json.dumps(document, indent=2) if options.json else _table(results))


def _child(thousands: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="commonweal-bench-") as home:
        environment = {**os.environ, "COMMONWEAL_HOME": home}
        environment.setdefault("DJANGO_SETTINGS_MODULE", "commonweal.settings")
        command = [sys.executable, "-m", "benchmarks.programmes", "--size", str(thousands)]
        done = subprocess.run(  # noqa: S603 - a module of ours
            command, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{thousands} thousand failed")
    return json.loads(done.stdout.splitlines()[-1])


def _measure(n_rows: int) -> dict[str, Any]:
    import django

    django.setup()
    from commonweal.kernel.programmes.imports import records_import
    from commonweal.kernel.programmes.registry import record_type

    kind, scopes, path = record_type("donations.donation"), _register(), Path(tempfile.mkdtemp())
    file = _file(path / "gifts.csv", n_rows)
    asked = {"scope": scopes["importer"], "now": NOW, "mode": "apply"}
    seconds: dict[str, float] = {}
    rejects = path / "rejects.csv"
    taken = _both("import", lambda: records_import(kind, file, rejects=rejects, **asked), seconds)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    again = _both("again", lambda: records_import(kind, file, **asked), seconds)
    if taken.n_opened + taken.n_refused != n_rows or again.n_unchanged != taken.n_opened:
        raise SystemExit(f"counts do not agree: {taken} {again}")
    _say(n_rows, seconds)
    n_acted = _act(kind, scopes["importer"], seconds)
    milliseconds = _pages(kind, scopes)
    peers = _peers(kind, scopes)
    per_s = {"import": n_rows / seconds["import"], "act": n_acted / seconds["act"]}
    return {
        "rows": n_rows,
        "refused": taken.n_refused,
        "seconds": {name: round(s, 2) for name, s in seconds.items()},
        "rows_per_s": {name: round(value) for name, value in per_s.items()},
        "import_peak_mb": peak_mb,
        "milliseconds": milliseconds,
        "over_limit": [name for name, ms in LIMITS_MS.items() if milliseconds[name] > ms],
        "peers": peers,
        "import_over_peer": round(per_s["import"] / peers["import_rows_per_s"], 1),
        "act_over_peer": round(per_s["act"] / peers["act_rows_per_s"], 1),
        "list_over_peer": round(peers["list_middle_ms"] / milliseconds["list_middle"], 1),
    }


def _timed(
    work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter
) -> tuple[Any, float]:
    start = clock()
    found = work()
    return found, clock() - start


def _both(name: str, work: Callable[[], Any], seconds: dict[str, float]) -> Any:
    """Do the work once; keep its seconds by the clock on the wall and those of the processor."""
    (found, cpu_s), seconds[name] = _timed(lambda: _timed(work, time.process_time))
    seconds[f"{name}_cpu"] = cpu_s
    return found


def _ms(work: Callable[[], object]) -> float:
    """Return the best of some runs: what else the machine does is not measured."""
    return round(min(_timed(work)[1] for _ in range(N_RUNS)) * 1000, 1)


def _say(n_rows: int, seconds: dict[str, float]) -> None:
    print(f"{n_rows:,}: {seconds}", file=sys.stderr)


def _register() -> dict[str, Any]:
    """Make a nation of provinces and four people; return their scopes."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from commonweal.kernel.accounts.models import Grant
    from commonweal.kernel.accounts.scopes import scope_of
    from commonweal.kernel.org.models import Membership, Node

    call_command("migrate", verbosity=0)

    def node(code: str, parent: Node | None) -> Node:
        names = {"name_zh_hant": code, "name_zh_hans": code, "name_en": code}
        made = Node.objects.create(code=code, kind="province", place="CN", **names)
        Membership.objects.create(node=made, parent=parent, valid_from=START, recorded_at=NOW)
        return made

    group = node("group", None)
    provinces = [node(f"P-{number}", group) for number in range(N_PROVINCES)]
    granted = {
        "importer": ("data_owner", group),
        "owner": ("data_owner", provinces[7]),
        "reviewer": ("reviewer", provinces[7]),
        "manager": ("programme_manager", group),
    }
    scopes = {}
    for name, (role, at) in granted.items():
        user = get_user_model().objects.create(username=name)
        Grant.objects.create(user=user, role=role, node=at, valid_from=START)
        scopes[name] = scope_of(user, now=NOW)
    return scopes


def _file(path: Path, n_rows: int) -> Path:
    """Write the gifts; every hundredth has an amount that is none, or a node that is not there."""
    names = ("code", "node", "purpose", "recipient", "project", "amount_cny", "pledge_date")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for number in range(n_rows):
            fault = FAULTS.get(number % 200, {})
            node = fault.get("node", f"P-{number % N_PROVINCES}")
            amount = fault.get("amount", f"{number % 90_000 + 1}.{number % 100:02d}")
            purpose = "border" if number % 3 else "other"
            recipient, project = f"School {number % 997}", f"Library {number}"
            day = f"2024-{number % 4 + 1:02d}-{number % 28 + 1:02d}"
            writer.writerow([f"D-{number}", node, purpose, recipient, project, amount, day])
    return path


def _act(kind: Any, scope: Any, seconds: dict[str, float]) -> int:
    from commonweal.kernel.programmes.services import Context, records_act

    ids = list(kind.model.objects.order_by("pk").values_list("pk", flat=True))
    ids = ids[: min(N_ACTED, len(ids) // 2)]
    context = Context(scope=scope, now=NOW)
    _both("act", lambda: records_act(kind, ids, "pledge", context=context), seconds)
    return len(ids)


def _pages(kind: Any, scopes: dict[str, Any]) -> dict[str, float]:
    from commonweal.kernel.programmes.selectors import record_timeline
    from commonweal.web.pages.work.listing import list_page
    from commonweal.web.pages.work.queue import work_page

    seen = {"now": NOW, "language": "en"}
    middle = kind.model.objects.order_by("-pk")[kind.model.objects.count() // 2]
    record = kind.model.objects.order_by("pk")[0]
    manager = scopes["manager"]

    def listed(**address: str) -> Callable[[], object]:
        return lambda: list_page(kind, address, scope=manager, **seen)

    asked = {"state": "draft", "purpose": "border"}
    return {
        "queue_owner": _ms(lambda: work_page(scope=scopes["owner"], **seen)),
        "queue_reviewer": _ms(lambda: work_page(scope=scopes["reviewer"], **seen)),
        "list": _ms(listed(**asked)),
        "list_middle": _ms(listed(**asked, after=str(middle.pk))),
        "list_one_node": _ms(lambda: list_page(kind, asked, scope=scopes["owner"], **seen)),
        "search": _ms(listed(q="Library 77")),
        "search_code": _ms(listed(q=record.code)),
        "history": _ms(lambda: record_timeline(record)),
    }


def _peers(kind: Any, scopes: dict[str, Any]) -> dict[str, float]:
    from django.core.paginator import Paginator

    rows = kind.model.objects.filter(state="draft", purpose="border").order_by("-pk")

    def middle() -> list[object]:
        pages = Paginator(rows.select_related("node"), 50)
        return list(pages.page(pages.num_pages // 2 + 1))

    _, saving = _timed(lambda: _saved_one_by_one(kind, scopes["importer"]))
    _, acting = _timed(lambda: _acted_one_by_one(kind, scopes["importer"]))
    return {
        "import_rows_per_s": round(N_PEER / saving),
        "act_rows_per_s": round(N_PEER / acting),
        "list_middle_ms": _ms(middle),
    }


def _saved_one_by_one(kind: Any, scope: Any) -> None:
    """What a loop over a file does: look up, validate, save, log."""
    from django.db import transaction

    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.told import told_all
    from commonweal.kernel.records.services import event_append

    with transaction.atomic():
        for number in range(N_PEER):
            record = kind.model(
                code=f"S-{number}",
                node=Node.objects.get(code=f"P-{number % N_PROVINCES}"),
                state="draft",
                owner_id=scope.user_id,
                opened_at=NOW,
                changed_at=NOW,
                start_date=date(2024, 3, 1),
                end_date=date(2024, 3, 2),
                privacy="internal",
                purpose="border",
                recipient=f"School {number}",
                project=f"Library {number}",
                amount_cny=f"{number + 1}.50",
                pledge_date=date(2024, 3, 1),
            )
            record.full_clean()
            record.save()
            content = {"code": record.code, "version": 1, "fields": told_all(kind, record)}
            told = {"record_type": kind.id, "record_key": str(record.pk), "action": "open"}
            event_append(**told, actor=scope.actor, content=content, now=NOW)


def _acted_one_by_one(kind: Any, scope: Any) -> None:
    from commonweal.kernel.programmes.services import record_act

    for record in kind.model.objects.filter(code__startswith="S-"):
        record_act(record, "pledge", scope=scope, now=NOW)


def _table(results: list[dict[str, Any]]) -> str:
    lines = ["gifts       import      again   act 10k  peak MB"]
    for each in results:
        took = each["seconds"]
        lines.append(
            f"{each['rows']:>9,} {took['import']:>7.1f} s {took['again']:>7.1f} s"
            f" {took['act']:>7.1f} s {each['import_peak_mb']:>8}"
        )
    for each in results:
        pages = ", ".join(f"{name} {ms}" for name, ms in each["milliseconds"].items())
        lines.append(f"{each['rows']:>9,} ms: {pages}")
        lines.append(
            f"{'':>9} over the peer: import {each['import_over_peer']},"
            f" act {each['act_over_peer']}, list {each['list_over_peer']};"
            f" over the limit: {', '.join(each['over_limit']) or 'none'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
