import numpy as np

from commonweal.catalogue import catalogue
from commonweal.demo.events import merger, transfer
from commonweal.demo.organisation import KINDS, operator, provinces
from commonweal.demo.register_files import meters, nodes, sites
from commonweal.demo.streams import Options

NATION = Options()


def test_the_provinces_are_the_thirty_one_of_the_catalogue():
    places = [province.place for province in provinces()]
    assert len(set(places)) == 31
    assert set(places) <= set(catalogue().places)


def test_a_national_demo_has_the_size_that_was_asked_for():
    made = operator(NATION)
    assert made.site_unit.size == NATION.sites
    assert 330 <= made.area_province.size <= 350
    assert 2 <= made.unit_area.size / made.area_province.size <= 3
    assert 20_500 <= made.meter_site.size <= 21_500
    assert set(np.unique(made.area_province[made.unit_area[made.site_unit]])) == set(range(31))
    assert np.bincount(made.site_kind, minlength=len(KINDS)).min() >= 80


def test_sites_lie_within_their_provinces_circle():
    made = operator(NATION)
    circle = [provinces()[index] for index in made.site_province.tolist()]
    north_km = (made.latitude_deg - [p.latitude_deg for p in circle]) * 111.2
    narrowing = np.cos(np.radians(made.latitude_deg))
    east_km = (made.longitude_deg - [p.longitude_deg for p in circle]) * 111.2 * narrowing
    assert np.all(np.hypot(north_km, east_km) <= np.array([p.radius_km for p in circle]) * 1.01)


def test_codes_are_unique_and_parents_come_before_children(small):
    for table in (nodes(small), sites(small), meters(small)):
        assert len(set(table["code"].to_pylist())) == table.num_rows
    seen = {""}
    for code, parent in zip(
        nodes(small)["code"].to_pylist(), nodes(small)["parent"].to_pylist(), strict=True
    ):
        assert parent in seen
        seen.add(code)
    assert set(sites(small)["node"].to_pylist()) <= seen
    assert set(meters(small)["site"].to_pylist()) == set(small.site_codes)


def test_the_operator_says_that_it_is_synthetic_in_three_languages(small):
    group = nodes(small).slice(0, 1).to_pylist()[0]
    assert "合成" in group["name_zh_hant"]
    assert "合成" in group["name_zh_hans"]
    assert "synthetic" in group["name_en"]


def test_no_meter_can_exceed_the_limit_that_the_register_gives_it(small):
    hours = 28 * 24
    limit = np.array(meters(small)["max_rate_per_h"].to_pylist())
    assert np.all(small.registers.use_ckwh / 100 <= limit[:, None] * hours)


def test_events_join_neighbours_of_one_province(small):
    joined, moved = merger(small), transfer(small)
    assert joined.area != joined.into
    assert joined.area.split("-")[0] == joined.into.split("-")[0]
    assert moved.sites
    assert all(site.split("-")[1] == moved.unit.split("-")[0] for site in moved.sites)
