"""A home with an organisation, facts and rows in the lake; made once, copied for each test."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MAKE = """
import django; django.setup()
from datetime import UTC, datetime
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.web.small_operator import facts_make, organisation_make
organisation_make(); facts_make()
from commonweal.kernel.facts.signing import secret_key
secret_key()
from commonweal.kernel.records.intake import source_ingest
rows = Path(settings.HOME) / "traffic.csv"
lines = ["node_id,start_date,end_date,traffic_tb"]
lines += [f"{node},2024-01-01,2024-02-01,12.5" for node in ("GD", "XX")]
rows.write_text(chr(10).join(lines), "utf-8")
source_ingest("traffic", rows, actor="cli:test", now=datetime(2025, 1, 1, tzinfo=UTC))
"""


def environment(home, **more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    return kept | more | {
        "COMMONWEAL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }  # fmt: skip


def commonweal(home, *words, **more):
    """The program, run in a home; its status and everything it said."""
    done = subprocess.run(
        [sys.executable, "-m", "commonweal", *map(str, words)],
        env=environment(home, **more), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def made_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("made") / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-c", MAKE], env=environment(home), cwd=ROOT, check=True)
    return home


@pytest.fixture(scope="session")
def made_backup(made_home):
    """What the program says of a backup of that home, and where it lies."""
    path = made_home.parent / "saved.tar"
    status, said = commonweal(made_home, "backup", path, "--json")
    assert status == 0, said
    return path, json.loads(said)


@pytest.fixture
def home(made_home, tmp_path):
    shutil.copytree(made_home, tmp_path / "home")
    return tmp_path / "home"
