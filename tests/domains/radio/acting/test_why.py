"""Why a cell sleeps or is awake: answered in words, from what was recorded."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.acting import words as words_module
from commonweal.domains.radio.energy_saving.acting.holds import Asked, holds_open
from commonweal.domains.radio.energy_saving.acting.reading import schedule_read
from commonweal.domains.radio.energy_saving.acting.running import manner_of, plan_act, usual_before
from commonweal.domains.radio.energy_saving.acting.simulating import simulator_of
from commonweal.domains.radio.energy_saving.acting.simulator import Faults
from commonweal.domains.radio.energy_saving.acting.stopping import hold_open, plan_stop
from commonweal.domains.radio.energy_saving.acting.why import sentence_of, why
from commonweal.domains.radio.energy_saving.acting.words import LANGUAGES, Words
from commonweal.domains.radio.energy_saving.planning import awake, expecting
from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.energy_saving.planning.recording import plan_open
from commonweal.domains.radio.energy_saving.planning.run import plan_run
from commonweal.errors import InputError
from commonweal.periods import business_midnight
from tests.domains.radio import world
from tests.domains.radio.acting.register import CHEN, DAY, LIN, WANG, act, active, store

HISTORY_DAYS = 28
CHANGES = {
    "S-GD-000001-1-n1": {"protected": "yes"},
    "S-GD-000001-2-n78": {"partner": "Other", "partner_share": 0.5, "partner_sleep": "vetoed"},
}
NIGHT_AT = business_midnight(DAY) + timedelta(hours=3, minutes=15)
NOON_AT = business_midnight(DAY) + timedelta(hours=12)


@pytest.fixture
def plan(db, settings, tmp_path):
    """An active plan of two sites, from four weeks of reports."""
    settings.HOME = tmp_path
    rows = world.cells(world.organisation(GD=2), tmp_path, **CHANGES)
    first_date = DAY - timedelta(HISTORY_DAYS)
    world.report(rows, tmp_path, first_date=first_date, n_days=HISTORY_DAYS)
    policy = policy_read(slots_a_day=24, holdout_share=0.0)
    stored = plan_run(plan_date=DAY, node="all", policy=policy, now=world.NOW)
    record = act(plan_open(stored, scope=LIN, now=world.NOW), "propose", LIN)
    record = act(record, "approve", WANG)
    return act(record, "activate_unmetered", CHEN, comment="a test")


def acted(plan, **faults):
    """Act on the plan against the generated network's truth."""
    schedule = schedule_read(plan)
    network = simulator_of(
        plan,
        schedule,
        seed=world.SEED,
        first_date=DAY - timedelta(HISTORY_DAYS),
        faults=Faults(**faults),
    )
    steps = plan_act(
        plan,
        schedule,
        network,
        scope=CHEN,
        manner=manner_of(schedule),
        usual=usual_before(schedule),
    )
    return list(steps), schedule


def sleeper(schedule, at):
    """The id of a cell that the plan lets sleep deeply at an instant."""
    asleep = np.flatnonzero(schedule.wanted(schedule.slot(at)) >= 2)
    return schedule.cells[int(asleep[0])].cell_id


def test_a_cell_that_sleeps_says_since_when_for_what_by_whom_and_what_would_wake_it(plan):
    steps, schedule = acted(plan)
    assert not any(step.troubles for step in steps)
    cell = sleeper(schedule, NIGHT_AT)
    found = why(cell, NIGHT_AT)
    assert found.is_asleep
    assert found.code == "plan"
    text = " ".join(found.sentences)
    assert re.search(rf"{cell} is asleep \((deep sleep|carrier off)\) from 2024-12-10 0\d:00", text)
    assert "Proposed by lin, approved by wang, activated by chen." in text
    assert "reaches 70% of its PRBs for 60 minutes" in text
    facts = found.facts
    assert 0 < facts["mean_mbit_s"] < facts["planned_mbit_s"] <= facts["capacity_mbit_s"]
    assert facts["saving_w"] > 0
    assert f"{facts['mean_mbit_s']:.1f} Mbit/s" in text


def test_before_anybody_acted_the_answer_is_what_the_plan_lets_it_do(plan):
    cell = sleeper(schedule_read(plan), NIGHT_AT)
    assert "nobody has acted on that hour" in why(cell, NIGHT_AT).sentences[0]


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("S-GD-000001-1-b8", "coverage", "without it users would have no service"),
        ("S-GD-000001-1-n1", "protected", "protected by the inventory"),
        ("S-GD-000001-2-n78", "partner", "The sharing partner Other does not let it sleep"),
    ],
)
def test_what_the_inventory_keeps_awake_says_so(plan, cell, code, words):
    found = why(cell, NIGHT_AT)
    assert (found.is_asleep, found.code) == (False, code)
    assert words in found.sentences[1]


