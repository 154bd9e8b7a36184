"""What was reported of a day, of what the inventory expects."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.domains.radio.network.pm.counters import counter_mapping
from commonweal.domains.radio.network.pm.coverage import coverage
from commonweal.domains.radio.network.pm.ingesting import pm_ingest
from commonweal.errors import InputError
from tests.domains.radio import world
from tests.domains.radio.pm.writing import Info, Row, pm_file

pytestmark = pytest.mark.django_db
DAY = date(2024, 12, 9)
NOW = datetime(2024, 12, 10, tzinfo=UTC)
MIDNIGHT = datetime(2024, 12, 8, 16, tzinfo=UTC)  # in Shanghai


@pytest.fixture
def cells(tmp_path):
    codes = world.organisation(GD=1, GX=1)
    return world.cells(codes, tmp_path).to_pylist()


def files(cells, folder, *, hours=range(24), skew_s=0, **row):
    """A file for each hour with every cell, and its element's energy."""
    paths = []
    for hour in hours:
        ends = MIDNIGHT + timedelta(hours=hour + 1, seconds=skew_s)
        infos = [
            Info(
                each["element_dn"],
                [Row(each["cell_dn"], {"RRU.PrbTotDl": "9"}, **row)],
                3600,
                ends.isoformat(),
            )
            for each in cells
        ]
        elements = dict.fromkeys(each["element_dn"] for each in cells)
        infos += [
            Info(dn, [Row("", {"PEE.AvgPower": "500"})], 3600, ends.isoformat()) for dn in elements
        ]
        path = folder / f"{hour:02}-{skew_s}.xml"
        path.write_bytes(pm_file(infos))
        paths.append(path)
    return pm_ingest(paths, mapping=counter_mapping(), actor="test", now=NOW)


def shares(found):
    return [(each.name, each.counters_share, each.energy_share, each.n_silent) for each in found]


def test_a_day_that_was_reported_is_whole_and_nothing_is_listed(cells, tmp_path):
    files(cells, tmp_path)
    found = coverage(at_date=DAY)
    assert shares(found.provinces) == [("GD", 1.0, 1.0, 0), ("GX", 1.0, 1.0, 0)]
    assert (found.elements, found.strangers) == ((), ())


def test_half_of_the_files_missing_is_half_and_not_zero_load(cells, tmp_path):
    files(cells, tmp_path, hours=range(0, 24, 2))
    found = coverage(at_date=DAY)
    assert shares(found.provinces) == [("GD", 0.5, 0.5, 0), ("GX", 0.5, 0.5, 0)]
    assert len(found.elements) == len({each["element_dn"] for each in cells})


def test_a_silent_cell_and_a_stranger_are_named(cells, tmp_path):
    silent = cells[0]
    stranger = silent | {"cell_dn": "NRCellDU=99"}
    files([*cells[1:], stranger], tmp_path)
    found = coverage(at_date=DAY)
    assert [each.n_silent for each in found.provinces] == [1, 0]
    assert [each.name for each in found.elements] == [silent["element_dn"]]
    assert found.strangers == ((silent["element_dn"], "NRCellDU=99"),)


def test_clocks_that_are_off_leave_a_gap_and_not_a_wrong_hour(cells, tmp_path):
    told = files(cells, tmp_path, hours=range(12))
    assert told.n_snapped == 0
    told = files(cells, tmp_path, hours=range(12, 18), skew_s=30)
    assert told.n_snapped > 0
    told = files(cells, tmp_path, hours=range(18, 24), skew_s=600)
    assert set(told.by_rule) == {"off_grid"}
    (gd, _) = coverage(at_date=DAY).provinces
    assert gd.counters_share == pytest.approx(0.75)


def test_a_period_told_twice_counts_once(cells, tmp_path):
    files(cells, tmp_path)
    files(cells, tmp_path, skew_s=5)  # other bytes, the same periods
    assert [each.counters_share for each in coverage(at_date=DAY).provinces] == [1.0, 1.0]


def test_suspect_reports_are_there_and_told(cells, tmp_path):
    files(cells, tmp_path, suspect=True)
    (only,) = coverage(at_date=DAY, node="GX").provinces
    assert (only.name, only.counters_share, only.suspect_share) == ("GX", 1.0, 1.0)


def test_the_day_is_the_business_day(cells, tmp_path):
    files(cells, tmp_path)
    assert {each.counters_share for each in coverage(at_date=date(2024, 12, 8)).provinces} == {0.0}
    with pytest.raises(InputError, match="no organisation node 'XX'"):
        coverage(at_date=DAY, node="XX")
