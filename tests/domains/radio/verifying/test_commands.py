"""What the commands print, and what they refuse."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from commonweal.domains.radio.energy_saving.models import Plan, Verification

pytestmark = pytest.mark.django_db
WEEK = ("--from", "2024-12-11", "--to", "2024-12-17")


def run(*words):
    """Run a command of radio; return its status and what it printed."""
    done = CliRunner().invoke(application(), ["radio", *words])
    return done.exit_code, done.output


def test_a_week_is_verified_from_the_command_line(frozen):
    frozen(n_sites=6)
    status, printed = run("verify", *WEEK, "--dry-run")
    assert status == 0
    assert "nothing opened" in printed
    assert "accepted" in printed
    status, printed = run("verify", *WEEK, "--json")
    (told,) = json.loads(printed)["verifications"]
    record = Verification.objects.get()
    assert (told["verification"], told["plan"]) == (record.code, "EP-2024-00001")
    assert float(told["saved_kwh"]) == float(record.saved_kwh)
    status, printed = run("verify", *WEEK)
    assert status == 5
    assert f"{record.code} (draft) counts days" in " ".join(printed.split())


def test_a_counterfactual_is_shown_as_it_was_frozen(frozen):
    _, plan = frozen(n_sites=3)
    status, printed = run("counterfactual", plan.code, "--json")
    assert status == 0
    told = json.loads(printed)
    assert told["sha256"] == plan.counterfactual_sha256
    assert told["cv_rmse"] < 0.3
    status, printed = run("counterfactual", plan.code)
    assert "as it was frozen" in printed
    Plan.objects.update(counterfactual_sha256="")
    status, printed = run("counterfactual", plan.code)
    assert status == 3
    assert f"nothing is frozen for {plan.code} yet" in printed


def test_efficiency_is_written_as_a_page_and_as_json(build, tmp_path):
    build(n_sites=2)
    page, document = tmp_path / "efficiency.html", tmp_path / "efficiency.json"
    status, printed = run("efficiency", "--period", "2024-11", "--out", str(page))
    assert status == 0
    assert "at 2 of 2 sites" in printed
    assert "<h2>Metrics (7.4)</h2>" in page.read_text()
    status, printed = run("efficiency", "--period", "2024-11", "--out", str(document), "--json")
    assert json.loads(document.read_text()) == json.loads(printed)
    status, printed = run("efficiency", "--period", "2024-11", "--out", str(tmp_path / "x.pdf"))
    assert (status, "is neither .html nor .json" in " ".join(printed.split())) == (3, True)


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01"])
def test_a_day_that_is_none_is_refused(db, day):
    status, printed = run("verify", "--from", day, "--to", "2024-12-17")
    assert status == 3
    assert f"'{day}' is no day" in printed