def test_a_cell_that_is_awake_by_plan_says_whether_it_is_needed_or_sleep_would_not_pay(plan):
    schedule = schedule_read(plan)
    on = np.flatnonzero(schedule.is_acted & (schedule.wanted(schedule.slot(NOON_AT)) == 0))
    codes = {why(schedule.cells[int(at)].cell_id, NOON_AT).code for at in on}
    assert codes <= {"needed", "instead", "not_worth"}
    assert codes


def test_a_held_cell_says_why_until_when_and_that_a_guard_did_it(plan):
    schedule = schedule_read(plan)
    cell = sleeper(schedule, NIGHT_AT)
    asked = Asked(
        node_id=int(schedule.node_id[0]),
        cell_id=cell,
        kind="guard",
        reason="setup_success: S-GD-000001-1-b3 0.71 0.95",
        from_at=NIGHT_AT - timedelta(hours=1),
        until_at=NIGHT_AT + timedelta(hours=23),
    )
    holds_open([asked], scope=CHEN, now=NIGHT_AT - timedelta(hours=1))
    acted(plan)
    found = why(cell, NIGHT_AT)
    assert found.code == "held"
    assert "2024-12-11 02:15" in found.sentences[1]
    assert "connections failed at S-GD-000001-1-b3: 0.71 succeeded" in found.sentences[1]
    assert "RRC建立成功率 0.71" in why(cell, NIGHT_AT, "zh-hans").sentences[1]


def test_a_region_that_was_stopped_says_so_for_each_of_its_cells(plan):
    cell = sleeper(schedule_read(plan), NIGHT_AT)
    hold_open(
        node="GD",
        cell_id="",
        kind="event",
        reason="marathon",
        hours=10,
        scope=WANG,
        now=NIGHT_AT - timedelta(hours=2),
    )
    acted(plan)
    assert "marathon" in why(cell, NIGHT_AT).sentences[1]
    assert why(cell, NIGHT_AT + timedelta(hours=9)).code != "held"


def test_a_cell_that_does_not_wake_is_not_said_to_sleep_by_plan(plan):
    schedule = schedule_read(plan)
    cell = sleeper(schedule, NIGHT_AT)
    acted(plan, never_wakes=frozenset({cell}))
    found = why(cell, NOON_AT)
    assert (found.is_asleep, found.code) == (True, "not_awake")


def test_a_stopped_plan_and_a_day_without_a_plan_are_told(plan):
    cell = sleeper(schedule_read(plan), NIGHT_AT)
    plan_stop(plan.code, scope=CHEN, now=NIGHT_AT - timedelta(hours=5), reason="enough")
    assert why(cell, NIGHT_AT).code == "stopped"
    assert why(cell, NIGHT_AT + timedelta(days=9)).code == "no_plan"
    with pytest.raises(InputError, match="no cell 'nowhere' stands in the inventory"):
        why("nowhere", NIGHT_AT)
    with pytest.raises(InputError, match="language 'fr' is not known"):
        why(cell, NIGHT_AT, "fr")


def test_every_sentence_is_there_in_three_languages_with_the_same_values():
    texts = tomllib.loads(Path(words_module.__file__).with_name("why.toml").read_text("utf-8"))
    for table in texts.values():
        for key, names in table.items():
            assert set(names) == set(LANGUAGES), key
            values = {frozenset(re.findall(r"{(\w+)}", text)) for text in names.values()}
            assert len(values) == 1, key


def test_a_reason_that_people_wrote_stands_as_it_is():
    assert Words("zh-hant").reason("Marathon: ring road") == "Marathon: ring road"
    assert Words("en").reason("silence:") == "nobody reported how users fared"


@pytest.mark.parametrize("kept", ["holdout", "held", "not_allowed", "no_reports", "no_forecast"])
def test_a_sector_that_the_plan_keeps_awake_says_why(db, settings, tmp_path, kept):
    settings.HOME = tmp_path
    world.cells(world.organisation(GD=1), tmp_path)
    active(store(kept=kept))
    found = why("S-GD-000001-1-b3", NIGHT_AT, "zh-hant")
    assert (found.is_asleep, found.code) == (False, kept)
    assert len(found.sentences) == 2


def test_every_reason_for_which_a_plan_keeps_a_sector_awake_has_words():
    found = {
        value
        for module in (awake, expecting)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and value.islower()
    }
    assert {"holdout", "no_coverage_layer", "few_reports"} <= found
    for code in found:
        assert Words("en").say(sentence_of(code))
