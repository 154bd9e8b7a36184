"""The programme of sites' energy: balance, two routes, replacement by command, pages, cases."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override
from typer.testing import CliRunner

from commonweal.cli.energy import app
from commonweal.domains.carbon.energy import pages
from commonweal.domains.carbon.energy.balance import balance
from commonweal.domains.carbon.energy.routes import routes
from commonweal.domains.carbon.energy.services import meter_replace_read
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.org.models import Meter, Node
from commonweal.kernel.org.services import (
    gap_rule_set,
    meter_install,
    meter_role_set,
    site_share_set,
)
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.values import ValuesError
from commonweal.lake.models import Source
from commonweal.periods import period

NOW = datetime(2024, 6, 3, tzinfo=UTC)
FROM = date(2020, 1, 1)
BY = {"actor": "test", "now": NOW}


def install(code, role):
    meter_install(
        code=code, site="S-GD", carrier="electricity", unit="kWh", max_rate_per_h=50.0,
        installed_date=FROM, **BY,
    )  # fmt: skip
    meter_role_set(meter=code, role=role, from_date=FROM, **BY)


@pytest.fixture
def site(operator):
    """S-GD draws 1,000 kWh in January, makes 100, cools with 300; a tenant has a tenth."""
    install("PV", "pv")
    install("AC", "cooling")
    for meter, kwh in (("M-GD", 1000), ("PV", 100), ("AC", 300), ("M-XZ", 50)):
        operator.bill(meter, "2024-01-01", "2024-02-01", kwh)
    site_share_set(
        code="T", site="S-GD", party="P", party_kind="tenant", share=Decimal("0.1"),
        from_date=FROM, **BY,
    )  # fmt: skip
    return operator


def test_what_came_in_is_what_became_of_it(site):
    assert site.bill("M-XZ", "2024-02-01", "2024-03-01", 9).n_accepted == 1
    found = balance(period("2024-01"))
    [one] = found.sites
    assert one.inputs == {"import": 1000, "pv": 100, "generator": 0}
    assert (one.of_others, one.own) == pytest.approx((110, 990))
    assert one.uses["cooling"] == 300
    assert one.supplied == pytest.approx(
        one.exported + one.of_others + sum(one.uses.values()) + one.unaccounted
    )
    assert one.n_open == 1
    assert (found.ordinary_kwh, found.n_ordinary) == (50, 1)


@pytest.mark.usefixtures("site")
def test_a_balance_of_some_nodes_holds_their_sites_alone():
    other = Node.objects.get(code="XZ-1").pk
    found = balance(period("2024-01"), nodes=[other])
    assert (found.sites, found.ordinary_kwh) == ((), 50)


@pytest.mark.usefixtures("site")
def test_a_balance_names_what_is_estimated_and_how():
    gap_rule_set(method="neighbour_days", from_date=FROM, **BY)
    found = balance(period("2024-02"))
    assert found.estimated_by_method["estimated_neighbour_days"] == pytest.approx(1450 / 31 * 29)


def test_two_routes_agree_at_every_node_but_for_what_is_named(operator):
    operator.bill("M-GD", "2024-01-01", "2024-02-01", 700)
    operator.bill("M-XZ", "2024-01-01", "2024-02-01", 50)
    start = datetime(2023, 12, 31, 16, tzinfo=UTC)
    rows = [f"M-GD,{start.isoformat()},100", "M-GD,2024-01-31T16:00:00+00:00,844"]
    operator.send("meter_readings", "meter_id,read_at,register", *rows)
    found = {row.node: row for row in routes(period("2024-01"))}
    assert found["GD-1"].terms_wh["metering_difference"] == 44_000
    assert found["XZ"].terms_wh["without_readings"] == -50_000
    whole = found["group"]
    assert (whole.from_readings_wh, whole.from_bills_wh) == (744_000, 750_000)
    for row in found.values():
        assert sum(row.terms_wh.values()) == row.difference_wh
    assert whole.difference_share == pytest.approx(-6 / 750)


def test_routes_leave_out_what_is_not_drawn_from_the_grid(site):
    del site
    [whole] = [row for row in routes(period("2024-01")) if row.node == "group"]
    assert whole.from_bills_wh == 1_050_000
    with pytest.raises(InputError, match="splits a month"):
        routes(period("2024-01-05..2024-01-09"))


def test_a_replacement_brings_both_registers_in_or_nothing(operator, tmp_path):
    told = {
        "replaced_at": datetime(2024, 1, 9, 2, tzinfo=UTC), "final_register": 500.0,
        "first_register": 3.0, "folder": tmp_path, **BY,
    }  # fmt: skip
    with pytest.raises(InputError, match=r"register 100000\.0 of M-GD is not from 0"):
        meter_replace_read(meter="M-GD", new_code="N", **{**told, "final_register": 1e5})
    assert not Meter.objects.filter(code="N").exists()
    with pytest.raises(InputError, match="lies in the future"):
        meter_replace_read(
            meter="M-GD", new_code="N", **{**told, "replaced_at": datetime(2025, 1, 1, tzinfo=UTC)}
        )
    done = meter_replace_read(meter="M-GD", new_code="N", **told)
    assert (done.old.code, done.new.code, done.new.multiplier) == ("M-GD", "N", 1.0)
    assert Source.objects.get(dataset="meter_readings").n_accepted == 2
    assert operator.folder.exists()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_pages_show_flows_that_add_up(language):
    asked = Asked(owner_scope("test"), period("2024-01"), NOW, {"node": "GD"})
    with override(language):
        page, both = pages.balance(asked), pages.routes(asked)
    assert page.places.node == "GD"
    assert [code for code, _ in page.places.choices] == ["group", "GD", "GD-1"]
    [row] = page.sites
    assert row.amounts == (1000, 100, None, None, 110, 990, 300, 690)
    assert page.picture.has_values
    assert [row.code for row in both.rows] == ["GD", "GD-1"]
    assert both.rows[0].from_bills == 1000


@pytest.mark.usefixtures("operator")
def test_a_period_without_anything_has_pages_too():
    asked = Asked(owner_scope("test"), period("2019"), NOW, {})
    with pytest.raises(InputError, match="no organisation"):
        pages.routes(Asked(owner_scope("test"), period("2019"), NOW, {}))
    later = Asked(asked.scope, period("2021"), NOW, {"node": "nowhere"})
    assert pages.routes(later).rows == ()
    assert pages.balance(later).sites == ()


@pytest.mark.usefixtures("operator")
def test_an_open_balance_is_explained_by_one_and_closed_by_another():
    kind, scope = record_type("energy.case"), owner_scope("test")
    node = Node.objects.get(code="GD-1")
    values = {"site": "S-GD", "month_date": "2024-01-01", "unaccounted_kwh": "690"}
    with pytest.raises(ValuesError, match="no site"):
        record_open(kind, node=node, values={**values, "site": "NONE"}, scope=scope, now=NOW)
    wrong = {**values, "month_date": "2024-01-02"}
    with pytest.raises(ValuesError, match="first day"):
        record_open(kind, node=node, values=wrong, scope=scope, now=NOW)
    case = record_open(kind, node=node, values=values, scope=scope, now=NOW)
    told = {"cause": "missing_meter", "closed_date": "2024-06-01"}
    record_act(case, "explain", scope=scope, now=NOW, version=1, values=told, comment="seen")
    case.refresh_from_db()
    assert (case.state, case.cause) == ("explained", "missing_meter")


@pytest.mark.usefixtures("site")
def test_commands_say_the_same_as_the_pages():
    done = CliRunner().invoke(app, ["balance", "2024-01", "--node", "GD", "--json"])
    assert done.exit_code == 0
    [one] = json.loads(done.stdout)["sites"]
    assert one["unaccounted"] == pytest.approx(690)
    done = CliRunner().invoke(app, ["routes", "2024-01", "--node", "GD", "--json"])
    assert {row["node"] for row in json.loads(done.stdout)["nodes"]} == {"GD", "GD-1"}
    for line in (
        ["role", "AC", "office", "--from", "2024-01-01"],
        ["virtual", "V", "[M-GD]", "--from", "2024-01-01"],
        ["share", "T2", "S-XZ", "Q", "--part", "0.5", "--from", "2024-01-01"],
        ["gaps", "neighbour_days", "--from", "2024-01-01"],
    ):
        done = CliRunner().invoke(app, line)
        assert done.exit_code == (3 if line[0] == "virtual" else 0), done.output
