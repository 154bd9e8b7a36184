"""What plans keep to: defaults, the operator's own, and what energy is worth."""

from datetime import date

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.planning.policy import NotAllowed, policy_read
from commonweal.domains.radio.energy_saving.planning.weights import weights_of, weights_path
from commonweal.errors import DefinitionError

TUESDAY = date(2024, 12, 10)


@pytest.fixture
def own(home):
    """A function that writes a file of the operator's."""

    def write(name, text):
        path = home / "radio" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def test_the_operators_values_replace_ours_and_a_callers_replace_both(own):
    assert policy_read().quantile == 0.95
    own("policy.toml", "quantile = 0.9\nslots_a_day = 24\n")
    assert (policy_read().quantile, policy_read().slots_a_day) == (0.9, 24)
    assert policy_read(quantile=0.99, slots_a_day=None).quantile == 0.99


def test_times_become_slots_rounded_to_the_safe_side(home):
    quarter, hour = (policy_read(slots_a_day=n).rules for n in (96, 24))
    assert (quarter.dwell_slots, quarter.lead_slots, quarter.slot_h) == (4, 1, 0.25)
    assert (hour.dwell_slots, hour.lead_slots, hour.slot_h) == (1, 1, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quantile = 1.5", "quantile: Input should be less than 1, got 1.5"),
        ("quantil = 0.9", "quantil: Extra inputs are not permitted"),
        ("slots_a_day = 48", "slots_a_day: Input should be 24 or 96"),
        ('[[not_allowed]]\nname = "x"\nfrom = "8"\nuntil = "09:00"', "not_allowed.0.from"),
        ("[bit_s_hz]\nnr = 5.0", "bit_s_hz.nr"),
    ],
)
def test_a_wrong_policy_names_the_key_and_the_rule(own, text, message):
    own("policy.toml", text)
    with pytest.raises(DefinitionError, match=message):
        policy_read()


def times(**values):
    return NotAllowed.model_validate({"name": "x"} | {k.rstrip("_"): v for k, v in values.items()})


def test_a_time_touches_every_slot_that_it_meets():
    hours = times(from_="07:30", until="09:00").slots(TUESDAY, 24)
    assert np.flatnonzero(hours).tolist() == [7, 8]
    quarters = times(from_="07:30", until="09:00").slots(TUESDAY, 96)
    assert np.flatnonzero(quarters).tolist() == [*range(30, 36)]
    until_midnight = times(from_="23:00", until="24:00").slots(TUESDAY, 24)
    assert np.flatnonzero(until_midnight).tolist() == [23]


def test_a_time_over_midnight_belongs_to_the_day_it_begins_on():
    night = {"from_": "22:00", "until": "02:00"}
    assert np.flatnonzero(times(**night, weekdays=[2]).slots(TUESDAY, 24)).tolist() == [22, 23]
    assert np.flatnonzero(times(**night, weekdays=[1]).slots(TUESDAY, 24)).tolist() == [0, 1]
    sunday = times(**night, weekdays=[7])
    assert np.flatnonzero(sunday.slots(date(2024, 12, 9), 24)).tolist() == [0, 1]


def test_weights_are_one_on_average_and_a_days_own_rows_go_first(own):
    policy = policy_read(weights="price", slots_a_day=24)
    own(
        "weights.csv",
        "place,start,price_cny_kwh,carbon_gco2_kwh\n"
        "CN-GD,00:00,0.3,500\nCN-GD,08:00,0.9,400\nCN-GX,00:00,0.5,\n"
        "CN-GD,2024-12-11T00:00,0.5,\n",
    )
    found = weights_of(policy, TUESDAY, "CN-GD")
    assert found.mean() == pytest.approx(1)
    assert found[8] / found[7] == pytest.approx(3)
    assert weights_of(policy, date(2024, 12, 11), "CN-GD") == pytest.approx(np.ones(24))
    assert weights_of(policy, TUESDAY, "CN-GX") == pytest.approx(np.ones(24))
    assert weights_of(policy_read(), TUESDAY, "CN-GD") is None


def test_a_day_begins_with_what_held_on_the_evening_before(own):
    own("weights.csv", "start,carbon_gco2_kwh\n06:00,1\n18:00,3\n")
    found = weights_of(policy_read(weights="carbon", slots_a_day=24), TUESDAY, "CN")
    assert found[0] == found[23] == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "weighs energy by price, and .*weights.csv is missing"),
        ("start,price_cny_kwh\n25:00,1\n", "line 2.* is out of range"),
        ("start,price_cny_kwh\n08:00,much\n", "line 2: could not convert"),
        ("start,price_cny_kwh\n08:00,-1\n", "line 2.* is out of range"),
        ("place,start,price_cny_kwh\nCN-GX,08:00,1\n", "for CN-GD on .* tells no price_cny_kwh"),
        ("start,price_cny_kwh\n08:00,0\n", "nothing but zeros"),
    ],
)
def test_wrong_weights_name_the_line_and_the_rule(own, home, text, message):
    if text is not None:
        own("weights.csv", text)
    with pytest.raises(DefinitionError, match=message):
        weights_of(policy_read(weights="price"), TUESDAY, "CN-GD")
    assert weights_path() == home / "radio" / "weights.csv"
