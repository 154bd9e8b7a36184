"""What layers may do and carry: whose word counts, and what never sleeps."""

from datetime import date, timedelta

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.layers import full_load_mbit_s, layers_of
from commonweal.domains.radio.network.measuring import measured_mbit_s
from commonweal.domains.radio.network.power import power_now
from commonweal.engines.radio.sectors import Mode
from commonweal.periods import business_midnight
from tests.domains.radio import world

pytestmark = pytest.mark.django_db
SITE = "S-GD-000001"


@pytest.fixture
def found(tmp_path, settings):
    settings.HOME = tmp_path / "home"
    world.organisation(GD=1)
    unknown = {"spectral_efficiency_bit_s_hz": None}
    changes = {f"{SITE}-1-{band}": unknown for band in ("b8", "b3", "n78")}
    world.cells([SITE], tmp_path, **changes)
    return network(at_date=date(2024, 12, 10))


def of_sector(found, values, number):
    """Values of one sector's layers by band."""
    bands = found.column("band")[number]
    return dict(zip(bands.tolist(), values[number].tolist(), strict=True))


def test_the_inventory_goes_before_measurement_and_that_before_defaults(found):
    policy = policy_read()
    stated = of_sector(found, full_load_mbit_s(found, policy), 1)
    assert stated["b8"] == pytest.approx(10 * 1.6)
    assert stated["n78"] == pytest.approx(100 * 6.2 * 0.74)  # the downlink's share of the frame
    usual = of_sector(found, full_load_mbit_s(found, policy), 0)
    assert usual["b8"] == pytest.approx(10 * policy.bit_s_hz["lte-1"])
    assert usual["b3"] == pytest.approx(20 * policy.bit_s_hz["lte-4"])
    assert usual["n78"] == pytest.approx(100 * policy.bit_s_hz["nr-32"] * 0.74)
    measured = np.full(found.present.shape, np.nan, np.float32)
    measured[:, found.column("band")[0].tolist().index("n78")] = 500.0
    told = [
        of_sector(found, full_load_mbit_s(found, policy, measured), number) for number in (0, 1)
    ]
    assert (told[0]["n78"], told[1]["n78"]) == (500.0, pytest.approx(stated["n78"]))
    assert told[0]["b8"] == usual["b8"]


def test_layers_carry_to_the_highest_load_and_less_with_half_of_their_channels(found):
    policy = policy_read(rho_max=0.5)
    layers = layers_of(found, power_now(), policy)
    full = full_load_mbit_s(found, policy)
    assert layers.capacity_mbit_s[..., Mode.ON] == pytest.approx(full * 0.5)
    halved = of_sector(found, layers.capacity_mbit_s[..., Mode.RF_OFF], 1)
    assert halved["n78"] == pytest.approx(100 * 6.2 * 0.74 * 0.5 * policy.rf_off_share)
    assert halved["b8"] == 0  # two channels are not halved
    assert not layers.capacity_mbit_s[..., Mode.CARRIER_OFF :].any()
    assert not layers.allowed[found.column("role") == "coverage"][:, Mode.RF_OFF :].any()
    assert layers.allowed[found.present][:, Mode.ON].all()
    at_full_w = layers.slope_w_per_mbit_s[found.present] * full[found.present]
    assert (at_full_w > 0).all()


def test_counters_tell_what_the_inventory_does_not(found, tmp_path):
    day = date(2024, 12, 10)
    asked = {"until_date": day, "n_days": 7, "as_of": None}
    nothing = measured_mbit_s(found, **asked)
    assert np.isnan(nothing).all()
    begin = business_midnight(day) - timedelta(days=2)
    at = found.column("band")[0].tolist().index("n78")
    names = {"element_dn": found.element_dn[0, at], "cell_dn": found.cell_dn[0, at]}
    rows = [
        names
        | {"start_at": begin + timedelta(hours=n), "duration_s": 3600, "suspect": "no"}
        | {"prb_dl_share": share, "volume_dl_mbit": 3600 * 400 * share}
        for n, share in enumerate([0.2, 0.4, 0.6] * 8)
    ]
    rows[0] |= {"suspect": "yes", "volume_dl_mbit": 1e9}
    world.take("cell_counters", rows, tmp_path)
    assert np.isnan(measured_mbit_s(found, **asked)).all()  # 23 hours are too few
    quiet = {"prb_dl_share": 0.01, "volume_dl_mbit": 9e9, "start_at": begin + timedelta(hours=30)}
    busy = {"start_at": begin + timedelta(hours=31)}
    world.take("cell_counters", [rows[1] | quiet, rows[1] | busy], tmp_path)
    measured = measured_mbit_s(found, **asked)
    assert measured[0, at] == pytest.approx(400)
    assert np.isnan(np.delete(measured.ravel(), at)).all()
