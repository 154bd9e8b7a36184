"""Programmes, records and roles at the command line, with the errors a person meets."""

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from commonweal.kernel.programmes.registry import record_types
from tests.kernel.programmes.conftest import VALUES, nodes, person  # noqa: F401 - fixtures

GIFT = "donations.donation"
SET = [part for name, value in VALUES.items() for part in ("--set", f"{name}={value}")]


def run(*words, code=0):
    said = CliRunner().invoke(application(), [str(each) for each in words])
    assert said.exit_code == code, said.output
    return said.output


@pytest.fixture
def people(person, nodes):  # noqa: F811 - the fixtures of the same names
    person("lin", data_owner="north")
    person("wang", reviewer="group")
    person("zhao", viewer="group")
    return nodes


def test_a_gift_is_opened_pledged_and_approved(people):
    opened = json.loads(
        run("records", "open", GIFT, "--node", "north", *SET, "--as", "lin", "--json")
    )
    code = opened["code"]
    assert opened["state"] == "draft"
    assert "is now pledged" in run("records", "act", GIFT, "pledge", code, "--as", "lin")
    assert "1 of 2 approvals" in run("records", "act", GIFT, "approve", code, "--as", "wang")
    assert "said yes already" in run(
        "records", "act", GIFT, "approve", code, "--as", "wang", code=5
    )
    shown = json.loads(run("records", "show", GIFT, code, "--as", "lin", "--json"))
    assert (shown["state"], shown["actions"]) == ("pledged", ["withdraw"])
    told = run("records", "history", GIFT, code, "--as", "zhao")
    assert "lin  Put forward  pledged" in told
    assert "1 records" in run("records", "list", GIFT, "--state", "pledged")


def test_duplicates_are_merged(people):
    codes = [
        json.loads(run("records", "open", GIFT, "--node", "north", *SET, "--json"))["code"]
        for _ in range(2)
    ]
    assert "is merged into" in run("records", "merge", GIFT, *codes)
    assert "is merged into" in run("records", "merge", GIFT, *codes, code=5)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("records", "list", "nothing.at_all"), 3, "no type of record 'nothing.at_all'"),
        (("records", "show", GIFT, "DN-1"), 3, "or it is not yours to see"),
        (("records", "list", GIFT, "--as", "who"), 3, "there is no account 'who'"),
        (("records", "open", GIFT, "--node", "north", "--set", "purpose"), 3, "not FIELD=VALUE"),
        (
            ("records", "open", GIFT, "--node", "north", *SET, "--as", "zhao"),
            5,
            "role of data owner",
        ),
        (("roles", "grant", "wang", "king", "north"), 3, "no role 'king'"),
        (("roles", "grant", "wang", "reviewer", "north", "--as", "zhao"), 5, "by an administrator"),
        (("roles", "revoke", "wang", "reviewer", "north"), 5, "is not reviewer for north"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_exit_status_of_its_kind(
    people, words, code, sentence
):
    assert sentence in " ".join(run(*words, code=code).split())


def test_roles_are_granted_listed_delegated_and_taken_back(people):
    run("roles", "grant", "zhao", "reviewer", "north")
    run("roles", "delegate", "wang", "zhao", "--until", "2999-01-01")
    listed = json.loads(run("roles", "list", "--user", "zhao", "--json"))
    assert {(each["role"], each["node"]) for each in listed["grants"]} == {
        ("reviewer", "north"),
        ("viewer", "group"),
    }
    assert [each["delegator"] for each in listed["delegations"]] == ["wang"]
    run("roles", "delegate", "wang", "zhao", "--end")
    run("roles", "revoke", "zhao", "reviewer", "north")
    assert run("roles", "list", "--user", "zhao").split() == ["zhao", "viewer", "group"]


def test_every_flow_is_drawn_in_three_forms(db):
    assert record_types()
    for kind in record_types():
        drawing = ET.fromstring(run("programmes", "diagram", kind, "--form", "svg"))  # noqa: S314 - our own
        spec = record_types()[kind].spec
        assert len(list(drawing.iter("{http://www.w3.org/2000/svg}rect"))) == len(spec.states)
        for form in ("mermaid", "dot"):
            text = run("programmes", "diagram", kind, "--form", form)
            assert all(each.id in text for each in spec.states)


def test_programmes_are_listed_checked_and_reminded(people):
    assert GIFT in run("programmes", "list")
    assert "pledge: draft → pledged" in run("programmes", "show", GIFT)
    assert "are in order" in run("programmes", "check")
    assert "0 reminders" in run("programmes", "remind", "--dry-run")
    assert json.loads(run("programmes", "remind", "--json"))["n_messages"] == 0
