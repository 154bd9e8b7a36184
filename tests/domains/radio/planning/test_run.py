"""Planning from the lake to the store."""

import numpy as np
import pyarrow.compute as pc
import pytest

from commonweal.domains.radio.energy_saving.planning.store import plan_read
from tests.domains.radio.planning.conftest import DAY

pytestmark = pytest.mark.django_db


def test_a_night_is_planned_from_the_lake_and_saves_energy(build, run):
    codes, rows, _, _ = build()
    stored = run()
    totals = stored.document["totals"]
    assert (totals["n_sites"], totals["n_sectors"]) == (3, 9)
    assert 0.1 < totals["saving_share"] < 0.7
    assert 0 <= totals["gap_share"] < 0.05
    assert totals["unserved_share"] == pytest.approx(totals["unserved_anyway_share"], abs=1e-9)
    assert stored.provinces == ("GD", "GX")
    found = stored.sectors()
    assert found.num_rows == 9
    assert sorted(sum(found["cell_ids"].to_pylist(), [])) == sorted(rows["cell_id"].to_pylist())
    assert set(stored.sectors("GX")["site_code"].to_pylist()) == {codes[2]}
    stored.check()
    assert plan_read(stored.code).sha256 == stored.sha256
    print(totals)
