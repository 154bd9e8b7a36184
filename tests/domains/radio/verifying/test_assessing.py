"""The assessment report of ITU-T L.1331, from the lake to a page."""

import pytest

from commonweal.domains.radio.energy_saving.verifying.assessing import assessment, assessment_html
from commonweal.errors import DefinitionError, InputError
from commonweal.periods import period

pytestmark = pytest.mark.django_db
NOVEMBER = period("2024-11")


def areas(home, *rows):
    """Write what the operator says of sites."""
    folder = home / "radio"
    folder.mkdir(exist_ok=True)
    names = "site_code,demography,topography,climate,coverage_km2"
    (folder / "areas.csv").write_text("\n".join([names, *rows]))


def test_classes_make_up_the_network(build, home):
    made = build(n_sites=3)
    one, two, _ = made.codes
    areas(home, f"{one},urban,flat,temperate,3.5", f"{two},rural,flat,temperate,20")
    found = assessment(NOVEMBER)
    part, metrics = found["network_under_test"], found["metrics"]
    assert (part["n_sites"], part["n_sites_measured"], part["n_days"]) == (3, 3, 30)
    assert sum(site["energy_kwh"] for site in found["sites"]) == pytest.approx(
        metrics["energy_kwh"]
    )
    classes = found["extrapolation"]["demography"]["classes"]
    assert [each["class"] for each in classes] == ["urban", "rural", "unclassified"]
    assert sum(each["presence_share"] for each in classes) == pytest.approx(1)
    by_sums = found["extrapolation"]["topography"]["by_sums_bit_j"]
    assert by_sums == pytest.approx(metrics["data_efficiency_bit_j"])
    assert metrics["coverage"]["area_km2"] == 23.5
    assert metrics["coverage"]["is_scaled_to_a_year"]
    assert (metrics["latency_ms"], metrics["latency_efficiency_per_s_j"]) == (None, None)
    page = assessment_html(found)
    assert "<th>Latency, end to end</th><td>no data</td>" in page
    assert "Extrapolation by climate (9.3)" in page
    assert one in page
    assert "{" not in page.split("</style>")[1]


def test_a_latency_that_probes_measured_gives_an_efficiency(build):
    build(n_sites=1)
    metrics = assessment(NOVEMBER, latency_ms=20.0)["metrics"]
    expected = 1 / (0.02 * metrics["energy_kwh"] * 3.6e6)
    assert metrics["latency_efficiency_per_s_j"] == pytest.approx(expected)
    for none in (0.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="cannot be"):
            assessment(NOVEMBER, latency_ms=none)


def test_a_class_that_does_not_exist_is_refused(build, home):
    made = build(n_sites=1)
    areas(home, f"{made.codes[0]},downtown,flat,temperate,1")
    with pytest.raises(DefinitionError, match=r"line 2: demography is 'downtown'"):
        assessment(NOVEMBER)
    areas(home, f"{made.codes[0]},urban,flat,temperate,far")
    with pytest.raises(DefinitionError, match="coverage_km2 is 'far'"):
        assessment(NOVEMBER)


def test_a_month_without_reports_has_no_efficiency(build):
    build(n_sites=1)
    with pytest.raises(InputError, match="has both traffic and energy in 2024-10"):
        assessment(period("2024-10"))
