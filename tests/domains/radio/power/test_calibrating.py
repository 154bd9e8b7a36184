"""Meters of elements give back the factors and the savings that the network truly has."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from commonweal.domains.radio.network import synthetic
from commonweal.domains.radio.network.power import power_now
from commonweal.domains.radio.network.power.calibrating import calibrate
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import StateError
from tests.domains.radio import world

pytestmark = pytest.mark.django_db
FIRST = date(2024, 12, 3)
DAYS = 7
NIGHT_H = 6


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.HOME = tmp_path / "home"


def network(folder, n_sites):
    """Sites whose boosters are deeply asleep at night; the true factor of each element."""
    rows = world.cells(world.organisation(GD=n_sites), folder)
    layers = synthetic.true_layers(rows, seed=world.SEED)
    modes = np.zeros((*layers.present.shape, DAYS * 24), np.int8)
    night = np.arange(DAYS * 24) % 24 < NIGHT_H
    modes[layers.allowed[..., Mode.DEEP_SLEEP][..., None] & night] = Mode.DEEP_SLEEP
    world.report(rows, folder, first_date=FIRST, n_days=DAYS, modes=modes)
    found = synthetic.sectors(rows)
    on_w = dict(zip(rows["cell_id"].to_pylist(), rows["ru_model"].to_pylist(), strict=True))
    units = power_now().units
    true = {}
    for sector, layer in np.argwhere(found.row >= 0):
        model = np.array([on_w[found.cell_id[sector, layer]]], object)
        prior_w = units.base_w[units.index(model)[0], Mode.ON]
        true[found.element_dn[sector, layer]] = layers.base_w[sector, layer, Mode.ON] / prior_w
    return true


def test_factors_and_savings_are_found_from_meters_and_used_from_then_on(tmp_path):
    true = network(tmp_path, 4)
    names = np.array(sorted(true), object)
    factors = np.array([true[name] for name in names])
    assert power_now().factor_of(names).tolist() == [1.0] * len(names)
    done = calibrate(now=world.NOW, days=DAYS)
    found = power_now().factor_of(names)
    assert np.abs(found / factors - 1).mean() < 0.04
    assert np.abs(found / factors - 1).mean() < np.abs(1 / factors - 1).mean() / 2
    modes = {each["mode"]: each for each in done.document["modes"]}
    assert modes["deep_sleep"]["saves"]
    low, high = modes["deep_sleep"]["interval"]
    assert low <= modes["deep_sleep"]["share"] <= high
    assert 0.9 < modes["deep_sleep"]["share"] < 1.15
    assert modes["carrier_off"]["share"] is None
    missed = {each["split"]: each["mape_share"] for each in done.document["errors"]}
    assert missed["random hours"] < 0.02 < missed["new element"]
    assert done.document["n_metered"] == len(names)


def test_without_enough_meters_nothing_is_kept(tmp_path):
    rows = world.cells(world.organisation(GD=1), tmp_path)
    world.report(rows, tmp_path, first_date=FIRST, n_days=DAYS)
    before = power_now().sha256
    with pytest.raises(StateError, match="no element has 12 hours"):
        calibrate(now=world.NOW.replace(month=3), days=DAYS)
    assert power_now().sha256 == before
    assert isinstance(rows, pa.Table)
