"""Sites out of the ordinary: export, solar, tenants, sub-meters, virtual meters, gaps by rule."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from commonweal.domains.carbon.sources import energy
from commonweal.domains.carbon.sources.electric import all_use
from commonweal.domains.carbon.sources.supply import site_supply
from commonweal.errors import InputError
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Meter, Site
from commonweal.kernel.org.selectors import arrangements
from commonweal.kernel.org.services import (
    gap_rule_set,
    meter_exchange,
    meter_expression_set,
    meter_install,
    meter_role_set,
    meter_update,
    site_share_set,
)
from commonweal.kernel.org.services.common import NothingChangesError

JAN = (date(2024, 1, 1),)
FROM = date(2020, 1, 1)
BY = {"actor": "test", "now": datetime(2024, 1, 2, tzinfo=UTC)}


def install(code, role="", site="S-GD"):
    meter_install(
        code=code,
        site=site,
        carrier="electricity",
        unit="kWh",
        max_rate_per_h=50.0,
        installed_date=FROM,
        **BY,
    )
    if role:
        meter_role_set(meter=code, role=role, from_date=FROM, **BY)


def used(operator, meter, kwh, month="2024-01", until="2024-02", **kwargs):
    operator.bill(meter, f"{month}-01", f"{until}-01", kwh, **kwargs)


def by_carrier(months=JAN, site="S-GD", **kwargs):
    """What the source says about a site, by carrier."""
    asked = Site.objects.get(code=site).pk
    total = {}
    for part in energy(ActivityRequest(months, **kwargs)):
        for i in np.flatnonzero(part.subject_id == asked):
            name = part.carriers[part.carrier[i]]
            total[name] = total.get(name, 0.0) + part.quantity[i]
    return {name: pytest.approx(value) for name, value in total.items()}


def noticed(months=JAN):
    return {rule for part in energy(ActivityRequest(months)) for rule in part.findings.rule}


def test_an_ordinary_site_has_its_meter_and_nothing_besides(operator):
    used(operator, "M-GD", 1000)
    assert by_carrier() == {"electricity": 1000}


def test_export_is_own_generation_first_and_then_taken_off_the_import(operator):
    used(operator, "M-GD", 1000)
    install("PV", "pv")
    install("OUT", "export")
    used(operator, "PV", 300)
    used(operator, "OUT", 100)
    assert by_carrier() == {
        "electricity": 1000,
        "electricity_pv": 300,
        "electricity_pv_own": 200,
        "electricity_exported": 100,
    }
    used(operator, "OUT", 350, now=datetime(2024, 3, 1, tzinfo=UTC))
    found = by_carrier()
    assert found["electricity"] == 950
    assert found["electricity_pv_own"] == 0


def test_what_others_use_is_net_and_stays_visible(operator):
    used(operator, "M-GD", 1000)
    install("SUB")
    used(operator, "SUB", 200)
    site_share_set(
        code="T-1", site="S-GD", party="A shop", party_kind="tenant", meter="SUB",
        from_date=FROM, **BY,
    )  # fmt: skip
    site_share_set(
        code="T-2", site="S-GD", party="Another operator", party_kind="partner_operator",
        share=Decimal("0.25"), from_date=FROM, **BY,
    )  # fmt: skip
    assert by_carrier() == {
        "electricity": 600,
        "electricity_of_others": 400,
        "electricity_passed_on": 400,
    }


def test_what_was_known_of_a_share_before_stays_as_it_was(operator):
    used(operator, "M-GD", 1000)
    share = {"code": "T", "site": "S-GD", "party": "P", "party_kind": "tenant", "from_date": FROM}
    site_share_set(**share, share=Decimal("0.5"), **BY)
    later = {"actor": "test", "now": datetime(2024, 5, 1, tzinfo=UTC)}
    site_share_set(**share, share=Decimal("0.1"), **later)
    assert by_carrier()["electricity"] == 900
    assert by_carrier(as_of=datetime(2024, 4, 1, tzinfo=UTC))["electricity"] == 500


def test_sub_meters_of_uses_are_never_added_to_the_total(operator):
    used(operator, "M-GD", 1000)
    for code, role, kwh in (("R", "radio", 600), ("C", "cooling", 250)):
        install(code, role)
        used(operator, code, kwh)
    found = by_carrier()
    assert found["electricity"] == 1000
    assert found["electricity_balanced"] == 1000
    assert found["electricity_unaccounted"] == 150
    assert "balance_open" in noticed()


def test_a_virtual_meter_counts_nowhere_until_it_has_a_role(operator):
    used(operator, "M-GD", 1000)
    used(operator, "M-XZ", 400)
    install("V")
    meter_expression_set(meter="V", expression="[M-GD] - 0.5 * [M-XZ]", from_date=FROM, **BY)
    assert by_carrier() == {"electricity": 1000}
    meter_role_set(meter="V", role="radio", from_date=FROM, **BY)
    assert by_carrier()["electricity_unaccounted"] == 200
    only = np.array([Site.objects.get(code="S-GD").pk])
    assert by_carrier(subject_ids=only)["electricity_unaccounted"] == 200


def test_a_site_without_a_meter_of_its_own_takes_its_part_of_another(operator):
    used(operator, "M-XZ", 400)
    install("V", "import")
    meter_role_set(meter="M-XZ", role="reference", from_date=FROM, **BY)
    meter_expression_set(meter="V", expression="0.25 * [M-XZ]", from_date=FROM, **BY)
    assert by_carrier() == {"electricity": 100}
    assert by_carrier(site="S-XZ") == {}


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("[M-GD] + NONE", "no meter 'NONE'"),
        ("[M-GD] * [M-XZ]", "is no sum of meters"),
        ("[M-GD] + 5", "is no sum of meters"),
        ("__import__('os')", "is not allowed"),
        ("V", "would rest on itself"),
    ],
)
def test_an_expression_that_is_no_sum_of_known_meters_is_refused(operator, expression, rule):
    install("V")
    with pytest.raises(InputError, match=rule):
        meter_expression_set(meter="V", expression=expression, from_date=FROM, **BY)


def test_meters_cannot_rest_on_each_other_and_nothing_of_it_is_kept(operator):
    install("V")
    install("W")
    meter_expression_set(meter="V", expression="W + [M-GD]", from_date=FROM, **BY)
    with pytest.raises(InputError, match="meter W would rest on itself"):
        meter_expression_set(meter="W", expression="2 * V", from_date=FROM, **BY)


def test_energy_cannot_count_twice_through_a_virtual_meter(operator):
    install("V")
    meter_expression_set(meter="V", expression="[M-GD]", from_date=FROM, **BY)
    with pytest.raises(InputError, match="V counts and rests on M-GD, which counts too"):
        meter_role_set(meter="V", role="import", from_date=FROM, **BY)
    meter_role_set(meter="M-GD", role="reference", from_date=FROM, **BY)
    meter_role_set(meter="V", role="import", from_date=FROM, **BY)
    with pytest.raises(InputError, match="twice"):
        meter_role_set(meter="M-GD", role="import", from_date=date(2023, 1, 1), **BY)


def test_shares_of_a_site_cannot_exceed_the_whole(operator):
    share = {"site": "S-GD", "party": "P", "party_kind": "tenant", "from_date": FROM, **BY}
    site_share_set(code="A", share=Decimal("0.7"), **share)
    with pytest.raises(InputError, match=r"add up to 1\.10.* over the whole"):
        site_share_set(code="B", share=Decimal("0.4"), **share)
    with pytest.raises(NothingChangesError, match="known already"):
        site_share_set(code="A", share=Decimal("0.7"), **share)


def test_a_virtual_meter_without_all_its_parts_has_no_data_and_says_so(operator):
    used(operator, "M-GD", 1000)
    install("V", "radio")
    meter_expression_set(meter="V", expression="[M-GD] - [M-XZ]", from_date=FROM, **BY)
    assert "electricity_unaccounted" not in by_carrier()
    assert "virtual_incomplete" in noticed()


def test_a_part_of_purchased_heat_counts_once(operator):
    for code in ("HEAT", "FLOOR"):
        meter_install(
            code=code, site="S-GD", carrier="heat", unit="GJ", max_rate_per_h=50.0,
            installed_date=FROM, **BY,
        )  # fmt: skip
    meter_role_set(meter="FLOOR", role="office", from_date=FROM, **BY)
    header = "meter_id,read_at,register"
    rows = [f"{code},{_hour(hour)},{hour}" for code in ("HEAT", "FLOOR") for hour in (0, 744)]
    operator.send("meter_readings", header, *rows)
    assert by_carrier() == {"heat": 744}


def test_a_replacement_within_a_day_loses_no_hour_and_counts_none_twice(operator):
    hours = 31 * 24
    at = datetime(2024, 1, 11, 2, tzinfo=UTC)  # ten in the morning: 250 hours of January passed
    rows = [f"M-GD,{_hour(i)},{i * 2.0}" for i in range(0, 251, 10)]
    rows += [f"NEW,{_hour(i)},{(i - 250) * 2.0}" for i in range(250, hours + 1, 1)]
    meter_exchange(
        meter="M-GD", new_code="NEW", replaced_at=at, final_register=500.0, first_register=0.0,
        actor="test", now=datetime(2024, 2, 1, tzinfo=UTC),
    )  # fmt: skip
    operator.send("meter_readings", "meter_id,read_at,register", *rows)
    assert by_carrier() == {"electricity": hours * 2}


def test_a_meter_that_replaces_another_takes_its_place_in_roles_sums_and_agreements(operator):
    used(operator, "M-GD", 1000)
    install("SUB", "cooling")
    used(operator, "SUB", 100, "2024-01", "2024-02")
    meter_exchange(
        meter="SUB", new_code="SUB2", replaced_at=datetime(2024, 1, 31, 16, tzinfo=UTC),
        final_register=5.0, first_register=0.0, actor="test",
        now=datetime(2024, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    used(operator, "M-GD", 900, "2024-02", "2024-03")
    used(operator, "SUB2", 80, "2024-02", "2024-03")
    february = (date(2024, 2, 1),)
    assert by_carrier(february)["electricity"] == 900
    assert by_carrier(february)["electricity_unaccounted"] == 820


@pytest.mark.parametrize(
    ("method", "estimate"), [("same_month_last_year", 620), ("neighbour_days", 31 * 20)]
)
def test_a_month_of_nothing_is_estimated_by_the_method_that_a_rule_names(
    operator, method, estimate
):
    used(operator, "M-GD", 620, "2023-01", "2023-02")
    used(operator, "M-GD", 31 * 15, "2023-12", "2024-01")
    used(operator, "M-GD", 29 * 25, "2024-02", "2024-03")
    assert by_carrier() == {}
    gap_rule_set(method=method, from_date=FROM, **BY)
    assert by_carrier() == {"electricity": estimate, "electricity_estimated": estimate}
    assert f"estimated_{method}" in noticed()
    year = tuple(date(2024, m, 1) for m in range(1, 4))
    part = energy(ActivityRequest(year))[0]
    assert part.quantity[0] == pytest.approx(estimate)


def test_an_estimate_goes_by_the_days_that_the_meter_was_there(operator):
    gap_rule_set(method="neighbour_days", from_date=FROM, **BY)
    install("NEW")
    meter_update(meter="NEW", changes={"installed_date": date(2023, 12, 22)}, **BY)
    used(operator, "M-GD", 100)
    used(operator, "NEW", 10 * 20, "2023-12", "2024-01")
    assert by_carrier() == {"electricity": 100 + 31 * 20, "electricity_estimated": 31 * 20}


def test_the_rule_of_a_site_overrides_that_of_all_sites(operator):
    used(operator, "M-GD", 620, "2023-01", "2023-02")
    gap_rule_set(method="same_month_last_year", from_date=FROM, **BY)
    gap_rule_set(method="none", site="S-GD", from_date=FROM, **BY)
    assert by_carrier() == {}


def test_drawn_is_what_became_of_it(operator):
    used(operator, "M-GD", 1000)
    for code, role, kwh in (("PV", "pv", 500), ("G", "generator", 50), ("OUT", "export", 700)):
        install(code, role)
        used(operator, code, kwh)
    site_share_set(
        code="T", site="S-GD", party="P", party_kind="tenant", share=Decimal("0.4"),
        from_date=FROM, **BY,
    )  # fmt: skip
    request = ActivityRequest(JAN)
    found = arrangements(JAN)
    supply, _ = site_supply(all_use(request, found), request, found)
    assert supply.drawn.tolist() == [850]
    assert supply.own + supply.of_others == pytest.approx(supply.drawn)
    assert supply.own_from_grid == pytest.approx([800 * 0.6])
    assert Meter.objects.count() == 5


def _hour(i):
    return datetime.fromtimestamp(1_704_038_400 + i * 3600, tz=UTC).isoformat()
