"""What a plan expects to save is net of what switching costs."""

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.planning.block import (
    Asked,
    Next,
    day_plan,
    switching_wh,
)
from commonweal.engines.radio.sectors import Layers, Mode, Rules

SLOTS = 8
RULES = Rules(slot_h=1.0, dwell_slots=1, lead_slots=0)


def layers_of(switch_wh):
    """A sector of a layer that stays on and one that may sleep deeply."""
    present = np.ones((1, 2), bool)
    allowed = np.zeros((1, 2, 4), bool)
    allowed[..., Mode.ON] = True
    allowed[0, 1, Mode.DEEP_SLEEP] = True
    capacity, base, switch = (np.zeros((1, 2, 4), np.float32) for _ in range(3))
    capacity[..., Mode.ON] = 100.0
    base[..., Mode.ON] = 200.0
    base[0, 1, Mode.DEEP_SLEEP] = 20.0
    switch[0, 1, Mode.DEEP_SLEEP] = switch_wh
    slope = np.full((1, 2), 0.5, np.float32)
    return Layers(present, np.zeros_like(present), allowed, capacity, base, slope, switch)


def planned(switch_wh, before=Mode.ON):
    """A day that is busy in the middle, planned for what is expected."""
    demand = np.full((2, 1, SLOTS), 10.0, np.float32)
    demand[:, :, 3:5] = 80.0
    none = np.array([None], object)
    mode = np.zeros((1, 2), np.int8)
    mode[0, 1] = before
    return day_plan(
        layers_of(switch_wh),
        Asked(demand, demand, none),
        RULES,
        weight=None,
        awake=np.zeros((1, 2, SLOTS), bool),
        after=Next(demand[:, :, :0], np.zeros((1, 2, 0), bool)),
        first_mode=mode,
    )


@pytest.mark.parametrize(("before", "n_switches"), [(Mode.ON, 3), (Mode.DEEP_SLEEP, 2)])
def test_the_saving_expected_is_what_sleep_saves_less_its_switching(before, n_switches):
    plan = planned(7.0, before)
    assert plan.mode[0, 1].tolist() == [3, 3, 3, 0, 0, 3, 3, 3]
    assert plan.expected_wh == pytest.approx([6 * 180.0 - n_switches * 7.0])
    assert plan.expected_wh == pytest.approx(plan.all_on_wh - plan.cost_wh), "its own objective"
    assert plan.expected_at_quantile_wh == pytest.approx(plan.expected_wh)


def test_each_change_costs_what_its_two_modes_cost():
    layers = layers_of(7.0)
    layers.switch_wh[0, 1, Mode.RF_OFF] = 2.0
    mode = np.zeros((1, 2, 4), np.int8)
    mode[0, 1] = [Mode.RF_OFF, Mode.DEEP_SLEEP, Mode.DEEP_SLEEP, Mode.ON]
    before = np.zeros((1, 2), np.int8)
    assert switching_wh(layers, mode, before).tolist() == [2.0 + (2.0 + 7.0) + 7.0]
    assert switching_wh(layers, np.zeros_like(mode), before).tolist() == [0.0]
