"""A register as the first version made it, with rows in it, comes up to date and keeps them."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.kernel.operation.conftest import ROOT, commonweal, environment

BACK = """
import django; django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.apps import apps
labels = [each.label for each in apps.get_app_configs() if each.name.startswith("commonweal.")]
nodes = MigrationLoader(connection).disk_migrations
for label in labels:
    names = sorted(name for app, name in nodes if app == label)
    if len(names) > 1:
        call_command("migrate", label, names[0], verbosity=0)
        print(label)
"""


def counts(home):
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as register:
        tables = register.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: register.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in tables
        }


def guards(home):
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as register:
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        return {name for (name,) in register.execute(sql)}


@pytest.fixture(scope="session")
def made_old_home(made_home, tmp_path_factory):
    """The same home, its tables taken back to each application's first migration."""
    home = tmp_path_factory.mktemp("old") / "home"
    shutil.copytree(made_home, home)
    done = subprocess.run(
        [sys.executable, "-c", BACK], env=environment(home), cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {"facts", "org", "records", "ledger"} <= set(done.stdout.split())
    return home


@pytest.fixture
def old_home(made_old_home, tmp_path):
    return shutil.copytree(made_old_home, tmp_path / "old")


def test_an_old_register_comes_up_to_date_with_all_its_rows_and_guards(old_home, made_home):
    before = counts(old_home)

    assert commonweal(old_home, "init")[0] == 0

    after = counts(old_home)
    kept = {name for name, n in before.items() if n and name != "django_migrations"}
    assert {"facts_fact", "org_node", "records_event", "lake_segment"} <= kept
    same = kept - {"django_content_type", "auth_permission"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    status, said = commonweal(old_home, "facts", "verify", "--json")
    assert status == 0, said
    assert guards(old_home) == guards(made_home)
    assert {"facts_fact_keep_update", "records_event_keep_delete"} <= guards(old_home)
    with (
        closing(sqlite3.connect(old_home / "commonweal.sqlite3")) as register,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        register.execute("DELETE FROM facts_fact")


def test_the_doctor_tells_what_is_wrong_and_what_to_do(old_home):
    with closing(sqlite3.connect(old_home / "commonweal.sqlite3")) as register:
        register.executescript("UPDATE records_event SET actor = 'nobody' WHERE sequence = 1;")
    for file in (old_home / "lake").glob("*/*/*.parquet"):
        file.write_bytes(b"x")

    status, said = commonweal(old_home, "doctor", "--json")

    verdicts = {each["check"]: each for each in json.loads(said)["checks"]}
    assert status == 1
    assert verdicts["migrations"]["hint"] == "run `commonweal init`"
    assert "does not fit the chain" in verdicts["log"]["what"]
    assert "was altered" in verdicts["lake"]["what"]
