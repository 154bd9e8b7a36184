"""Acting: as planned where nothing happens, and safely where something does."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tools.files import ROOT

from commonweal.domains.radio.energy_saving.acting.adapter import Answer
from commonweal.domains.radio.energy_saving.acting.journal import Journal, lines_read
from commonweal.domains.radio.energy_saving.acting.schedule import schedule_of
from commonweal.domains.radio.energy_saving.acting.simulator import Faults
from commonweal.engines.radio.guard import Kpis, Reason, Usual, Watch, judge
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import StateError
from tests.domains.radio.acting.world import MANNER, N_SLOTS, START, night, quiet, table

BOOSTER = "S-GD-000001-1-n78"


def place(world, cell_id=BOOSTER):
    return world.schedule.place[cell_id]


def test_a_quiet_night_goes_as_planned(world_of):
    world = world_of()
    for slot in range(N_SLOTS + 1):
        step = world.loop.step(world.schedule.at(slot))
        assert (world.modes() == world.schedule.wanted(slot)).all()
        assert not step.troubles
        assert step.woken_by == {}
    assert world.simulator.counters.num_rows == len(world.schedule.cells) * N_SLOTS


def test_only_cells_that_the_plan_lets_sleep_are_ever_touched(world_of):
    world = world_of()
    world.run()
    touched = {cell for line in lines_read(world.path) for cell, *_ in line.get("edits", ())}
    acted = np.flatnonzero(world.boosters())
    assert touched == {world.schedule.cells[at].cell_id for at in acted}


def test_a_cell_that_never_wakes_is_tried_told_held_and_its_sector_stays_awake(world_of):
    world = world_of(faults=Faults(never_wakes=frozenset({BOOSTER})))
    world.run(last=5)
    assert world.modes()[place(world)] == Mode.DEEP_SLEEP
    steps = world.run(6, 10)
    told = [(trouble.code, at) for trouble, at in world.alone.troubles]
    assert told == [("does_not_wake", START + timedelta(hours=8))]  # the third try, told once
    assert all(step.answers[Answer.NO_ANSWER] == 1 for step in steps)
    world.schedule.mode[:, 11:14] = world.schedule.mode[:, 2:3]  # the plan wants another sleep
    world.run(11, 12)
    same = world.schedule.sector == world.schedule.sector[place(world)]
    others = world.boosters() & ~same
    assert (world.modes()[others] == Mode.DEEP_SLEEP).all()
    compensating = same.copy()
    compensating[place(world)] = False
    assert (world.modes()[compensating] == Mode.ON).all()


def test_an_element_that_does_not_answer_is_taken_for_asleep(world_of):
    element = f"ManagedElement={BOOSTER[:11]}-gnb"
    world = world_of(faults=Faults(unreachable=frozenset({element})))
    world.run(last=2)
    theirs = np.array([cell.element_dn == element for cell in world.schedule.cells])
    assert (world.loop.memory.mode[theirs & world.boosters()] == Mode.DEEP_SLEEP).all()
    world.run(3, 12)
    codes = {trouble.code for trouble, _ in world.alone.troubles}
    assert codes == {"does_not_wake"}


def test_a_refused_sleep_is_told_after_three_tries_and_leaves_the_cell_awake(world_of):
    world = world_of(faults=Faults(refuses=frozenset({BOOSTER})))
    world.run(last=N_SLOTS)
    assert world.modes()[place(world)] == Mode.ON
    assert [trouble.code for trouble, _ in world.alone.troubles] == ["refuses_to_sleep"]


def test_late_answers_lead_to_the_planned_state_and_no_alarm(world_of):
    world = world_of(faults=Faults(late=frozenset({BOOSTER})))
    world.run(last=5)
    assert world.modes()[place(world)] == Mode.DEEP_SLEEP
    world.run(6, 9)
    assert world.modes()[place(world)] == Mode.ON
    assert not world.alone.troubles


def test_a_kpi_that_collapses_wakes_and_holds_the_whole_sector_within_a_period(world_of):
    world = world_of(demand=quiet(6, mbit_s=8.0))
    witness = world.schedule.cells[0].cell_id
    world.simulator.faults = Faults(
        collapses=frozenset({witness}), collapse_at=START + timedelta(hours=3)
    )
    world.run(last=3)
    step = world.run(4, 4)[0]
    same = world.schedule.sector == world.schedule.sector[world.schedule.place[witness]]
    assert (world.modes()[same] == Mode.ON).all()
    assert (world.modes()[~same & world.boosters()] == Mode.DEEP_SLEEP).all()
    assert set(step.woken_by) == {"setup_success"}
    assert len(step.holds) == (same & world.boosters()).sum()
    world.run(5, 5)
    assert (world.modes()[same] == Mode.ON).all()  # held: it does not fall asleep again


def test_load_wakes_a_sector_for_an_hour_without_a_hold(world_of):
    demand = quiet(6)
    demand.nr_mbit_s[0, 3] = 60.0
    world = world_of(demand=demand)
    world.run(last=3)
    step = world.run(4, 4)[0]
    same = world.schedule.sector == 0
    assert set(step.woken_by) <= {"candidate_load", "overload", "throughput", "setup_success"}
    assert step.woken_by
    assert (world.modes()[same] == Mode.ON).all()


def test_silence_wakes_after_two_periods_and_holds_nobody(world_of):
    world = world_of()
    silent = frozenset(cell.cell_id for cell in world.schedule.cells[:4])
    world.run(last=2)
    world.simulator.faults = Faults(silent=silent)
    one, two = world.run(3, 4)
    assert one.woken_by == {}
    assert set(two.woken_by) == {"silence"}
    assert not two.troubles


def test_who_is_stopped_wakes_everything_in_the_next_step(world_of):
    world = world_of()
    world.run(last=3)
    world.alone.stopped_at = world.schedule.at(4)
    step = world.run(4, 4)[0]
    assert step.is_stopped
    assert step.n_asleep == 0
    assert (world.modes() == Mode.ON).all()


def test_a_hold_wakes_its_cell_and_no_other(world_of):
    world = world_of()
    world.run(last=2)
    world.alone.holds[place(world)] = True
    world.run(3, 3)
    expected = world.schedule.wanted(3)
    expected[place(world)] = Mode.ON
    assert (world.modes() == expected).all()


def test_nothing_falls_asleep_in_a_sector_while_another_layer_still_wakes(world_of):
    world = world_of(faults=Faults(never_wakes=frozenset({BOOSTER})))
    at = place(world)
    mates = np.flatnonzero((world.schedule.sector == world.schedule.sector[at]) & world.boosters())
    mate = next(each for each in mates if each != at)
    world.schedule.mode[mate, :6] = Mode.ON
    world.schedule.mode[mate, 6:9] = Mode.DEEP_SLEEP  # as the other wakes
    world.run(last=5)
    step = world.run(6, 6)[0]
    assert step.n_deferred == 1
    assert world.modes()[mate] == Mode.ON


def test_whoever_goes_on_after_a_crash_knows_what_sleeps(world_of):
    world = world_of()
    world.run(last=3)
    with world.path.open("ab") as file:  # killed while writing what it was about to ask
        file.write(b'{"kind":"intent","at":"2024-')
    loop = world.begin()
    assert (loop.memory.mode[world.boosters()] == Mode.DEEP_SLEEP).all()
    world.loop = loop
    world.run(4, N_SLOTS)
    assert (world.modes() == Mode.ON).all()
    assert all(json.dumps(line) for line in lines_read(world.path))


def test_what_was_asked_and_not_answered_is_believed_asleep_and_asked_again(world_of):
    world = world_of()
    world.run(last=0)
    world.close()
    with Journal(world.path) as journal:
        journal.append({"kind": "intent", "at": "x", "edits": [[BOOSTER, 3]]})
    loop = world.begin()
    assert loop.memory.mode[place(world)] == Mode.DEEP_SLEEP
    world.loop = loop
    world.run(1, N_SLOTS)
    assert (world.modes() == Mode.ON).all()


def test_watching_goes_on_after_a_crash(world_of):
    world = world_of()
    silent = frozenset(cell.cell_id for cell in world.schedule.cells[:4])
    world.run(last=2)
    world.simulator.faults = Faults(silent=silent)
    world.run(3, 3)
    world.loop = world.begin()
    assert set(world.run(4, 4)[0].woken_by) == {"silence"}


def test_two_runs_never_act_on_one_plan_at_once(world_of):
    world = world_of()
    with pytest.raises(StateError, match="another run is acting"):
        Journal(world.path)


def test_cells_wake_by_themselves_if_nobody_is_left_to_tell_them(world_of):
    world = world_of()
    world.run(last=2)
    assert (world.modes()[world.boosters()] == Mode.DEEP_SLEEP).all()
    for slot in range(2, 7):  # time passes, and no step is taken
        world.simulator.kpis(world.schedule.at(slot), world.schedule.at(slot + 1))
    assert (world.modes() == Mode.ON).all()


KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from tests.domains.radio.acting.world import World
from commonweal.domains.radio.energy_saving.acting.adapter import Answer

world = World(Path(sys.argv[1]))
apply = world.simulator.apply
def killing(edits, *, at):
    if world.schedule.slot(at) == 1:
        apply(edits[: len(edits) // 2], at=at)
        os.kill(os.getpid(), signal.SIGKILL)
    return apply(edits, at=at)
world.simulator.apply = killing
world.run(last=3)
"""


