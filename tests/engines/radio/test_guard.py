"""What guards say of a period: hand-made cases, and laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.radio.guard import (
    KPI_REASONS,
    Kpis,
    Limits,
    Reason,
    Usual,
    Watch,
    judge,
)
from commonweal.errors import InputError

LIMITS = Limits()
# Two sectors of two cells: the first serves, the second sleeps.
SAVING = np.array([False, True, False, True])
WITNESS = np.array([0, 1, 0, 1, 2, 3, 2, 3])
SLEEPER = np.array([0, 0, 1, 1, 2, 2, 3, 3])


def good(n_cells=4, **changes):
    values = {
        "prb_share": 0.3,
        "ue_throughput_kbit_s": 50_000.0,
        "rrc_attempts": 500.0,
        "rrc_successes": 499.0,
        "abnormal_releases": 1.0,
        "handover_attempts": 100.0,
        "handover_successes": 99.0,
    }
    found = Kpis(**{name: np.full(n_cells, value) for name, value in values.items()})
    for name, value in changes.items():
        getattr(found, name)[0] = value
    return found


def usual(n_cells=4):
    return Usual(
        np.full(n_cells, 0.998),
        np.full(n_cells, 0.002),
        np.full(n_cells, 0.99),
        np.full(n_cells, 40_000.0),
    )


def run(*periods, limits=LIMITS, saving=SAVING, serving=None, links=(WITNESS, SLEEPER), of=None):
    watch, verdict = Watch.fresh(len(saving)), None
    for kpis in periods:
        verdict, watch = judge(
            kpis,
            of or usual(len(saving)),
            watch,
            limits,
            is_saving=saving,
            is_serving=~saving if serving is None else serving,
            witness=links[0],
            sleeper=links[1],
        )
    return verdict


def test_a_good_period_wakes_nobody():
    assert not run(good()).wake.any()


@pytest.mark.parametrize(
    ("changes", "reason", "value"),
    [
        ({"rrc_successes": 400.0}, Reason.SETUP_SUCCESS, 0.8),
        ({"abnormal_releases": 60.0}, Reason.ABNORMAL_RELEASE, 60 / 499),
        ({"handover_successes": 70.0}, Reason.HANDOVER_SUCCESS, 0.7),
        ({"ue_throughput_kbit_s": 400.0}, Reason.THROUGHPUT, 400.0),
        ({"prb_share": 0.95}, Reason.OVERLOAD, 0.95),
    ],
)
def test_below_a_floor_the_group_wakes_and_is_held_in_one_period(changes, reason, value):
    verdict = run(good(**changes))
    assert verdict.wake.tolist() == [False, True, False, False]
    assert verdict.hold.tolist() == verdict.wake.tolist()
    assert Reason(verdict.reason[1]) is reason
    assert verdict.witness[1] == 0
    assert verdict.value[1] == pytest.approx(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"rrc_successes": 480.0},  # 96 %: above the floor, below its usual 99.8 %
        {"abnormal_releases": 20.0},
        {"handover_successes": 92.0},
        {"ue_throughput_kbit_s": 15_000.0},
    ],
)
def test_below_its_usual_a_cell_is_given_two_periods(changes):
    limits = replace(LIMITS, handover_success_floor=0.8)
    assert not run(good(**changes), limits=limits).wake.any()
    verdict = run(good(**changes), good(**changes), limits=limits)
    assert verdict.hold.tolist() == [False, True, False, False]
    assert not run(good(**changes), good(), good(**changes), limits=limits).wake.any()


def test_few_attempts_are_no_evidence():
    few = {"rrc_attempts": 3.0, "rrc_successes": 2.0}
    assert not run(good(**few), good(**few)).wake.any()


def test_load_at_the_threshold_wakes_without_a_hold_as_soon_as_it_lasts():
    loaded = good(prb_share=0.7)
    verdict = run(loaded)
    assert verdict.wake.tolist() == [False, True, False, False]
    assert not verdict.hold.any()
    assert Reason(verdict.reason[1]) is Reason.CANDIDATE_LOAD
    longer = replace(LIMITS, load_s=1800.0)
    assert not run(loaded, limits=longer).wake.any()
    assert run(loaded, loaded, limits=longer).wake[1]
    assert not run(good(prb_share=0.699), limits=LIMITS).wake.any()


def test_silence_wakes_after_its_periods_and_holds_nobody():
    silent = Kpis.nothing(4)
    assert not run(silent).wake.any()
    verdict = run(silent, silent)
    assert verdict.wake.tolist() == SAVING.tolist()
    assert not verdict.hold.any()
    assert {Reason(code) for code in verdict.reason[SAVING]} == {Reason.SILENCE}
    assert np.isnan(verdict.value[SAVING]).all()


def test_silence_between_two_bad_periods_hides_neither():
    bad = good(rrc_successes=480.0)
    assert run(bad, Kpis.nothing(4), bad).hold[1]


def test_a_bad_cell_beside_which_nothing_sleeps_is_not_our_doing():
    assert not run(good(rrc_successes=100.0), saving=np.zeros(4, np.bool_)).wake.any()


def test_a_cell_with_fewer_channels_answers_for_itself():
    saving = np.array([True, False, False, False])
    verdict = run(good(rrc_successes=400.0), saving=saving, serving=np.ones(4, np.bool_))
    assert verdict.hold.tolist() == [True, False, False, False]


def test_a_neighbour_that_carries_for_a_sleeper_is_its_witness_too():
    links = (np.r_[WITNESS, 0], np.r_[SLEEPER, 3])
    verdict = run(good(prb_share=0.95), links=links)
    assert verdict.wake.tolist() == [False, True, False, True]


def test_the_gravest_reason_is_told():
    verdict = run(good(prb_share=0.95, rrc_successes=300.0))
    assert Reason(verdict.reason[1]) is Reason.SETUP_SUCCESS


def test_without_anything_usual_floors_judge_alone():
    unknown = Usual.unknown(4)
    mild, grave = good(rrc_successes=480.0), good(rrc_successes=300.0)
    assert not run(mild, mild, mild, of=unknown).wake.any()
    assert run(grave, of=unknown).wake[1]


def test_limits_and_arrays_without_sense_are_refused():
    with pytest.raises(InputError, match="load_share=70"):
        Limits(load_share=70)
    with pytest.raises(InputError, match="n_periods=0"):
        Limits(n_periods=0)
    with pytest.raises(InputError, match="3 KPIs for 4 cells"):
        run(good(3))


shares = st.floats(0, 1) | st.just(float("nan"))
counts = st.integers(0, 400).map(float) | st.just(float("nan"))


@st.composite
def any_kpis(draw, n_cells=4):
    columns = {
        "prb_share": shares,
        "ue_throughput_kbit_s": st.floats(0, 1e5) | st.just(float("nan")),
        "rrc_attempts": counts,
        "rrc_successes": counts,
        "abnormal_releases": counts,
        "handover_attempts": counts,
        "handover_successes": counts,
    }
    found = {
        name: np.array(draw(st.lists(each, min_size=n_cells, max_size=n_cells)))
        for name, each in columns.items()
    }
    found["rrc_successes"] = np.minimum(found["rrc_successes"], found["rrc_attempts"])
    return Kpis(**found)


@given(st.lists(any_kpis(), min_size=1, max_size=4))
def test_only_who_saves_is_woken_and_only_users_that_fare_badly_hold(periods):
    verdict = run(*periods)
    assert not (verdict.wake & ~SAVING).any()
    assert not (verdict.hold & ~verdict.wake).any()
    assert (verdict.hold == np.isin(verdict.reason, KPI_REASONS)).all()


@given(st.lists(any_kpis(), min_size=1, max_size=3), st.permutations(range(4)))
def test_the_order_of_cells_does_not_matter(periods, order):
    order = np.array(order)
    place = np.argsort(order)
    moved = [
        Kpis(*(getattr(kpis, name)[order] for name in Kpis.__dataclass_fields__))
        for kpis in periods
    ]
    first = run(*periods)
    second = run(*moved, saving=SAVING[order], links=(place[WITNESS], place[SLEEPER]))
    assert (second.wake == first.wake[order]).all()
    assert (second.reason == first.reason[order]).all()


@given(any_kpis(), st.floats(0, 1))
def test_more_load_never_lets_a_sleeper_sleep_on(kpis, more):
    heavier = replace(kpis, prb_share=np.minimum(1.0, kpis.prb_share + more))
    assert not (run(kpis).wake & ~run(heavier).wake).any()


@given(any_kpis(), st.integers(0, 400))
def test_more_failures_never_take_a_hold_away(kpis, n_lost):
    worse = replace(kpis, rrc_successes=np.maximum(0, kpis.rrc_successes - n_lost))
    # abnormal releases are counted among connections that were made: keep their share
    one = replace(kpis, abnormal_releases=np.full(4, np.nan))
    two = replace(worse, abnormal_releases=np.full(4, np.nan))
    assert not (run(one).hold & ~run(two).hold).any()


@given(st.lists(st.just(Kpis.nothing(4)), min_size=1, max_size=9))
def test_missing_reports_alone_never_hold(periods):
    assert not run(*periods).hold.any()
