"""What layers may do and carry: whose word counts, and what never sleeps."""

from datetime import date

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.layers import full_load_mbit_s, layers_of
from commonweal.domains.radio.network.power import power_now
from commonweal.engines.radio.sectors import Mode
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
