"""A receipt at the command line: shown when a record is opened, and followed without an account."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from tests.kernel.programmes.conftest import nodes, person  # noqa: F401 - fixtures

HEARING = ("theme=Tools", "held_date=2024-03-06", "place=Hall", "leader=Ms Hu", "n_participants=9")


def run(*words, code=0):
    said = CliRunner().invoke(application(), [str(each) for each in words])
    assert said.exit_code == code, said.output
    return said.output


def opened(kind, values, *more):
    sets = [word for each in values for word in ("--set", each)]
    return run("records", "open", f"general_manager.{kind}", "--node", "north", *sets, *more)


@pytest.fixture
def issue(person, nodes):  # noqa: F811 - the fixtures of the same names
    """An issue that somebody asked without a name, with its receipt."""
    person("li", viewer="north")
    hearing = json.loads(opened("hearing", HEARING, "--json"))["code"]
    run("records", "act", "general_manager.hearing", "hold", hearing)
    asked = (f"hearing={hearing}", "topic=pay", "text=Late", "is_anonymous=True")
    return json.loads(opened("issue", asked, "--as", "li", "--json"))


def test_a_receipt_is_followed_without_an_account(issue):
    handled = ("--set", "handler=Payroll")
    run("records", "act", "general_manager.issue", "assign", issue["code"], *handled)
    told = json.loads(run("records", "receipt", issue["receipt"], "--json"))
    assert (told["state"], told["fields"]["handler"]) == ("assigned", "Payroll")
    assert told["actions"] == ["withdraw"]
    assert [each["state"] for each in told["history"]] == ["raised", "assigned"]
    said = run("records", "receipt", issue["receipt"])
    assert "handler: Payroll" in said
    assert "Assign  assigned" in said


def test_a_receipt_is_said_when_the_record_is_opened_and_only_then(issue):
    assert issue["receipt"].startswith(issue["code"])
    hearing = issue["hearing"]
    asked = [f"hearing={hearing}", "topic=pay", "text=Late"]
    assert "receipt, shown this once: GMI-" in opened("issue", [*asked, "is_anonymous=True"])
    assert "receipt" not in opened("issue", asked)
    assert issue["receipt"] not in run("records", "show", "general_manager.issue", issue["code"])


def test_no_receipt_leads_nowhere(issue):
    assert "no record has this receipt" in run("records", "receipt", issue["code"], code=3)
