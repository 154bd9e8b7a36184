"""Published models of radio units, and what the grid gives for what the equipment draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.radio.power import RelativePower, active_share, earth
from commonweal.engines.radio.sectors import Mode
from commonweal.engines.radio.supply import Supply, input_power_w, marginal_factor
from commonweal.errors import InputError

RACK = Supply(
    module_w=3000.0,
    n_modules=4,
    loads=(0.0, 0.05, 0.1, 0.2, 0.5, 1.0),
    efficiencies=(0.6, 0.7, 0.85, 0.92, 0.96, 0.945),
)
SLEEPING = Supply(
    **{name: getattr(RACK, name) for name in ("module_w", "n_modules", "loads", "efficiencies")},
    spare_modules=1,
)
COOLED = Supply(
    module_w=3000.0, n_modules=4, loads=(0.0, 1.0), efficiencies=(0.9, 0.9), cooled_share=0.9
)


@given(st.floats(0.5, 1000.0), st.floats(0.5, 1000.0))
def test_transitions_and_powers_scale_with_the_idle_power(one_w, other_w):
    relative = RelativePower(1, 2.1, 5.5, 32, 17000, 1088)
    one, other = relative.scaled(one_w), relative.scaled(other_w)
    assert one.switch_wh / one_w == pytest.approx(other.switch_wh / other_w)
    assert one.full_w / one.base_w[Mode.ON] == pytest.approx(32 / 5.5)


def test_the_energy_of_a_deep_sleep_is_that_of_the_report():
    unit = RelativePower(1, 2.1, 5.5, 32, 17000, 1088).scaled(5.5)
    assert 2 * unit.switch_wh[Mode.DEEP_SLEEP] == pytest.approx(17000 / 3.6e6)
    assert 2 * unit.switch_wh[Mode.CARRIER_OFF] == pytest.approx(1088 / 3.6e6)


def test_units_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="sleep draws no more"):
        earth(n_trx=6, p0_w=130.0, slope=4.7, output_w=20.0, sleep_w=131.0)
    with pytest.raises(InputError, match="is not above 0"):
        RelativePower(1, 2.1, 5.5, 32, 17000, 1088).scaled(0.0)


@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_more_bandwidth_takes_no_less(one, other):
    low, high = active_share(np.array([min(one, other), max(one, other)]))
    assert 0.4 <= low <= high <= 1.0


@given(st.floats(0.0, 11_000.0), st.floats(0.0, 11_000.0))
def test_a_site_draws_more_than_its_equipment_and_more_for_more(one, other):
    low, high = input_power_w(np.array([min(one, other), max(one, other)]), RACK)
    assert min(one, other) <= low <= high + 1e-9


@given(st.floats(1.0, 3000.0))
def test_putting_modules_to_sleep_saves_where_few_are_needed(load_w):
    asleep, awake = (input_power_w(np.array([load_w]), each)[0] for each in (SLEEPING, RACK))
    assert load_w < asleep <= awake + 1e-9


def test_cooling_costs_by_its_coefficient_and_only_when_it_is_warm():
    cold, warm, hot = (input_power_w(np.array([900.0]), COOLED, degc)[0] for degc in (10, 35, 45))
    assert cold == pytest.approx(1000.0)
    assert warm == pytest.approx(1000.0 * (1 + 0.9 / 3.0))
    assert hot > warm


def test_a_watt_less_of_equipment_is_more_than_a_watt_less_from_the_grid():
    factor = marginal_factor(np.array([900.0]), COOLED, 35.0)
    assert factor[0] == pytest.approx(1.3 / 0.9)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"module_w": 0.0}, "module_w=0"),
        ({"loads": (0.0, 0.0)}, "do not rise"),
        ({"efficiencies": (0.9, 1.2)}, "efficiency from 0 to 1"),
    ],
)
def test_a_supply_that_cannot_be_is_refused(values, message):
    usual = {"module_w": 3000.0, "n_modules": 1, "loads": (0.0, 1.0), "efficiencies": (0.9, 0.9)}
    with pytest.raises(InputError, match=message):
        Supply(**usual | values)


def test_more_than_the_rack_gives_is_refused():
    with pytest.raises(InputError, match="more than 4 modules"):
        input_power_w(np.array([13_000.0]), RACK)
