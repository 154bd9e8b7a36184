"""Traffic, energy and sleep of the network become activities and indicators."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from commonweal.domains.radio.energy_saving.sources import CARRIERS
from commonweal.kernel.compute.activities import ActivityRequest, activities
from commonweal.kernel.org.models import Site
from tests.domains.radio import world
from tests.domains.radio.verifying.conftest import DAYS, PLANNED

pytestmark = pytest.mark.django_db
DECEMBER = date(2024, 12, 1)


def told(months=(DECEMBER,), **more):
    """Quantities by site and carrier."""
    (found,) = activities("radio", ActivityRequest(months=months, **more))
    codes = dict(Site.objects.values_list("id", "code"))
    return {
        (codes[int(site)], CARRIERS[int(carrier)]): quantity
        for site, carrier, quantity in zip(
            found.subject_id, found.carrier, found.quantity, strict=True
        )
    }


def test_a_month_is_what_its_reports_add_up_to(build):
    made = build(n_sites=2)
    modes = made.nightly()
    made.report(PLANNED, modes.reshape(*modes.shape[:2], -1))
    counters, power = made.reports(PLANNED, modes.reshape(*modes.shape[:2], -1))
    before = told()
    for code in made.codes:
        of_site = pc.match_substring(power["element_dn"], code)
        kwh = pc.sum(power.filter(of_site)["energy_kwh"]).as_py()
        assert before[code, "radio_electricity"] > kwh
        mine = counters.filter(pc.match_substring(counters["element_dn"], code))
        mbit = sum(pc.sum(mine[name]).as_py() for name in ("volume_dl_mbit", "volume_ul_mbit"))
        assert before[code, "radio_traffic"] > mbit / 8e6
        slept = pc.sum(mine["deep_sleep_s"]).as_py() / 3600
        assert before[code, "radio_sleep_time"] == pytest.approx(slept)
        boosters = sum(
            row["role"] == "booster" and code in row["cell_id"] for row in made.rows.to_pylist()
        )
        hours = (PLANNED - DECEMBER).days * 24 + DAYS * 24
        assert before[code, "radio_booster_time"] == boosters * hours


def test_traffic_without_a_meter_counts_for_no_efficiency(build, tmp_path):
    made = build(n_sites=2)
    modes = np.zeros((*made.layers.present.shape, DAYS * 24), np.int8)

    january = date(2025, 1, 1)
    counters, power = made.reports(PLANNED, modes)
    power = power.filter(pc.match_substring(power["element_dn"], made.codes[0]))
    shift = pa.scalar(np.timedelta64(25 * 24 * 3600, "s").astype("timedelta64[us]"))
    for name, rows in (("cell_counters", counters), ("element_power", power)):
        place = rows.column_names.index("start_at")
        later = rows.set_column(place, "start_at", pc.add(rows["start_at"], shift))
        world.take(name, later, tmp_path)
    found = told(months=(january,))
    assert found[made.codes[0], "radio_traffic"] > 0
    assert (made.codes[1], "radio_traffic") not in found
    assert found[made.codes[1], "radio_booster_time"] > 0


def test_hours_without_a_meter_are_not_free(build, tmp_path):
    """Every second hour of a meter is missing: half the energy carries half the traffic."""
    made = build(n_sites=2)
    modes = np.zeros((*made.layers.present.shape, DAYS * 24), np.int8)

    january = date(2025, 1, 1)
    counters, power = made.reports(PLANNED, modes)
    is_second = pc.equal(pc.bit_wise_and(pc.hour(power["start_at"]), 1), 1)
    is_second = pc.and_(is_second, pc.match_substring(power["element_dn"], made.codes[1]))
    power = power.filter(pc.invert(is_second))
    shift = pa.scalar(np.timedelta64(25 * 24 * 3600, "s").astype("timedelta64[us]"))
    for name, rows in (("cell_counters", counters), ("element_power", power)):
        place = rows.column_names.index("start_at")
        later = rows.set_column(place, "start_at", pc.add(rows["start_at"], shift))
        world.take(name, later, tmp_path)
    found = told(months=(january,))
    for code, share in zip(made.codes, (1.0, 0.5), strict=True):
        mine = counters.filter(pc.match_substring(counters["element_dn"], code))
        mbit = sum(pc.sum(mine[name]).as_py() for name in ("volume_dl_mbit", "volume_ul_mbit"))
        assert found[code, "radio_traffic"] == pytest.approx(share * mbit / 8e6)


def test_no_reports_are_no_activities(db):
    assert activities("radio", ActivityRequest(months=(DECEMBER,))) == []
