"""From an approved plan to cells that sleep, through the register: stopped, held, told, resumed."""

import json
from datetime import timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from commonweal.domains.radio.energy_saving.acting.adapter import Edit
from commonweal.domains.radio.energy_saving.acting.documents import plan_edits
from commonweal.domains.radio.energy_saving.acting.files import Files, outbox_path
from commonweal.domains.radio.energy_saving.acting.holds import holds_lift
from commonweal.domains.radio.energy_saving.acting.journal import journal_path, lines_read
from commonweal.domains.radio.energy_saving.acting.reading import schedule_read
from commonweal.domains.radio.energy_saving.acting.running import manner_of, plan_act
from commonweal.domains.radio.energy_saving.acting.simulating import simulator_of
from commonweal.domains.radio.energy_saving.acting.simulator import Faults
from commonweal.domains.radio.energy_saving.acting.stopping import hold_open, plan_stop
from commonweal.domains.radio.energy_saving.models import Hold
from commonweal.domains.radio.energy_saving.planning.store import plans_folder
from commonweal.engines.radio.sectors import Demand, Mode
from commonweal.errors import InputError, StateError
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.records.selectors import record_history
from tests.domains.radio import world
from tests.domains.radio.acting.register import CHEN, DAY, LIN, WANG, act, active, opened, store


@pytest.fixture(autouse=True)
def home(db, settings, tmp_path):
    settings.HOME = tmp_path
    codes = world.organisation(GD=2)
    world.cells(codes, tmp_path)
    return tmp_path


def simulator(plan, schedule, **faults):
    found = simulator_of(plan, schedule, seed=world.SEED, faults=Faults(**faults))
    quiet = [np.full_like(each, 1.0) for each in (found.demand.lte_mbit_s, found.demand.nr_mbit_s)]
    found.demand = Demand(*quiet)
    return found


def run(plan, *, between=None, **faults):
    """Act on the whole plan; ``between`` is told each step."""
    schedule = schedule_read(plan)
    network = simulator(plan, schedule, **faults)
    steps = []
    for step in plan_act(plan, schedule, network, scope=CHEN, manner=manner_of(schedule)):
        steps.append(step)
        if between:
            between(step)
    return steps, network, schedule


def comments(plan):
    told = record_history("energy_saving.plan", str(plan.pk)).filter(action="act")
    return [event.content["comment"] for event in told]


def test_a_plan_is_acted_on_from_its_first_slot_and_everything_is_awake_after_the_last():
    plan = active(store())
    steps, network, schedule = run(plan)
    assert len(steps) == 25
    assert max(step.n_asleep for step in steps) == schedule.is_acted.sum() > 0
    assert (network.state() == Mode.ON).all()
    assert comments(plan)[0].startswith(
        f"acting through simulator: {schedule.is_acted.sum()} cells"
    )
    assert not Hold.objects.exists()


@pytest.mark.parametrize("actions", [(), ("propose",), ("propose", "approve")])
def test_nobody_acts_on_a_plan_that_was_not_approved_and_activated(actions):
    plan = opened(store())
    for action, by in zip(actions, (LIN, WANG), strict=False):
        plan = act(plan, action, by)
    schedule = schedule_read(plan)
    with pytest.raises(StateError, match="only an active plan is acted on"):
        next(plan_act(plan, schedule, simulator(plan, schedule), scope=CHEN))


def test_whoever_proposed_a_plan_may_not_approve_it():
    plan = act(opened(store()), "propose", LIN)
    with pytest.raises(RefusedError):
        act(plan, "approve", LIN)


def test_a_plan_whose_file_was_changed_after_approval_is_not_acted_on(home):
    plan = active(store())
    path = plans_folder() / "p1" / "GD.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StateError, match=r"GD\.parquet of plan p1 is missing or was changed"):
        schedule_read(plan)


def test_another_plan_under_an_approved_name_is_not_acted_on():
    plan = active(store())
    store(mode=Mode.RF_OFF)
    with pytest.raises(StateError, match="was approved with digest"):
        schedule_read(plan)


