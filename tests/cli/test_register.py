"""A register that was never set up, or is older than the program, is one sentence and a hint."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

# Runs the program itself, once for each command, in one process: {command: [exit code, stderr]}.
PROGRAM = """
import contextlib, io, json, sys
from commonweal.cli import common
from commonweal.cli.main import main

said = {}
for command in sys.argv[1:]:
    sys.argv = ["commonweal", *command.split()]
    common.stderr.file = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as stop:
            said[command] = [stop.code, common.stderr.file.getvalue()]
print(json.dumps(said))
"""
COMMANDS = (
    "ingest meter_readings readings.csv",
    "rejects meter_readings",
    "lake status",
    "lake verify",
    "lake compact meter_readings",
    "compute 2024-01",
    "org tree",
    "facts verify",
    "targets list",
    "report build --period 2024",
    "serve --port 8799",
)


@pytest.fixture
def commonweal(tmp_path):
    """Run commands in an empty home; return the exit code and stderr of each."""
    rows = "meter_id,read_at,register\nM-1,2024-01-01T00:00:00Z,1\n"
    (tmp_path / "readings.csv").write_text(rows, "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    environment |= {
        "COMMONWEAL_HOME": str(tmp_path / "home"),
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
    }

    def call(*commands, **variables):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *commands],
            env=environment | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    return call


def test_every_command_says_that_there_is_no_register_yet(commonweal, tmp_path):
    for command, (code, said) in commonweal(*COMMANDS).items():
        register = tmp_path / "home" / "commonweal.sqlite3"
        sentence = f"error: there is no register in {register} yet\nhint: run `commonweal init`\n"
        assert (code, said) == (5, sentence), command


def test_a_register_of_an_older_version_is_named_as_such(commonweal, tmp_path):
    assert commonweal("init --json")["init --json"] == [0, ""]
    with sqlite3.connect(tmp_path / "home" / "commonweal.sqlite3") as register:
        register.execute("DROP TABLE lake_segment")
        register.execute("DELETE FROM django_migrations WHERE app = 'lake'")
    register.close()
    code, said = commonweal("lake status")["lake status"]
    assert code == 5
    assert "error: the register is older than this version: it lacks lake.0001_initial" in said
    assert "hint: run `commonweal init`" in said


def test_a_database_that_does_not_answer_is_named_as_such(commonweal):
    address = "postgresql://me:hush@127.0.0.1:1/none"
    code, said = commonweal("lake status", COMMONWEAL_DATABASE=address)["lake status"]
    assert code == 5
    assert "error: the register does not answer: " in said
    assert "hint: `commonweal config` shows which database was asked" in said
    assert "hush" not in said


def test_a_fault_that_is_no_missing_step_keeps_its_traceback(commonweal, tmp_path):
    commonweal("init")
    with sqlite3.connect(tmp_path / "home" / "commonweal.sqlite3") as register:
        register.execute("DROP TABLE lake_segment")
    register.close()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        commonweal("lake status")
    assert "no such table: lake_segment" in caught.value.stderr
