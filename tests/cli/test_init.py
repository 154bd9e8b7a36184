"""``commonweal init``, ``config`` and ``bench``, as a person calls them."""

import json
import os
import subprocess
import sys

import pytest

from commonweal import __version__

PROGRAM = "from commonweal.cli import main; main()"


@pytest.fixture
def commonweal(tmp_path):
    """Run the command in a home of its own; return the finished process."""

    def call(*words, **variables):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
        environment |= {"COMMONWEAL_HOME": str(tmp_path / "home"), "COLUMNS": "120", **variables}
        environment["DJANGO_SETTINGS_MODULE"] = "commonweal.settings"
        command = [sys.executable, "-c", PROGRAM, *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return call


def test_init_makes_a_register_and_a_second_time_changes_nothing(commonweal, tmp_path):
    first = json.loads(commonweal("init", "--json").stdout)
    assert first["home"] == str(tmp_path / "home")
    assert "org.0001_initial" in first["applied"]
    assert (tmp_path / "home" / "commonweal.sqlite3").exists()
    assert json.loads(commonweal("init", "--json").stdout)["applied"] == []
    assert "up to date" in commonweal("init").stderr


def test_config_shows_values_but_no_secrets(commonweal):
    said = commonweal(
        "config",
        "--json",
        COMMONWEAL_DATABASE="postgresql://me:hush@host/name",
        COMMONWEAL_SECRET_KEY="hush",  # noqa: S106 - not one
        COMMONWEAL_MEMORY_LIMIT_MB="99",
    )
    shown = json.loads(said.stdout)
    assert shown["database"] == "postgresql://me:•••@host/name"
    assert shown["memory_limit_mb"] == 99
    assert "hush" not in said.stdout


def test_an_unknown_key_is_one_sentence(commonweal):
    said = commonweal("config", COMMONWEAL_MEMORY="99")
    assert said.returncode == 4
    assert "memory" in said.stderr
    assert "hint:" in said.stderr
    assert "Traceback" not in said.stderr


def test_bench_refuses_a_name_that_is_none(commonweal):
    said = commonweal("bench", "nonsense")
    assert said.returncode in {3, 5}
    assert "hint:" in said.stderr


def test_the_version_is_printed(commonweal):
    assert commonweal("--version").stdout == f"commonweal {__version__}\n"