def test_a_stopped_plan_wakes_everything_in_the_next_step():
    plan = active(store())

    def stop_at_three(step):
        if step.slot == 3:
            plan_stop(plan.code, scope=WANG, now=step.at, reason="typhoon")

    steps, network, _ = run(plan, between=stop_at_three)
    assert [step.slot for step in steps] == [0, 1, 2, 3, 4]
    assert steps[-1].is_stopped
    assert (network.state() == Mode.ON).all()
    assert comments(plan)[-1] == "stopped: all cells are awake"


def test_the_kill_switch_of_a_region_wakes_what_is_below_it_until_it_is_lifted():
    plan = active(store())

    def switch(step):
        if step.slot == 2:
            hold_open(
                node="GD", cell_id="", kind="manual", reason="flood", hours=5, scope=WANG,
                now=step.at + timedelta(minutes=1),
            )  # fmt: skip
        if step.slot == 3:
            assert step.n_asleep == 0
            holds_lift(Hold.objects.all(), scope=WANG, now=step.at, reason="the water is gone")
        if step.slot == 4:
            assert step.n_asleep > 0

    run(plan, between=switch)
    assert Hold.objects.get().state == "lifted"


def test_a_hold_that_is_over_expires_by_itself():
    plan = active(store())
    cell = schedule_read(plan).cells[1].cell_id

    def hold(step):
        if step.slot == 1:
            hold_open(
                node="", cell_id=cell, kind="event", reason="match", hours=2, scope=WANG,
                now=step.at,
            )  # fmt: skip

    run(plan, between=hold)
    assert Hold.objects.get().state == "expired"


def test_a_guard_that_trips_holds_its_group_by_record_and_tells_the_plan():
    plan = active(store())
    schedule = schedule_read(plan)
    witness = schedule.cells[0].cell_id
    collapse_at = schedule.at(3)
    network = simulator(plan, schedule, collapses=frozenset({witness}), collapse_at=collapse_at)
    network.demand = Demand(network.demand.lte_mbit_s, network.demand.nr_mbit_s * 8)
    steps = list(plan_act(plan, schedule, network, scope=CHEN, manner=manner_of(schedule)))
    mine = (schedule.sector == 0) & schedule.is_acted
    holds = Hold.objects.order_by("cell_id")
    expected = sorted(schedule.cells[at].cell_id for at in np.flatnonzero(mine))
    assert [hold.cell_id for hold in holds] == expected
    assert holds[0].reason.startswith(f"setup_success: {witness} 0.")
    assert holds[0].kind == "guard"
    assert holds[0].until_at == steps[4].at + timedelta(hours=24)
    assert any("setup_success" in comment for comment in comments(plan))


def test_a_cell_that_never_wakes_is_held_by_record():
    plan = active(store())
    cell = schedule_read(plan).cells[1].cell_id
    run(plan, never_wakes=frozenset({cell}))
    hold = Hold.objects.get()
    assert (hold.cell_id, hold.reason.split(":")[0]) == (cell, "does_not_wake")


def test_a_run_that_was_killed_goes_on_with_what_the_journal_says():
    plan = active(store())
    schedule = schedule_read(plan)
    network = simulator(plan, schedule)
    acting = plan_act(plan, schedule, network, scope=CHEN, manner=manner_of(schedule))
    for _ in range(3):
        next(acting)
    acting.close()
    n_lines = len(list(lines_read(journal_path(plan.code))))
    rest = list(
        plan_act(
            plan,
            schedule,
            network,
            scope=CHEN,
            manner=manner_of(schedule),
            from_at=schedule.at(3),
        )
    )
    assert rest[0].slot == 3
    assert rest[0].answers == {}  # nothing is asked twice
    assert (network.state() == Mode.ON).all()
    assert len(list(lines_read(journal_path(plan.code)))) > n_lines


