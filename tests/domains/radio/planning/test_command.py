"""The commands: plan, list, show."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.radio.plan import app
from commonweal.domains.radio.energy_saving.models import Plan

pytestmark = pytest.mark.django_db


def ask(*words, code=0):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_a_plan_is_made_listed_and_shown(build, home):
    codes, rows, _, _ = build(GD=1)
    made = json.loads(ask("plan", "--date", "2024-12-10", "--slots", "24", "--json"))
    plan = Plan.objects.get()
    assert (made["plan"], made["folder"], made["provinces"]) == (plan.code, plan.folder, ["GD"])
    assert made["audit"] is None
    (listed,) = json.loads(ask("plans", "--json"))["plans"]
    assert (listed["plan"], listed["state"], listed["sha256"]) == (
        plan.code,
        "draft",
        plan.plan_sha256,
    )
    shown = ask("plan-show", plan.code, "--site", codes[0])
    for cell in rows["cell_id"].to_pylist():
        (line,) = (each for each in shown.splitlines() if cell in each)
        assert len(line.split()[-1]) == 24
        assert set(line.split()[-1]) <= set("█▓▒░")
        assert not cell.endswith("-b8") or line.endswith("█" * 24)
    assert "planned for 0.95: saves" in ask("plan-show", plan.folder)


def test_a_site_s_saving_is_told_at_its_meters_and_at_the_grid(build, home):
    silent = [f"S-GD-000003-{sector}-n78" for sector in (1, 2, 3)]
    codes, _, _, _ = build(GD=3, missing=silent)
    made = json.loads(ask("plan", "--date", "2024-12-10", "--slots", "24", "--json"))
    first, second, unknown = (
        json.loads(ask("plan-show", made["plan"], "--site", code, "--json"))["totals"]
        for code in codes
    )
    for name in ("expected_kwh", "all_on_kwh", "expected_at_grid_kwh"):
        assert first[name] + second[name] == pytest.approx(made["totals"][name])
    assert 0 < first["expected_kwh"] < first["expected_at_grid_kwh"]
    shown = ask("plan-show", made["plan"], "--site", codes[0])
    assert f"from the grid {first['expected_at_grid_kwh']:,.1f} kWh less" in shown
    assert "with the supply 'cabinet' at 25 °C" in shown
    assert set(unknown.values()) == {None}
    assert "no data, nothing was forecast" in ask("plan-show", made["plan"], "--site", codes[2])


def test_a_dry_run_opens_no_record(build, home):
    build(GD=1)
    said = ask("plan", "--date", "2024-12-10", "--slots", "24", "--dry-run")
    assert said.splitlines()[0] == "plan: 2024-12-10, 1 days, 3 sectors at 1 sites"
    assert "nothing was kept" in said
    assert not Plan.objects.exists()
    assert "no plan yet" in ask("plans")


def test_what_cannot_be_done_is_one_sentence(build, home):
    assert "'tomorrow' is not a day" in ask("plan", "--date", "tomorrow", code=3)
    assert "no plan 'EP-1' is stored" in ask("plan-show", "EP-1", code=3)
    both = ("plan", "--date", "2024-12-10", "--dry-run", "--audit", "3")
    assert "--audit needs a plan that is kept" in ask(*both, code=3)
    wrong = ("plan", "--date", "2024-12-10", "--slots", "48")
    assert "slots_a_day: Input should be 24 or 96" in ask(*wrong, code=4)
