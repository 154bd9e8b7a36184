"""Registers by month: files read as they lie say what the portable query says."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from commonweal.domains.carbon.sources import readings
from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.domains.carbon.sources.meters import meters_asked
from commonweal.domains.carbon.sources.readings import use_by_readings
from commonweal.engines.metering import Consumption
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Meter, Site
from tests.domains.carbon.test_electricity import HOURS, MONTHS, send_readings

REQUEST = ActivityRequest(MONTHS)
LATER = datetime(2025, 2, 1, tzinfo=UTC)


@pytest.fixture
def faulty(operator):
    """Registers with a spike, a rollover, a reset and a gap, the second meter's in two files."""
    register = (99_500.0 + np.arange(HOURS + 1) * 2.0) % 100_000.0
    register[500] = 70_000.0
    register[1500:] -= register[1500] - 3.0
    send_readings(operator, "M-GD", register, skip=range(900, 1000))
    other = np.arange(HOURS + 1) * 1.5
    send_readings(operator, "M-XZ", other, skip=range(700, HOURS + 1))
    send_readings(operator, "M-XZ", other, skip=range(700))
    return operator


def bits(use):
    """What tells two results apart to the last bit."""
    return {f.name: getattr(use, f.name).tobytes() for f in fields(Consumption)}


def used(meters):
    """Use of two meters, which make one block, and the hashes read."""
    (use,), hashes = use_by_readings(REQUEST, meters, [range(len(meters.meter_id))])
    return use, hashes


def both_ways(monkeypatch):
    """Use from files as they lie, and from the query that a cluster runs."""
    meters = meters_asked(REQUEST)
    lying, lying_hashes = used(meters)
    with monkeypatch.context() as patch:
        patch.setattr(readings, "can_read_pieces", lambda: False)
        queried, queried_hashes = used(meters)
    assert lying_hashes == queried_hashes
    return lying, queried


def test_files_read_as_they_lie_give_what_the_query_gives(faulty, monkeypatch):
    lying, queried = both_ways(monkeypatch)
    assert len(np.unique(lying.flags)) > 2
    assert bits(lying) == bits(queried)


def test_corrected_files_are_joined_with_those_that_lie_plain(faulty, monkeypatch):
    before, _ = both_ways(monkeypatch)
    send_readings(faulty, "M-GD", np.full(HOURS + 1, 5.0), skip=range(3, HOURS + 1), now=LATER)
    lying, queried = both_ways(monkeypatch)
    assert bits(lying) == bits(queried)
    assert bits(lying) != bits(before)


def test_meters_of_other_carriers_are_left_alone(faulty):
    faulty.site("S-W", "GD-1")
    Meter.objects.filter(code="M-W").update(carrier="water", unit="m3")
    send_readings(faulty, "M-W", np.arange(HOURS + 1) * 0.5)
    everything = metered_use(REQUEST)
    for carrier, asked in (("water", "water"), ("electricity", "electricity_exported")):
        mine = everything.meters.carrier[everything.meter] == carrier
        found = metered_use(replace(REQUEST, carriers=(asked,)))
        assert found.quantity.tolist() == everything.quantity[mine].tolist()
        assert set(found.meters.carrier.tolist()) == {carrier}


def test_many_of_several_meters_are_sought_among_all_rows(faulty, monkeypatch):
    site = Site.objects.get(code="S-XZ")
    asked = replace(REQUEST, subject_ids=np.array([site.pk]))
    few = metered_use(asked)
    monkeypatch.setattr(readings, "_FEW_METERS", 0)
    many = metered_use(asked)
    assert len(few.quantity) == 3
    assert few.quantity.tobytes() == many.quantity.tobytes()


def test_sites_without_meters_use_no_metered_electricity(operator):
    found = metered_use(ActivityRequest(MONTHS, subject_ids=np.array([-1])))
    assert (len(found.quantity), found.findings.rule) == (0, ())


def test_without_readings_there_is_no_use(operator):
    use, hashes = used(meters_asked(REQUEST))
    assert (len(use.meter), hashes) == (0, ())