def test_a_hold_names_one_thing_and_some_time():
    common = {"kind": "manual", "reason": "x", "scope": WANG, "now": world.NOW}
    with pytest.raises(InputError, match="name a node or a cell"):
        hold_open(node="", cell_id="", hours=1, **common)
    with pytest.raises(InputError, match="hours=0"):
        hold_open(node="GD", cell_id="", hours=0, **common)
    with pytest.raises(InputError, match="no cell 'nowhere'"):
        hold_open(node="", cell_id="nowhere", hours=1, **common)


def command(*words, ok=True):
    done = CliRunner().invoke(application(), ["radio", *words])
    assert (done.exit_code == 0) is ok, done.output
    return done.stdout


def test_commands_act_hold_list_lift_and_stop():
    plan = active(store())
    done = json.loads(command("act", plan.code, "--seed", str(world.SEED), "--json"))
    assert len(done["steps"]) == 25
    assert done["steps"][-1]["asleep"] == 0
    code = json.loads(command("stop", "--node", "GD", "--reason", "drill", "--json"))["code"]
    assert f"{code}  until" in command("holds")
    assert command("lift", code, "--reason", "over").strip() == f"{code} is lifted"
    assert command("holds").strip() == "nothing is held"
    command("stop", "--plan", plan.code, "--reason", "enough")
    command("act", plan.code, ok=False)
    command("lift", "EH-0", "--reason", "over", ok=False)


def test_acting_by_files_hands_over_and_waits_for_acknowledgements():
    plan = active(store())
    command("act", plan.code, "--adapter", "files", "--until", f"{DAY}T02:00")
    found = sorted(outbox_path(plan.code).glob("*.json"))
    assert found
    told = json.loads(found[0].read_text("utf-8"))
    assert told["plan"] == plan.code
    assert all(each["notBefore"] for each in told["edits"])
    command("act", plan.code, "--adapter", "pigeon", ok=False)


def test_a_plan_is_exported_with_every_edit_and_its_inverse(home):
    plan = active(store())
    out = home / "out"
    told = json.loads(command("export", plan.code, "--out", str(out), "--release", "19", "--json"))
    document = json.loads((out / "plan.yaml").read_text("utf-8"))
    assert len(document["cells"]) == told["cells"] > 0
    edits = [json.loads(line) for line in (out / "edits.jsonl").read_text("utf-8").splitlines()]
    assert len(edits) == 2 * told["cells"]
    assert all(edit["inverse"] for edit in edits)
    assert "TO_BE_ENERGY_SAVING" in (out / "edits.jsonl").read_text("utf-8")
    assert any(name.startswith("netconf/2024-12-09T170000Z/") for name in told["files"])


def test_what_cells_count_of_their_own_sleep_is_believed_where_nothing_was_asked_since(home):
    plan = active(store())
    schedule = schedule_read(plan)
    network = simulator(plan, schedule)
    steps = plan_act(plan, schedule, network, scope=CHEN, manner=manner_of(schedule))
    for _, _step in zip(range(5), steps, strict=False):
        pass
    steps.close()
    counters = network.counters
    world.take("cell_counters", counters.slice(0, counters.num_rows), home)
    files = Files(schedule, home / "outbox", lag_slots=1)
    kpis = files.kpis(schedule.at(4), schedule.at(5))  # tells of the slot from 3 to 4
    assert (files.state() == schedule.wanted(3)).all()
    serving = schedule.wanted(3) == Mode.ON
    assert np.isfinite(kpis.prb_share[serving]).all()
    first = plan_edits(schedule)[0]
    asked = Edit(
        first.place, first.cell, Mode.ON, first.mode, schedule.at(4), "p/c/20241209T200000Z/ON"
    )
    files.apply([asked], at=schedule.at(4))
    assert files.state()[first.place] == -1  # it was told to wake, and has not said so
    (home / "outbox" / "acks" / "1.json").write_text(json.dumps({asked.key: "done"}))
    assert files.state()[first.place] == Mode.ON
