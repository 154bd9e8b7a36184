"""Targets from the terminal."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.targets import app
from tests.kernel.targets.test_targets import record

pytestmark = pytest.mark.django_db
TERMS = {
    "--indicator": "energy_per_traffic",
    "--change": "-0.15",
    "--base": "2020",
    "--end": "2025",
    "--source": "five-year plan",
}


def run(*arguments, code=0):
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


def set_terms(**changes):
    given = TERMS | {f"--{name}": value for name, value in changes.items()}
    return ("set", "intensity", *(part for pair in given.items() for part in pair))


def test_a_target_is_set_and_its_status_is_told():
    assert "-15 % from 2020 to 2025: no_data" in run(*set_terms())
    record({"2020": "2.80", "2021": "2.75"})

    told = "behind, 2.75 kgce/TB in 2021 (-1.8 %), the path asks 2.72"
    assert told in " ".join(run("list").split())
    shown = run("show", "intensity", "--json")
    assert (shown["status"], shown["end_value"], len(shown["path"])) == ("behind", "2.38", 6)
    assert run("list", "--json")["targets"] == [shown]
    assert "2025  2.38" in run("show", "intensity")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "x"), "there is no target 'x'"),
        (set_terms(change="less"), "'less' is no number"),
        (set_terms(change="NaN"), "'NaN' is no number"),
        (set_terms(end="2019"), "target year 2019 is not after base year 2020"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(arguments, said):
    assert said in run(*arguments, code=3)
