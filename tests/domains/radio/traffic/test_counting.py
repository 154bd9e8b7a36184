"""Counters read as they lie and by the query: one answer."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from commonweal.domains.radio.network import traffic
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.traffic import history
from commonweal.periods import business_midnight
from tests.domains.radio import world

pytestmark = pytest.mark.django_db
DAY = date(2024, 12, 9)
QUARTER_S = 900


def rough_rows(net, n_days, *, first_date):
    """Quarter hours of every cell, of which some are suspect, out, asleep or without a volume."""
    rng = np.random.default_rng(3)
    starts = business_midnight(first_date).timestamp() + np.arange(n_days * 96) * QUARTER_S
    n_slots, n_cells = len(starts), net.cells.num_rows
    n = n_slots * n_cells
    slept_s = rng.choice([0.0, 300.0, 900.0], n, p=[0.8, 0.1, 0.1])
    volume = rng.uniform(0, 900, n)
    names = {
        name: net.cells[name].cast(pa.string()).to_numpy(zero_copy_only=False).repeat(n_slots)
        for name in ("element_dn", "cell_dn")
    }
    return pa.table(
        names
        | {
            "start_at": pa.array(np.tile(starts * 1e6, n_cells).astype(np.int64)).cast(
                pa.timestamp("us", "UTC")
            ),
            "duration_s": np.full(n, QUARTER_S),
            "suspect": rng.choice(["yes", "no"], n, p=[0.03, 0.97]),
            "volume_dl_mbit": pa.array(volume, mask=rng.random(n) < 0.1),
            "unavailable_s": pa.array(slept_s, mask=rng.random(n) < 0.1),
            "carrier_off_s": pa.array(slept_s * 0.5, mask=slept_s == 0),
            "deep_sleep_s": pa.array(slept_s * 0.5, mask=slept_s == 0),
        }
    )


def test_rows_as_they_lie_and_the_query_tell_the_same(tmp_path, monkeypatch):
    world.cells(world.organisation(GD=3), tmp_path)
    net = network(at_date=DAY)
    world.take("cell_counters", rough_rows(net, 2, first_date=date(2024, 12, 7)), tmp_path)
    some = net[1 : net.n_sectors - 1]
    lying = history(some, until_date=DAY, n_days=2)
    monkeypatch.setattr(traffic, "can_read_pieces", lambda: False)
    asked = history(some, until_date=DAY, n_days=2)
    assert 0 < np.isnan(lying.total_mbit_s).mean() < 1
    np.testing.assert_allclose(lying.total_mbit_s, asked.total_mbit_s, rtol=1e-6)
    np.testing.assert_allclose(lying.nr_share, asked.nr_share, rtol=1e-5)
    assert lying.sha256s == asked.sha256s