def test_a_run_that_is_killed_between_asking_and_hearing_leaves_the_truth(world_of, tmp_path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    world = world_of()  # the lock went with the process
    boosters = world.boosters()
    assert (world.loop.memory.mode[boosters] == Mode.DEEP_SLEEP).all()  # each of them may sleep
    assert next(line for line in lines_read(world.path) if line["kind"] == "intent")
    world.run(6, 6)
    assert (world.modes() == Mode.ON).all()
    assert (world.loop.memory.mode[boosters] == Mode.ON).all()


def test_a_sector_that_leans_on_a_neighbour_wakes_when_that_is_busy_or_silent(tmp_path):
    rows = table(n_sites=1)
    plain = night(rows)
    helper, bare = "S-GD-000001-1-b8", "S-GD-000001-3-n78"
    coverage = "S-GD-000001-3-b8"
    leaning = schedule_of(
        plan=plain.plan,
        start_at=plain.start_at,
        slot_s=plain.slot_s,
        cells=plain.cells,
        sector=plain.sector,
        mode=plain.mode,
        more_links=[(helper, bare)],
    )
    kept = leaning.sleeper != leaning.place[bare]
    kept |= leaning.witness == leaning.place[helper]  # nobody of its own sector serves
    leaning = replace(leaning, witness=leaning.witness[kept], sleeper=leaning.sleeper[kept])
    n_cells = len(leaning.cells)
    usual, watch = Usual.unknown(n_cells), Watch.fresh(n_cells)
    asleep = leaning.wanted(2) > Mode.ON
    for told, reason in ((0.75, Reason.CANDIDATE_LOAD), (np.nan, Reason.SILENCE)):
        load = np.full(n_cells, 0.1)
        load[leaning.place[helper]] = told
        kpis = replace(Kpis.nothing(n_cells), prb_share=load)
        after = watch
        for _period in range(2):
            verdict, after = judge(
                kpis, usual, after, MANNER.limits,
                is_saving=asleep, is_serving=~asleep,
                witness=leaning.witness, sleeper=leaning.sleeper,
            )  # fmt: skip
        assert verdict.wake[leaning.place[bare]]
        assert verdict.reason[leaning.place[bare]] == reason
        assert verdict.witness[leaning.place[bare]] == leaning.place[helper]
        assert not verdict.wake[leaning.place[coverage]]
