"""``commonweal programmes template``, ``import`` and ``export``, in a home of their own."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
import time

import pytest

HEADER = ("code", "node", "purpose", "recipient", "project", "amount_cny", "pledge_date")


@pytest.fixture
def commonweal(tmp_path):
    """Run the program in a home with one node; return exit code and what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    environment |= {
        "COMMONWEAL_HOME": str(tmp_path / "home"),
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
    }
    program = [sys.executable, "-c", "from commonweal.cli.main import main; main()"]

    def start(*words):
        return subprocess.Popen(
            [*program, *words],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(*words):
        process = start(*words)
        out, _errors = process.communicate(timeout=120)
        return process.returncode, out

    call.start = start
    assert call("init")[0] == 0
    nodes = "code,parent,kind,place,valid_from,name_en\nG,,group,CN,2020-01-01,Group\n"
    (tmp_path / "nodes.csv").write_text(nodes, "utf-8")
    assert call("org", "import", "nodes.csv")[0] == 0
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


def test_an_import_killed_in_the_middle_leaves_nothing(commonweal, gifts, tmp_path):
    gifts(6000)
    asked = ("programmes", "import", "donations.donation", "gifts.csv")
    log = tmp_path / "home" / "commonweal.sqlite3-wal"

    def there():
        with sqlite3.connect(tmp_path / "home" / "commonweal.sqlite3") as register:
            asked = (
                "SELECT count(*) FROM donations_donation",
                "SELECT count(*) FROM records_event",
            )
            found = [register.execute(sql).fetchone()[0] for sql in asked]
        register.close()
        return found

    before = there()
    process = commonweal.start(*asked)
    while process.poll() is None and not (log.exists() and log.stat().st_size > 1 << 20):
        time.sleep(0.01)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.communicate()
    assert there() == before
    assert commonweal(*asked)[0] == 3
    assert there()[0] == 5940
