"""The threshold rule: sleeps after quiet periods, wakes when others are loaded, and only then."""

import pytest

from commonweal.engines.radio.sectors import Mode, Rules
from commonweal.engines.radio.threshold import Thresholds, plan_threshold
from commonweal.errors import InputError
from tests.engines.radio.sectors import demand_of, layers_of

RULES = Rules(slot_h=1.0, dwell_slots=1)


def two_lte(n_modes=4):
    """A coverage layer and a booster, 100 Mbit/s each."""
    return layers_of(
        is_nr=[False, False], capacity=[100, 100], base_w=[100, 100], slope=[1, 1],
        n_modes=[1, n_modes],
    )  # fmt: skip


def test_a_booster_sleeps_after_quiet_periods_and_wakes_a_slot_after_others_are_loaded():
    asked = [20.0, 20.0, 20.0, 20.0, 80.0, 80.0, 20.0]
    mode = plan_threshold(two_lte(), demand_of(asked, [0.0] * 7), RULES)
    on, deep = int(Mode.ON), int(Mode.DEEP_SLEEP)
    assert mode[0, 1].tolist() == [on, on, deep, deep, deep, on, on]
    assert (mode[0, 0] == on).all()


def test_it_stays_in_a_mode_for_the_dwell():
    asked = [20.0, 20.0, 80.0, 80.0, 80.0, 80.0, 80.0]
    slow = Rules(slot_h=1.0, dwell_slots=4)
    mode = plan_threshold(two_lte(), demand_of(asked, [0.0] * 7), slow)
    assert mode[0, 1].tolist() == [0, 0, 3, 3, 3, 3, 0]


def test_nobody_sleeps_where_others_could_not_take_over():
    rule = Thresholds(own_below_share=0.9, others_below_share=0.5)
    mode = plan_threshold(two_lte(), demand_of([60.0] * 5, [0.0] * 5), RULES, rule)
    assert (mode == Mode.ON).all()


def test_a_layer_that_may_only_switch_channels_off_stays_on():
    mode = plan_threshold(two_lte(n_modes=2), demand_of([0.0] * 5, [0.0] * 5), RULES)
    assert (mode == Mode.ON).all()


def test_an_nr_booster_falls_to_lte_and_its_load_counts_there():
    layers = layers_of(
        is_nr=[False, True], capacity=[100, 400], base_w=[100, 300], slope=[1, 1], n_modes=[1, 4]
    )
    mode = plan_threshold(layers, demand_of([10.0] * 6, [20.0] * 3 + [70.0] * 3), RULES)
    assert mode[0, 1].tolist() == [0, 0, 3, 3, 0, 0]


def test_thresholds_that_would_wake_what_just_slept_are_refused():
    with pytest.raises(InputError, match=r"others_below_share=0\.9"):
        Thresholds(others_below_share=0.9)
    with pytest.raises(InputError, match="n_periods=0"):
        Thresholds(n_periods=0)
