"""Several processes that write to both logs of one database at the same time."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_START = "import django; django.setup()\n"
_MIGRATE = (
    _START + "from django.core.management import call_command; call_command('migrate', '-v0')"
)
_WRITE = _START + "from tests.kernel.facts.writers import write; write(int(sys.argv[1]))"
_VERIFY = _START + "from tests.kernel.facts.writers import verify; verify()"
N_WRITERS, N_BATCHES = 3, 10


def write(number):
    """Record small batches, each told by one event of its own besides."""
    from datetime import UTC, datetime  # noqa: PLC0415 - the process has its own settings

    from tests.kernel.facts.conftest import batch, row  # noqa: PLC0415

    from commonweal.kernel.facts.services import facts_record  # noqa: PLC0415
    from commonweal.kernel.records.services import event_append  # noqa: PLC0415

    for turn in range(N_BATCHES):
        rows = [row(turn, node=f"w{number}-{turn}-{n}") for n in range(4)]
        facts_record(batch(*rows), actor=f"writer {number}", now=datetime.now(UTC))
        event_append(
            record_type="turn",
            record_key="shared",
            action="done",
            actor=f"writer {number}",
            content={"turn": turn},
            now=datetime.now(UTC),
        )


def verify():
    """Print what the walk over both logs finds."""
    from dataclasses import asdict  # noqa: PLC0415

    from commonweal.kernel.facts.selectors import log_verify  # noqa: PLC0415

    report = log_verify()
    told = {name: asdict(report)[name] for name in ("n_facts", "n_events", "faults")}
    sys.stdout.write(json.dumps({"holds": report.holds, **told}))


def write_at_once(home, *, database=""):
    """Let several processes write at once and return what the logs are then."""
    environment = {
        **os.environ,
        "COMMONWEAL_HOME": str(home),
        "COMMONWEAL_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }

    def start(script, *arguments):
        line = [sys.executable, "-c", f"import sys\n{script}", *arguments]
        return subprocess.Popen(
            line, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def end(process):
        said, fault = process.communicate(timeout=120)
        assert process.returncode == 0, fault
        return said

    end(start(_MIGRATE))
    for writer in [start(_WRITE, str(number)) for number in range(N_WRITERS)]:
        end(writer)
    return json.loads(end(start(_VERIFY)))
