"""``commonweal programmes template``, ``import`` and ``export``, in a home of their own."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from tests.kernel.programmes.conftest import node_make

# Makes a home with one node.
PREPARE = """
import django
django.setup()
from django.core.management import call_command
from commonweal.kernel.org.models import Node
call_command("migrate", verbosity=0)
names = {"name_zh_hant": "G", "name_zh_hans": "G", "name_en": "G"}
Node.objects.create(code="G", kind="group", place="CN", **names)
"""
HEADER = ("code", "node", "purpose", "recipient", "project", "amount_cny", "pledge_date")


@pytest.fixture
def commonweal(db, tmp_path, monkeypatch):
    """Run a command where there is one node; return its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    node_make("G", "group")

    def call(*words):
        done = CliRunner().invoke(application(), words)
        return done.exit_code, done.stdout

    return call


@pytest.fixture
def gifts(tmp_path):
    """Gifts in a file; every hundredth has an amount that is none."""

    def write(n_rows):
        with (tmp_path / "gifts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for number in range(n_rows):
                amount = "much" if number % 100 == 50 else f"{number}.50"
                row = (f"G-{number}", "G", "other", "School", f"Book {number}", amount)
                writer.writerow([*row, "2024-03-01"])

    return write


def test_gifts_come_in_from_a_file_and_go_out_to_another(commonweal, gifts, tmp_path):
    gifts(200)
    asked = ("programmes", "import", "donations.donation", "gifts.csv")
    code, out = commonweal(*asked, "--dry-run")
    assert (code, "would have opened 198" in out, "refused 2" in out) == (3, True, True)
    code, out = commonweal(*asked, "--json")
    done = json.loads(out)
    assert (code, done["n_opened"], done["by_rule"]) == (3, 198, {"value": 2})
    mended = tmp_path / "gifts.rejects.csv"
    mended.write_text(mended.read_text("utf-8-sig").replace("much", "5"), "utf-8")
    assert commonweal(*asked[:3], "gifts.rejects.csv")[0] == 0
    export = ("programmes", "export", "donations.donation", "--out")
    code, out = commonweal(*export, "out.csv", "--state", "draft", "--node", "G")
    assert (code, out) == (0, "wrote 200 records to out.csv\n")
    code, out = commonweal(*asked[:3], "out.csv")
    assert (code, out) == (0, "opened 0, changed 0, unchanged 200, refused 0\n")
    assert commonweal("programmes", "template", "donations.donation", "--out", "t.xlsx")[0] == 0
    assert (tmp_path / "t.xlsx").stat().st_size > 0


def test_an_import_killed_in_the_middle_leaves_nothing(gifts, tmp_path):
    gifts(3000)
    home = tmp_path / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    environment |= {
        "COMMONWEAL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
    }
    subprocess.run([sys.executable, "-c", PREPARE], env=environment, check=True)
    program = [sys.executable, "-c", "from commonweal.cli.main import main; main()"]
    command = [*program, "programmes", "import", "donations.donation", "gifts.csv"]
    log = home / "commonweal.sqlite3-wal"
    process = subprocess.Popen(command, env=environment, cwd=tmp_path)
    while process.poll() is None and not (log.exists() and log.stat().st_size > 1 << 19):
        time.sleep(0.01)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.wait()
    assert there(home) == [0, 0]
    again = subprocess.run(command, env=environment, cwd=tmp_path, check=False)
    assert (again.returncode, there(home)) == (3, [2970, 2971])


def there(home):
    """What another program sees: numbers of records and of events."""
    with sqlite3.connect(home / "commonweal.sqlite3") as register:
        asked = ("SELECT count(*) FROM donations_donation", "SELECT count(*) FROM records_event")
        found = [register.execute(sql).fetchone()[0] for sql in asked]
    register.close()
    return found
