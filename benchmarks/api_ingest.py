"""Rows in bulk through the API: a server of its own, over the loopback, as Arrow and as JSON lines.

There is no peer: what others offer for rows in bulk is a file and a script. The figure is rows a
second from the first byte sent until the answer that they can be read, and the server's memory.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Self

N_METERS = 2_000
RESULTS = Path(__file__).resolve().parent / "results" / "api_ingest.json"


def main() -> None:
    """Measure and print; with ``--record``, keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--json", action="store_true", help="as always")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["COMMONWEAL_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "commonweal.settings"
        token = _operator()
        with _Server(home) as server:
            found = [_measured(server, token, form, asked.rows) for form in ("arrow", "ndjson")]
            found.append(_measured(server, token, "ndjson.gz", asked.rows))
    for each in found:
        print(json.dumps(each))
    if asked.record:
        RESULTS.write_text(json.dumps({"results": found}, indent=1) + "\n", "utf-8")


def _operator() -> str:
    """Make a register with meters, and return a token of its owner."""
    import django

    django.setup()
    from datetime import UTC, datetime, timedelta

    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from commonweal.kernel.accounts.models import Grant
    from commonweal.kernel.accounts.tokens import token_issue
    from commonweal.kernel.org.models import Membership, Meter, Node, Site, SiteOwnership

    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    known = {"valid_from": "2020-01-01", "recorded_at": now}
    names = {f"name_{each}": "Group" for each in ("en", "zh_hant", "zh_hans")}
    group = Node.objects.create(code="G", kind="group", place="CN", **names)
    Membership.objects.create(node=group, **known)
    site = Site.objects.create(code="S", kind="room", place="CN-GD")
    SiteOwnership.objects.create(site=site, node=group, **known)
    Meter.objects.bulk_create(
        Meter(code=f"M-{i:06d}", site=site, carrier="electricity", unit="kWh", max_rate_per_h=1e5)
        for i in range(N_METERS)
    )
    user = get_user_model().objects.create_user("gateway")
    Grant.objects.create(user=user, role="data_owner", node=group, valid_from="2020-01-01")
    ends = now + timedelta(days=1)
    return token_issue(user, name="bench", scopes=["ingest"], expires_at=ends, now=now)[1]


class _Server:
    """One worker of the site, as it is run."""

    def __init__(self, home: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home = home

    def __enter__(self) -> Self:
        command = Path(sys.executable).with_name("commonweal")
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [command, "serve", "--port", str(self.port), "--workers", "1"],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.1)
        raise SystemExit("the server did not come up")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def peak_mb(self) -> float:
        """Return the most memory that any of its processes had."""
        import psutil

        people = [psutil.Process(self.process.pid)]
        people += people[0].children(recursive=True)
        peaks = []
        for each in people:
            status = Path(f"/proc/{each.pid}/status").read_text("utf-8")
            peaks += [int(s.split()[1]) / 1e3 for s in status.splitlines() if s.startswith("VmHWM")]
        return max(peaks)


def _measured(server: _Server, token: str, form: str, n_rows: int) -> dict[str, object]:
    content, headers = _content(form, n_rows)
    address = f"http://127.0.0.1:{server.port}/api/v1/datasets/meter_readings/rows"
    request = urllib.request.Request(
        address, content, {"Authorization": f"Bearer {token}", **headers}
    )
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
        told = json.load(answer)
    seconds = time.perf_counter() - start
    if told["source"]["n_accepted"] != n_rows or told["replayed"]:
        raise SystemExit(f"{form}: {told}")
    return {
        "form": form,
        "rows": n_rows,
        "sent_mb": round(len(content) / 1e6, 1),
        "seconds": round(seconds, 2),
        "rows_per_s": round(n_rows / seconds),
        "server_peak_mb": round(server.peak_mb()),
    }


def _content(form: str, n_rows: int) -> tuple[bytes, dict[str, str]]:
    """Make rows that no other form has, so that nothing is replayed or corrected."""
    import numpy as np
    import pyarrow as pa

    year = {"arrow": 2021, "ndjson": 2022, "ndjson.gz": 2023}[form]
    order = np.arange(n_rows)
    codes = pa.array([f"M-{i:06d}" for i in range(N_METERS)])
    times = np.datetime64(f"{year}-01-01T00:00:00", "us") + (order // N_METERS) * np.timedelta64(
        3_600_000_000, "us"
    )
    table = pa.table(
        {
            "meter_id": codes.take(pa.array(order % N_METERS)),
            "read_at": pa.array(times, pa.timestamp("us", "UTC")),
            "register": np.round(order / N_METERS * 1.25, 3),
        }
    )
    if form == "arrow":
        file = io.BytesIO()
        with pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table, max_chunksize=65_536)
        return file.getvalue(), {"Content-Type": "application/vnd.apache.arrow.stream"}
    texts = table["read_at"].cast(pa.timestamp("s", "UTC")).cast(pa.string()).to_pylist()
    values = zip(table["meter_id"].to_pylist(), texts, table["register"].to_pylist(), strict=True)
    lines = "".join(f'{{"meter_id":"{m}","read_at":"{t}","register":{v}}}\n' for m, t, v in values)
    headers = {"Content-Type": "application/x-ndjson"}
    if form == "ndjson":
        return lines.encode(), headers
    return gzip.compress(lines.encode(), 5), {**headers, "Content-Encoding": "gzip"}


if __name__ == "__main__":
    main()
