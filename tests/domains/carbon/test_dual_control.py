"""Dual control: shares add up and become targets, changes are explained whole, lights by rule."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model

from commonweal.domains.carbon.dual_control.allocating import allocation_propose
from commonweal.domains.carbon.dual_control.explaining import change_explain
from commonweal.domains.carbon.dual_control.house import lights_rule
from commonweal.domains.carbon.dual_control.models import Allocation
from commonweal.domains.carbon.dual_control.outlook import Light, Outlook, light_of
from commonweal.domains.carbon.dual_control.portfolio import portfolio
from commonweal.domains.carbon.dual_control.standing import standings
from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.kernel.org.services import boundary_set
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.selectors import record_history
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.selectors import target_get
from commonweal.kernel.targets.services import target_set
from commonweal.periods import month, period
from tests.kernel.programmes.conftest import node_make

NOW = datetime(2025, 3, 18, 8, tzinfo=UTC)
UNITS = {"energy_use": "tce", "information_traffic": "TB", "ghg_total_location": "tco2e"}
SIZES = {"north": 1.0, "south": 2.5}


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


ANN, BOB, EVE = map(scope, ("ann", "bob", "eve"))


def value(indicator, node, at):
    """What a unit used, did or emitted in the month of a number; the group is the sum."""
    if node == "group":
        return sum(value(indicator, each, at) for each in SIZES)
    season = 1 + 0.2 * math.sin(at * math.pi / 6)
    grown = {"energy_use": 1.002, "information_traffic": 1.02, "ghg_total_location": 1.001}
    level = {"energy_use": 10, "information_traffic": 4000, "ghg_total_location": 50}
    noise = 1 + 0.01 * math.sin(at * 12.9898 + SIZES[node] * 78.233)
    return level[indicator] * SIZES[node] * season * grown[indicator] ** at * noise


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    boundary_set(
        code="operational",
        names={"en": "b", "zh-hant": "b", "zh-hans": "b"},
        approach="operational_control",
        actor="ann",
        now=NOW,
    )
    return {"group": group} | {code: node_make(code, "province", group) for code in SIZES}


@pytest.fixture
def facts(nodes):
    """Energy, traffic and emissions of 2023 and 2024, by month and year."""
    rows = []
    for indicator, unit in UNITS.items():
        for code in nodes:
            months = [value(indicator, code, at) for at in range(24)]
            spans = [(month(2023 + at // 12, at % 12 + 1), months[at]) for at in range(24)]
            spans += [(period("2023"), sum(months[:12])), (period("2024"), sum(months[12:]))]
            rows += [
                FactRow(
                    indicator=indicator,
                    node=code,
                    boundary="operational",
                    period=span,
                    value=round(Decimal(amount), 6),
                    unit=unit,
                    decimals=2,
                    method="calculated",
                )
                for span, amount in spans
            ]
    batch = FactBatch(engine="test", version="1", parameters={}, inputs={}, rows=rows, reason="")
    facts_record(batch, actor="ann", now=NOW - timedelta(days=1))
    return nodes


@pytest.fixture
def target(facts):
    return target_set(
        Target(
            code="total",
            indicator="energy_use",
            node="group",
            boundary="operational",
            base_period="2023",
            target_period="2025",
            change_share=Decimal("-0.1"),
            source="plan",
        ),
        actor="ann",
        now=NOW,
    )


def propose(target, facts, method="proportional", **options):
    return allocation_propose(
        target, node=facts["group"], year=2025, method=method, scope=ANN, now=NOW, **options
    )


def act(record, action, by, **values):
    record.refresh_from_db()
    return record_act(
        record, action, scope=by, now=NOW, version=record.version, values=values, comment="so"
    ).record


@pytest.mark.parametrize("method", ["proportional", "benchmark", "capability_potential"])
def test_shares_add_up_to_what_the_path_allows_to_the_last_decimal(target, facts, method):
    total = Decimal("300.01")
    shares = propose(target, facts, method, total=total)
    assert sum(each.amount for each in shares) == total == shares[0].group_total
    assert [each.node.code for each in shares] == ["north", "south"]
    assert {each.state for each in shares} == {"proposed"}


def test_a_share_in_force_is_its_units_own_target_and_a_revision_keeps_what_was(target, facts):
    first = propose(target, facts)
    for each in first:
        act(act(each, "approve", BOB), "enforce", ANN)
    north = target_get("share-energy_use-north-2025")
    assert (north.node, north.base_value) == ("north", first[0].base_value)
    assert north.change_share == pytest.approx(Decimal("-0.1"), abs=Decimal("1e-4"))
    second = propose(target, facts, total=Decimal(350))
    assert {each.revision for each in second} == {2}
    for each in second:
        act(act(each, "approve", BOB), "enforce", ANN)
    states = dict(Allocation.objects.filter(node__code="north").values_list("revision", "state"))
    assert states == {1: "superseded", 2: "in_force"}
    told = [each.action for each in record_history("targets.target", north.code)]
    assert told == ["set", "changed"]


def test_nobody_approves_a_share_of_their_own_and_none_goes_without_approval(target, facts):
    share = propose(target, facts)[0]
    with pytest.raises(RefusedError):
        act(share, "enforce", BOB)
    with pytest.raises((RefusedError, RoleError)):
        act(share, "approve", ANN)


def test_shares_that_do_not_add_up_are_not_approved(target, facts):
    north, south = propose(target, facts)
    act(south, "reject", BOB)
    with pytest.raises(RefusedError, match="do not add up"):
        act(north, "approve", BOB)


def test_a_method_that_does_not_exist_or_lacks_its_data_is_refused(target, facts):
    with pytest.raises(InputError, match="no method 'fair'"):
        propose(target, facts, "fair")
    with pytest.raises(InputError, match="asks nothing of 2030"):
        allocation_propose(
            target, node=facts["group"], year=2030, method="proportional", scope=ANN, now=NOW
        )


@pytest.mark.parametrize("indicator", ["energy_use", "ghg_total_location"])
def test_a_change_is_explained_from_fact_to_fact_without_a_remainder(facts, indicator):
    found = change_explain(
        indicator,
        period("2023"),
        period("2024"),
        node=facts["group"],
        boundary="operational",
        as_of=NOW,
    )
    change = float(found.end.value - found.base.value)
    assert sum(found.effects.values()) == pytest.approx(change, abs=1e-9)
    for part in found.parts:
        assert sum(part.effects.values()) == pytest.approx(part.end - part.base, abs=1e-9)
    assert found.effects["volume"] > 0 > found.effects["intensity"]
    assert abs(found.effects["unattributed"]) < 1e-4
    assert (found.effects["factor"] == 0) == (indicator == "energy_use")


def test_what_the_parent_has_beside_its_children_is_told_apart(facts):
    row = FactRow(
        indicator="energy_use",
        node="group",
        boundary="operational",
        period=period("2024"),
        value=Decimal(1000),
        unit="tce",
        decimals=2,
        method="calculated",
    )
    batch = FactBatch(
        engine="test", version="2", parameters={}, inputs={}, rows=[row], reason="more"
    )
    facts_record(batch, actor="ann", now=NOW)
    span = (period("2023"), period("2024"))
    now = change_explain(
        "energy_use", *span, node=facts["group"], boundary="operational", as_of=NOW
    )
    children = sum(part.end for part in now.parts)
    assert now.effects["unattributed"] == pytest.approx(1000 - children, abs=1e-4)
    assert sum(now.effects.values()) == pytest.approx(1000 - float(now.base.value))


def test_a_year_without_data_is_not_explained(facts):
    with pytest.raises(StateError, match="energy_use of group has no data in 2022"):
        change_explain(
            "energy_use",
            period("2022"),
            period("2023"),
            node=facts["group"],
            boundary="operational",
            as_of=NOW,
        )


def test_an_outlook_from_june_knows_no_later_month_and_comes_near_what_came(target, facts):
    nodes = [facts["group"], facts["north"]]
    seen = standings(target, nodes, year=2024, as_of=NOW, through=date(2024, 6, 1))
    for row in seen:
        came = sum(value("energy_use", row.node.code, at) for at in range(12, 24))
        assert row.outlook.n_known == 6
        assert row.outlook.low < row.outlook.value < row.outlook.high
        assert row.outlook.value == pytest.approx(came, rel=0.02)
    done = standings(target, nodes, year=2024, as_of=NOW)
    assert done[0].outlook.low == done[0].outlook.high == pytest.approx(done[0].outlook.value)


def test_the_next_year_is_forecast_and_one_after_it_is_not(target, facts):
    ahead = standings(target, [facts["south"]], year=2025, as_of=NOW)[0]
    assert ahead.outlook.n_known == 0
    assert ahead.light is Light.RED
    assert standings(target, [facts["south"]], year=2026, as_of=NOW)[0].light is Light.NO_DATA


def test_a_ratio_is_forecast_by_its_two_parts(target, facts):
    ratio = Target(
        code="ratio",
        indicator="energy_per_traffic",
        node="group",
        boundary="operational",
        base_period="2023",
        target_period="2025",
        change_share=Decimal("-0.2"),
        source="plan",
    )
    row = standings(ratio, [facts["group"]], year=2024, as_of=NOW)[0]
    energy = sum(value("energy_use", "group", at) for at in range(12, 24))
    traffic = sum(value("information_traffic", "group", at) for at in range(12, 24))
    assert row.outlook.value == pytest.approx(energy * 1000 / traffic, rel=1e-6)
    assert row.light is Light.NO_DATA  # the base year has no ratio on record


@pytest.mark.parametrize(
    ("value", "low", "high", "light"),
    [
        (90, 85, 100, Light.GREEN),
        (100, 95, 105, Light.AMBER),
        (102, 95, 109, Light.AMBER),
        (102.1, 95, 109, Light.RED),
        (101, 100.5, 102, Light.RED),
    ],
)
def test_a_light_turns_by_the_rule(value, low, high, light):
    rule = lights_rule(date(2025, 1, 1))
    seen = Outlook(2025, value, low, high, 6, None)
    assert light_of(seen, 100.0, lower=True, rule=rule) is light
    up = Outlook(2025, 200 - value, 200 - high, 200 - low, 6, None)
    assert light_of(up, 100.0, lower=False, rule=rule) is light


def measure(nodes, **values):
    return record_open(
        record_type("dual_control.measure"),
        node="north",
        scope=ANN,
        now=NOW,
        values={
            "title": "sleep",
            "kind": "radio",
            "saving_kwh_a": 1000,
            "saving_low_kwh_a": 800,
            "saving_high_kwh_a": 1200,
            "abatement_tco2e_a": "0.5",
            "capex_cny": "3000",
            "opex_cny_a": "10",
            "life_years": 5,
            **values,
        },
    )


def test_a_measure_leads_from_idea_to_a_saving_that_somebody_else_verified(nodes):
    done = act(act(measure(nodes), "approve", BOB), "complete", ANN, invested_date="2025-01-05")
    with pytest.raises(RefusedError, match="days must follow"):
        act(done, "verify", EVE, verified_tce="0.1", verified_date="2024-12-31")
    found = act(done, "verify", EVE, verified_tce="0.11", verified_date="2025-03-01")
    assert (found.state, found.verified_tce) == ("verified", Decimal("0.11"))


def test_an_expected_saving_outside_its_interval_is_refused(nodes):
    with pytest.raises(ValuesError) as fault:
        measure(nodes, saving_low_kwh_a=1100)
    assert "saving_kwh_a" in fault.value.fields


def test_the_portfolio_ranks_what_is_not_done_and_sees_only_what_may_be_read(nodes):
    cheap, dear = measure(nodes), measure(nodes, title="panels", capex_cny="9000")
    act(
        act(measure(nodes, title="done"), "approve", BOB), "complete", ANN, invested_date=NOW.date()
    )
    found = portfolio(ANN, day=NOW.date(), need_tco2e_a=0.6)
    assert [row.measure.code for row in found.rows] == [cheap.code, dear.code]
    assert found.choice.is_met
    # 3000 over five years at 6 %, 10 to run, 720 saved, for half a tonne a year.
    assert found.rows[0].cost_cny_t == pytest.approx((3000 * 0.2373964 + 10 - 720) / 0.5, abs=0.01)
    nobody = Scope("test:nobody", (Principal(None, "nobody", {}),))
    assert portfolio(nobody, day=NOW.date(), need_tco2e_a=0).rows == ()


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("outlook/", "chart-path"),
        ("outlook/?year=2024&through=6", "chart-gaps"),
        ("change/?period=2024", "chart-change-energy_use-node"),
        ("cost/?need=1", "chart-macc"),
    ],
)
def test_pages_show_their_pictures_in_every_language(target, client, page, shown, language):
    measure(None)
    client.force_login(get_user_model().objects.create_superuser("root"))
    client.cookies["django_language"] = language
    answer = client.get(f"/programmes/dual_control/pages/{page}")
    assert answer.status_code == 200
    assert shown in answer.content.decode()


@pytest.mark.parametrize("asked", ["year=1999", "through=13", "year=x"])
def test_a_page_refuses_what_is_no_year_or_month(target, client, asked):
    client.force_login(get_user_model().objects.create_superuser("root"))
    assert client.get(f"/programmes/dual_control/pages/outlook/?{asked}").status_code == 404


def test_the_page_of_lights_costs_no_more_queries_for_more_units(
    target, client, django_assert_max_num_queries
):
    client.force_login(get_user_model().objects.create_superuser("root"))
    client.get("/programmes/dual_control/pages/outlook/")
    with django_assert_max_num_queries(40):
        client.get("/programmes/dual_control/pages/outlook/")


def test_of_two_targets_of_one_unit_each_is_judged_by_its_own_path(target, facts):
    softer = Target.objects.create(
        code="a-softer-one",
        indicator="energy_use",
        node="group",
        boundary="operational",
        base_period="2023",
        target_period="2025",
        change_share=Decimal("0.5"),
        source="plan",
    )
    paths = [
        standings(each, [facts["group"]], year=2025, as_of=NOW)[0].path for each in (target, softer)
    ]
    assert paths[1] == pytest.approx(paths[0] / 0.9 * 1.5)
