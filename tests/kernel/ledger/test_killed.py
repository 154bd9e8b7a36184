"""A process that posts batches is killed at any instant: whole batches stay, nothing half.

The process prints the number of each batch after its commit, and gets ``SIGKILL`` while it goes on.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SIZE = 2_000
_START = "import sys, django; django.setup()\n"
_MAKE = _START + (
    "from django.core.management import call_command; call_command('migrate', '-v0')\n"
    "from tests.kernel.ledger.conftest import ledger_open; ledger_open()"
)
_POST = _START + "from tests.kernel.ledger.test_killed import post_on; post_on(int(sys.argv[1]))"
_READ = _START + "from tests.kernel.ledger.test_killed import tell; tell()"


def post_on(first):
    """Post batches for ever, and say of each that it is kept."""
    from commonweal.kernel.ledger.services import (  # noqa: PLC0415 - settings of its own
        TransferColumns,
        transfers_post_columns,
    )

    for number in range(first, first + 10_000):
        columns = TransferColumns(
            key=[f"{number}-{i}" for i in range(SIZE)],
            debit=["source", "ann"] * (SIZE // 2),
            credit=["ann", "bo"] * (SIZE // 2),
            amount=3,
            code="test",
        )
        transfers_post_columns(columns, actor="killed", now=datetime.now(UTC))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def tell():
    """Print what is there and whether it fits."""
    from commonweal.kernel.ledger.models import Transfer  # noqa: PLC0415
    from commonweal.kernel.ledger.selectors import balance  # noqa: PLC0415
    from commonweal.kernel.ledger.verify import ledger_verify  # noqa: PLC0415
    from commonweal.kernel.records.selectors import chain_verify  # noqa: PLC0415

    batches = {key.split("-")[0] for key in Transfer.objects.values_list("key", flat=True)}
    told = {
        "differences": [str(found) for found in ledger_verify().differences],
        "chain": chain_verify().holds,
        "n": Transfer.objects.count(),
        "batches": sorted(map(int, batches)),
        "bo": balance("bo").balance,
    }
    sys.stdout.write(json.dumps(told))


def test_a_killed_writer_leaves_whole_batches_and_all_that_it_acknowledged(tmp_path):
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")},
        "COMMONWEAL_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }

    def start(script, *arguments):
        line = [sys.executable, "-c", script, *arguments]
        return subprocess.Popen(line, env=environment, text=True, stdout=subprocess.PIPE)

    with start(_MAKE) as made:
        assert made.wait() == 0
    first = 0
    for pause_s in (0.0, 0.013, 0.031):
        with start(_POST, str(first)) as process:
            acknowledged = [int(process.stdout.readline()) for _ in range(2)]
            time.sleep(pause_s)  # so that each is killed at another point of a batch
            process.kill()
            acknowledged += [int(line) for line in process.stdout.read().split()]
        told = json.loads(start(_READ).communicate(timeout=60)[0])
        assert told["differences"] == []
        assert told["chain"]
        assert set(acknowledged) <= set(told["batches"])
        assert told["n"] == SIZE * len(told["batches"])
        assert told["bo"] == 3 * SIZE // 2 * len(told["batches"])
        first = told["batches"][-1] + 1
