"""The inventory as it stands on a day, laid out as sector × layer."""

from datetime import date

import numpy as np
import pytest

from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.places import provinces
from commonweal.kernel.org.services.sites import site_transfer
from commonweal.lake.models import Segment
from tests.domains.radio import world

pytestmark = pytest.mark.django_db
DAY = date(2024, 12, 10)


@pytest.fixture
def codes():
    return world.organisation(GD=2, GX=1)


def test_cells_become_sectors_with_coverage_first_and_the_widest_last(codes, tmp_path):
    rows = world.cells(codes, tmp_path)
    found = network(at_date=DAY)
    assert found.n_sectors == 3 * len(codes)
    assert found.sector_id.tolist() == [f"{code}/{n}" for code in codes for n in (1, 2, 3)]
    assert set(found.column("role")[:, 0]) == {"coverage"}
    widths = found.column("bandwidth_mhz", np.nan)
    assert all(np.nanmax(row) == row[~np.isnan(row)][-1] for row in widths)
    assert sorted(found.cell_id[found.present]) == sorted(rows["cell_id"].to_pylist())
    assert (found.cell_id[~found.present] == "").all()
    assert found.findings == ()


def test_the_newest_row_from_on_or_before_the_day_counts_and_removed_cells_are_gone(
    codes, tmp_path
):
    rows = world.cells(codes[:1], tmp_path).to_pylist()
    wide, gone = rows[1], rows[-1]
    later = [
        wide | {"from_date": date(2024, 6, 1), "bandwidth_mhz": 15.0},
        wide | {"from_date": date(2024, 12, 11), "bandwidth_mhz": 5.0},
        gone | {"from_date": date(2024, 12, 10), "state": "removed"},
    ]
    world.take("radio_cells", later, tmp_path)
    found = network(at_date=DAY)
    at = found.cell_id == wide["cell_id"]
    assert found.column("bandwidth_mhz", np.nan)[at].tolist() == [15.0]
    assert gone["cell_id"] not in found.cell_id
    assert gone["cell_id"] in network(at_date=date(2024, 12, 9)).cell_id


def test_a_province_has_its_own_sites_and_those_of_a_site_that_moved(codes, tmp_path):
    world.cells(codes, tmp_path)
    parts = {part.code: part for part in provinces(DAY)}
    assert list(parts) == ["GD", "GX", "all"]

    def sites(code):
        found = network(at_date=DAY, node_ids=parts[code].node_ids)
        return sorted(set(found.site_code))

    assert (sites("GD"), sites("GX"), sites("all")) == (codes[:2], codes[2:], [])
    site_transfer(sites=[codes[0]], node="GX", from_date=DAY, actor="test", now=world.NOW)
    assert sites("GX") == [codes[0], codes[2]]


def test_parts_add_up_to_the_whole_and_keep_their_cells(codes, tmp_path):
    world.cells(codes, tmp_path)
    whole = network(at_date=DAY)
    parts = [whole[:4], whole[4:]]
    ids = np.concatenate([part.cell_id[part.present] for part in parts])
    assert ids.tolist() == whole.cell_id[whole.present].tolist()
    assert [part.n_sectors for part in parts] == [4, whole.n_sectors - 4]


def test_a_sector_without_coverage_and_two_cells_of_one_name_are_told(codes, tmp_path):
    first = f"{codes[0]}-1-b8"
    second, third = f"{codes[0]}-2-b8", f"{codes[0]}-3-b8"
    name = "ENBFunction=1,EUtranCellFDD=2-b8"
    world.cells(codes, tmp_path, **{first: {"role": "booster"}, third: {"cell_dn": name}})
    found = {each.rule: each for each in network(at_date=DAY).findings}
    assert found["no_coverage_layer"].subject == f"{codes[0]}/1"
    assert found["one_object_for_two_cells"].subject == second
    assert third in found["one_object_for_two_cells"].message


def test_the_digest_is_of_the_rows_and_not_of_their_order(codes, tmp_path, settings):
    rows = world.cells(codes, tmp_path)
    before = network(at_date=DAY).sha256
    settings.LAKE_ROOT = tmp_path / "another"
    Segment.objects.all().delete()
    world.take("radio_cells", rows.take(np.arange(rows.num_rows)[::-1]), tmp_path)
    assert network(at_date=DAY).sha256 == before
    changed = rows.slice(0, 1).to_pylist()[0] | {"from_date": DAY, "channels": 4}
    world.take("radio_cells", [changed], tmp_path)
    assert network(at_date=DAY).sha256 != before


def test_an_operator_without_cells_has_an_empty_network(codes):
    found = network(at_date=DAY)
    assert (found.n_sectors, found.n_layers, found.cell_id.shape) == (0, 0, (0, 0))
