"""The ledger from the terminal."""

import json

import pytest
from django.db import connection
from typer.testing import CliRunner

from commonweal.cli.ledger import app
from commonweal.kernel.ledger.models import Transfer
from commonweal.kernel.ledger.services import account_open_many, asset_create
from tests.kernel.ledger.conftest import NAMES, TOLD, entry, ledger_open, post

GIFTS = "key,debit,credit,amount,code\ng1,ann,fund,30,gift\ng2,ann,fund,20,gift\n"


def run(*arguments, code=0):
    done = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


@pytest.fixture
def gifts(db, tmp_path):
    """Ann has 60 points, and a file gives 50 of them."""
    ledger_open()
    post(entry("k1", amount=60))
    path = tmp_path / "gifts.csv"
    path.write_text(GIFTS, "utf-8")
    return path


def test_a_file_is_tried_then_posted_then_known(gifts):
    assert "2 would be posted, nothing was kept; 0 were" in run("post", gifts, "--dry-run")
    assert Transfer.objects.count() == 1
    assert "2 posted; 0 were posted before; 0 refused" in run("post", gifts)
    assert run("post", gifts, "--json")["n_replayed"] == 2
    assert "ann: 10 pt" in run("balance", "ann")
    shown = run("accounts", "--asset", "points", "--json")["accounts"]
    assert {row["account"]: row["balance"] for row in shown} == {
        "ann": 10,
        "bo": 0,
        "fund": 50,
        "source": -60,
    }
    assert "fund" in run("accounts", "--after", "bo")


def test_one_refusal_refuses_the_file_unless_each_is_asked_for(gifts):
    gifts.write_text(GIFTS + "g3,bo,fund,1,gift\n", "utf-8")

    assert "bo cannot give 1: it holds 0" in run("post", gifts, code=5)
    assert Transfer.objects.count() == 1
    answer = run("post", gifts, "--each", "--json", code=5)
    assert (answer["n_posted"], [key for key, _ in answer["refused"]]) == (2, ["g3"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key,debit\nk,ann\n", "has no credit"),
        ("key,debit,credit,amount,code\n", "has no row"),
        ("key,debit,credit,amount,code\nk,ann,fund,1.5,x\n", "line 2: amount '1.5' is no number"),
        ("key,debit,credit,amount,code\nk,ann,fund,many,x\n", "line 2: amount 'many'"),
        (GIFTS.replace("code\n", "code,occurred_at\n").replace("gift", "gift,noon"), "'noon' is"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(gifts, text, told):
    gifts.write_text(text, "utf-8")

    assert told in " ".join(run("post", gifts, code=3).split())


def test_amounts_are_in_the_unit_of_the_asset(gifts):
    asset_create(code="cny", names=NAMES, unit="CNY", decimals=2, node="group", **TOLD)
    terms = {"asset": "cny", "node": "group", **TOLD}
    account_open_many(codes=["bank"], kind="source", floor=None, **terms)
    account_open_many(codes=["pupil"], **terms)
    gifts.write_text("key,debit,credit,amount,code\np,bank,pupil,1062.50,award\n", "utf-8")
    run("post", gifts)

    assert Transfer.objects.get(key="p").amount == 106_250
    assert "pupil: 1,062.50 CNY" in run("balance", "pupil")


def test_what_expired_is_recorded_once(db):
    ledger_open(expires_after_days=30)
    post(entry("k1", amount=60))

    assert run("expire", "--json") == {"timed_out": 0, "expired": 1}  # the clock has moved on
    assert run("expire", "--json") == {"timed_out": 0, "expired": 0}
    assert run("balance", "ann", "--json")["balance"] == 0
    then = ("balance", "ann", "--at", "2025-03-19")
    assert "ann: 60 pt" in run(*then)
    assert run(*then, "--as-of", "2025-03-01", "--json")["balance"] == 0
    lines = run("statement", "ann", "--from", "2025-03-18", "--json")["lines"]
    assert [line["change"] for line in lines] == [60, -60]
    assert "closing 60 pt" in run("statement", "ann", "--from", "2025-03-18", "--to", "2025-03-20")


def test_the_proof_names_what_was_changed_past_the_ledger(gifts):
    assert "4 accounts, 1 transfers: holds" in run("verify")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET balance = 61 WHERE balance = 60")

    assert "account ann: balance 61" in run("verify", code=5)
    assert not run("verify", "--json", code=5)["holds"]
