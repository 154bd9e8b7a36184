"""The commands as an analyst and an auditor run them."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner

from commonweal.cli.facts import app
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.services import facts_record
from tests.kernel.facts.conftest import batch, row

SOURCE = Path(__file__).resolve().parents[2] / "src"
SETUP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.cli.test_facts import record_two_batches
record_two_batches()
"""
runner = CliRunner()


def record_two_batches():
    """Record five facts, then restate them."""
    for day in (1, 2):
        rows = [row(n * day, node=f"n{n}") for n in range(1, 6)]
        instant = datetime(2025, 1, day, tzinfo=UTC)
        facts_record(batch(*rows, reason="bills came"), actor="ann", now=instant)


@pytest.fixture
def facts(db):
    """Ten facts in the test's database; their numbers go on from other tests' facts."""
    record_two_batches()
    return {f.leaf_index: f.pk for f in Fact.objects.all()}


def run(*arguments, code=0):
    """Run a command in this process, on the test's database."""
    done = runner.invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home of its own with ten facts."""
    home = tmp_path_factory.mktemp("facts-home")
    subprocess.run([sys.executable, "-c", SETUP], env=environment(home), check=True, timeout=120)
    return home


@pytest.fixture
def home(template, tmp_path):
    """A copy that a test may tamper with."""
    return copytree(template, tmp_path / "home")


def environment(home):
    path = os.pathsep.join([str(SOURCE), str(SOURCE.parent)])
    ours = {"COMMONWEAL_HOME": str(home), "COMMONWEAL_DATABASE": "", "PYTHONPATH": path}
    django = {"DJANGO_SETTINGS_MODULE": "commonweal.settings"}
    return {**os.environ, **ours, **django, "COLUMNS": "200"}


def command(home, *arguments, code=0):
    """Run a command in a process of its own, on the database of ``home``."""
    line = [sys.executable, "-c", "from commonweal.cli import main; main()", "facts", *arguments]
    done = subprocess.run(
        line, env=environment(home), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout + done.stderr


def tamper(home, *statements):
    """Change the file behind the product's back, its triggers taken away first."""
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.usefixtures("facts")
def test_facts_are_listed_as_known_at_an_instant():
    asked = ("list", "--indicator", "electricity_use", "--node", "n3", "--json")
    now, then = run(*asked), run(*asked, "--as-of", "2025-01-01T12:00+00:00")

    assert [(f["value"], f["reason"]) for f in now["facts"]] == [("6.000000000", "bills came")]
    assert [(f["value"], f["period"]) for f in then["facts"]] == [("3.000000000", "2024-01")]
    assert "5 of 5 facts" in run("list")


def test_a_row_that_was_tampered_with_is_named(home):
    assert "10 facts in 2 batches and 2 events hold" in command(home, "verify")
    tamper(home, "UPDATE facts_fact SET value = '99.000000000' WHERE leaf_index = 7")

    assert "#8 electricity_use of n3 in 2024-01: its content does not" in command(
        home, "verify", code=5
    )


def test_a_log_that_was_cut_shows_beside_a_published_checkpoint(home):
    published = home / "checkpoint.json"
    command(home, "checkpoint", "--out", str(published))
    tamper(
        home,
        "DELETE FROM facts_fact WHERE leaf_index > 4",
        "UPDATE facts_fact SET superseded_at = NULL",
        "DELETE FROM facts_batch WHERE tree_size > 5",
        "DELETE FROM records_event WHERE sequence > 0",
    )

    told = command(home, "verify", "--checkpoint", str(published), code=5)
    assert "the checkpoint has 10 facts, the log only 5" in told


def test_a_proof_is_checked_where_there_is_no_database(facts, tmp_path):
    proof, root = tmp_path / "proof.json", run("checkpoint", "--json")["root_hash"]
    run("prove", facts[2], "--out", proof)

    elsewhere = tmp_path / "auditor"
    checked = command(elsewhere, "check-proof", str(proof), "--root", root, "--json")
    assert (checked["holds"], checked["fact"]["value"]) == (True, "3.000000000")
    assert not (elsewhere / "commonweal.sqlite3").exists()


def test_a_forged_proof_does_not_hold(facts, tmp_path):
    proof = tmp_path / "proof.json"
    run("prove", facts[2], "--out", proof)
    assert "holds; root" in run("check-proof", proof)

    assert "not to ffff" in run("check-proof", proof, "--root", "ffff", code=5)
    proof.write_text(proof.read_text("utf-8").replace("3.000000000", "4.000000000"), "utf-8")
    assert "does not lead from the fact" in run("check-proof", proof, code=5)
    assert not run("check-proof", proof, "--json", code=5)["holds"]


@pytest.mark.usefixtures("facts")
def test_a_log_that_grew_extends_its_checkpoint(tmp_path):
    published, growth = tmp_path / "checkpoint.json", tmp_path / "growth.json"
    run("checkpoint", "--out", published)
    run("lock", "2023", "--reason", "published")

    report = run("verify", "--checkpoint", published, "--json")
    assert (report["holds"], report["n_facts"], report["n_events"]) == (True, 10, 3)
    run("prove-growth", 5, "--out", growth)
    assert "holds; root" in run("check-proof", growth)


@pytest.mark.django_db
def test_a_period_is_locked_and_unlocked():
    assert "2024-01-01 to 2025-01-01 is locked" in run("lock", "2024", "--reason", "done")
    assert "is locked already" in run("lock", "2024", "--reason", "done", code=5)
    assert run("locks", "--json")["locks"][0]["reason"] == "done"
    assert "is unlocked" in run("unlock", "2024", "--reason", "assurance")
    assert "0 periods are locked" in run("locks")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "0"], "there is no fact #0"),
        (["list", "--period", "soon"], "'soon' is not a period"),
        (["list", "--as-of", "soon"], "'soon' is no instant"),
        (["list", "--as-of", "2025-01-01"], "has no time zone"),
        (["check-proof", "nowhere.json"], "nowhere.json cannot be read: No such file"),
        (["verify", "--checkpoint", "nowhere.json"], "nowhere.json cannot be read"),
        (["prove-growth", "11"], "no proof from 11 to 10 leaves"),
        (["lock", "2024", "--reason", " "], "locking 2024 needs a reason"),
    ],
)
@pytest.mark.usefixtures("facts")
def test_a_mistake_is_told_in_one_sentence(arguments, said):
    assert said in run(*arguments, code=3)


def test_one_fact_is_shown_with_its_history(facts):
    assert run("show", facts[2], "--json")["batch"]["engine"] == "compute"
    told = [f["value"] for f in run("history", facts[2], "--json")["facts"]]
    assert told == ["3.000000000", "6.000000000"]
    assert "bills came" in run("history", facts[2])
    assert "lineage" in run("show", facts[2])
