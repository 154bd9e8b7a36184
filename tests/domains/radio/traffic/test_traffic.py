"""From rows of counters to what sectors carried."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from commonweal.domains.radio.network.ahead import demand_forecast, learned, sample_of
from commonweal.domains.radio.network.calendar import Events
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.traffic import history, slots_reported
from commonweal.errors import InputError
from commonweal.periods import BUSINESS_ZONE
from tests.domains.radio import world
from tests.domains.radio.traffic.reporting import reported

pytestmark = pytest.mark.django_db
DAY = date(2024, 12, 9)
CALM = Events((), "")


@pytest.fixture
def net(tmp_path):
    codes = world.organisation(GD=2)
    world.cells(codes, tmp_path)
    return network(at_date=DAY)


def counted(net, sector, layer, hour, **changes):
    """One report of one cell; an hour of the day before ``DAY`` by the business clock."""
    at = datetime.combine(DAY - timedelta(1), datetime.min.time(), BUSINESS_ZONE)
    row = {
        "element_dn": net.element_dn[sector, layer],
        "cell_dn": net.cell_dn[sector, layer],
        "start_at": at + timedelta(hours=hour),
        "duration_s": 3600,
        "suspect": "no",
        "volume_dl_mbit": 3600.0,
        "unavailable_s": 0.0,
        "carrier_off_s": 0.0,
        "deep_sleep_s": 0.0,
    }
    return row | changes


def told(net, tmp_path, rows, **asked):
    schema = pa.Table.from_pylist(
        [counted(net, 0, 0, 0), counted(net, 0, 0, 0, volume_dl_mbit=None)]
    ).schema
    world.take("cell_counters", pa.Table.from_pylist(rows, schema), tmp_path)
    return history(net, until_date=DAY, **({"n_days": 1} | asked))


def layers_of(net, sector):
    return np.flatnonzero(net.present[sector]).tolist()


def test_a_sector_carries_what_its_cells_carry_in_the_slot_of_the_business_clock(net, tmp_path):
    layers = layers_of(net, 2)
    rows = [
        counted(net, 2, layer, 5, volume_dl_mbit=3600.0 * (n + 1)) for n, layer in enumerate(layers)
    ]
    found = told(net, tmp_path, rows)
    expected = sum(range(1, len(layers) + 1))
    assert found.total_mbit_s[2, 0, 5] == pytest.approx(expected)
    assert np.isnan(found.total_mbit_s).sum() == net.n_sectors * 24 - 1
    assert found.known_share[2] == pytest.approx(1 / 24)
    assert found.sha256s


@pytest.mark.parametrize(
    "lost",
    [
        None,
        {"suspect": "yes"},
        {"volume_dl_mbit": None},
        {"unavailable_s": 900.0},
        {"duration_s": 900},
    ],
    ids=["no row", "suspect", "no volume", "out of service", "a quarter only"],
)
def test_a_slot_that_one_cell_does_not_tell_of_is_unknown_not_zero(net, tmp_path, lost):
    first, *others = layers_of(net, 1)
    rows = [counted(net, 1, layer, 3) for layer in others]
    rows += [] if lost is None else [counted(net, 1, first, 3, **lost)]
    assert np.isnan(told(net, tmp_path, rows).total_mbit_s[1]).all()


@pytest.mark.parametrize("volume", [None, 0.0])
def test_a_cell_that_slept_carried_nothing_and_the_sector_is_known(net, tmp_path, volume):
    *awake, last = layers_of(net, 1)
    rows = [counted(net, 1, layer, 3) for layer in awake]
    slept = {"deep_sleep_s": 3600.0, "unavailable_s": 3600.0, "volume_dl_mbit": volume}
    rows.append(counted(net, 1, last, 3, **slept))
    assert told(net, tmp_path, rows).total_mbit_s[1, 0, 3] == pytest.approx(len(awake))


def test_an_hour_in_which_a_whole_sector_slept_is_unknown_its_users_were_elsewhere(net, tmp_path):
    slept = {"deep_sleep_s": 3600.0, "unavailable_s": 3600.0, "volume_dl_mbit": None}
    rows = [counted(net, 1, layer, 3, **slept) for layer in layers_of(net, 1)]
    found = told(net, tmp_path, rows)
    assert np.isnan(found.total_mbit_s[1, 0, 3])
    assert found.known_share[1] == 0


def test_hours_in_which_nr_slept_tell_nothing_of_its_share(net, tmp_path):
    sector = int(np.flatnonzero(net.is_nr.any(axis=1))[0])
    nr = [layer for layer in layers_of(net, sector) if net.is_nr[sector, layer]]
    rows = []
    for hour in (3, 4):
        for layer in layers_of(net, sector):
            slept = hour == 4 and layer in nr
            rows.append(
                counted(
                    net,
                    sector,
                    layer,
                    hour,
                    volume_dl_mbit=0.0 if slept else 3600.0,
                    carrier_off_s=3600.0 if slept else 0.0,
                )
            )
    found = told(net, tmp_path, rows)
    share = len(nr) / len(layers_of(net, sector))
    np.testing.assert_allclose(found.nr_share[sector], share, rtol=1e-5)
    assert found.total_mbit_s[sector, 0, 4] == pytest.approx(len(layers_of(net, sector)) - len(nr))


def test_quarters_of_an_hour_make_an_hour_and_hours_make_no_quarters(net, tmp_path):
    rows = [
        counted(net, 0, layer, 7 + quarter / 4, duration_s=900, volume_dl_mbit=900.0 * quarter)
        for layer in layers_of(net, 0)
        for quarter in range(4)
    ]
    found = told(net, tmp_path, rows)
    n = len(layers_of(net, 0))
    assert found.total_mbit_s[0, 0, 7] == pytest.approx(1.5 * n)
    assert slots_reported(net, until_date=DAY) == 96
    finest = history(net, until_date=DAY, n_days=1, slots_a_day=96)
    np.testing.assert_allclose(finest.total_mbit_s[0, 0, 28:32], [0, n, 2 * n, 3 * n], rtol=1e-5)
    told(net, tmp_path, [counted(net, 1, 0, 7)])
    assert slots_reported(net, until_date=DAY) == 24
    with pytest.raises(InputError, match="a report is of 3600 s, longer than a slot of 900 s"):
        history(net, until_date=DAY, n_days=1, slots_a_day=96)


def test_clocks_that_are_some_seconds_off_do_not_move_a_report_into_another_slot(net, tmp_path):
    rows = [counted(net, 0, layer, 7 - 8 / 3600) for layer in layers_of(net, 0)]
    found = told(net, tmp_path, rows)
    assert np.flatnonzero(~np.isnan(found.total_mbit_s[0, 0])).tolist() == [7]


def test_a_block_of_a_network_tells_what_the_whole_tells(net, tmp_path):
    rows = [
        counted(net, sector, layer, hour, volume_dl_mbit=100.0 * (sector + 1) * (hour + 1))
        for sector in range(net.n_sectors)
        for layer in layers_of(net, sector)
        for hour in range(24)
    ]
    whole = told(net, tmp_path, rows)
    assert (whole.known_share == 1).all()
    part = history(net[2:5], until_date=DAY, n_days=1)
    assert (part.total_mbit_s == whole.total_mbit_s[2:5]).all()


def test_without_reports_every_sector_is_cold(net):
    assert learned(net, until_date=DAY, n_days=14) is None
    past = history(net, until_date=DAY, n_days=14)
    ahead = demand_forecast(net, DAY, past=past, calibration=None, events=CALM)
    assert ahead.is_cold.all()
    assert np.isnan(ahead.mean).all()


def test_tomorrow_is_forecast_from_what_a_network_reported(net, tmp_path):
    lte, nr = reported(net, tmp_path, 28, until_date=DAY)
    calibration = learned(net, until_date=DAY)
    past = history(net, until_date=DAY)
    carried = past.total_mbit_s / (lte + nr)[:, :-1]  # a crowd may ask more than there is
    assert (carried < 1.001).all()
    assert (carried > 0.999).mean() > 0.99
    ahead = demand_forecast(
        net, DAY, past=past, calibration=calibration, events=CALM, slots_a_day=24
    )
    assert not ahead.is_cold.any()
    truth = np.stack([lte[:, -1], nr[:, -1]])
    assert np.abs(ahead.mean - truth).sum() < 0.4 * truth.sum()
    covered = (truth.sum(axis=0) <= ahead.quantile.sum(axis=1)).mean(axis=(1, 2))
    assert covered[2] > 0.8
    finer = demand_forecast(net, DAY, past=past, calibration=calibration, events=CALM)
    assert finer.mean.shape == (2, net.n_sectors, 96)
    np.testing.assert_allclose(
        finer.mean.sum(axis=0).reshape(net.n_sectors, 24, 4).mean(axis=2),
        ahead.mean.sum(axis=0),
        rtol=1e-4,
    )
    part = demand_forecast(
        net[1:2],
        DAY,
        past=history(net[1:2], until_date=DAY),
        calibration=calibration,
        events=CALM,
        slots_a_day=24,
    )
    np.testing.assert_allclose(part.quantile.sum(1)[:, 0], ahead.quantile.sum(1)[:, 1], rtol=1e-4)


def test_a_day_of_the_history_itself_is_not_forecast(net):
    past = history(net, until_date=DAY, n_days=14)
    with pytest.raises(InputError, match="does not tell of 2024-12-08 in 96"):
        demand_forecast(net, DAY - timedelta(1), past=past, calibration=None, events=CALM)


def test_a_sample_has_sectors_of_each_class_and_is_the_same_every_time(net):
    found = sample_of(net, 1)
    assert (sample_of(net, 1) == found).all()
    assert len(found) == len(set(net.sector_class.tolist()))
    assert (sample_of(net) == np.arange(net.n_sectors)).all()
