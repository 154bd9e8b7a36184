"""Actions: taken up once, approved by somebody else, verified year by year; portfolios of them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from commonweal.domains.carbon.dual_control.models import Measure
from commonweal.domains.improvement.actions import demo
from commonweal.domains.improvement.actions.asking import Ask, answer, options_of
from commonweal.domains.improvement.actions.models import Action, Outcome, Portfolio
from commonweal.domains.improvement.actions.pages import curve, portfolio, realised
from commonweal.domains.improvement.actions.proposing import actions_propose
from commonweal.domains.improvement.actions.rules import expected_share
from commonweal.engines.portfolio import NEVER
from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.kernel.org.services import boundary_set
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.services import target_set
from commonweal.periods import period
from tests.kernel.programmes.conftest import node_make

NOW = datetime(2025, 3, 18, 8, tzinfo=UTC)
VALUES = {
    "title": "Free cooling",
    "kind": "cooling",
    "capex_cny": 1_000_000,
    "life_years": 10,
    "saving_kwh_a": 1_000_000,
    "saving_low_kwh_a": 900_000,
    "saving_high_kwh_a": 1_100_000,
    "abatement_tco2e_a": 500,
    "saving_cny_a": 700_000,
}


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


ANN, BOB, EVE = map(scope, ("ann", "bob", "eve"))
ROLES = (
    "data_owner",
    "engineer",
    "reviewer",
    "second_reviewer",
    "programme_manager",
    "verifier",
)


@pytest.fixture
def group(db):
    node = node_make("group", "group")
    boundary_set(
        code="operational",
        names={"en": "b", "zh-hant": "b", "zh-hans": "b"},
        approach="operational_control",
        actor="ann",
        now=NOW,
    )
    return node


@pytest.fixture
def act():
    """A function that does one action after another, a second apart."""
    clock = {"now": NOW}

    def do(record, action, by=ANN, comment="", **values):
        clock["now"] += timedelta(seconds=1)
        at = clock["now"]
        return record_act(record, action, scope=by, now=at, values=values, comment=comment).record

    return do


def opened(kind="action", **values):
    given = VALUES | values if kind == "action" else values
    return record_open(
        record_type(f"actions.{kind}"), node="group", values=given, scope=ANN, now=NOW
    )


@pytest.fixture
def done(group, act):
    """A function that leads an action to the day on which it was done."""

    def make(day="2023-07-01", **values):
        action = act(opened(**values), "assess")
        action = act(action, "plan", by=BOB, start_year=2023)
        action = act(act(action, "approve", by=EVE), "start")
        return act(action, "complete", done_date=day)

    return make


def test_an_action_is_approved_by_somebody_else_once_it_has_a_year(group, act):
    action = act(opened(), "assess", by=BOB)
    with pytest.raises(ValuesError, match="Planned for is needed by now"):
        act(action, "approve", by=EVE)
    action = act(action, "plan", by=BOB, start_year=2026)
    with pytest.raises(RefusedError, match="somebody who had no hand in the record"):
        act(action, "approve", by=ANN)
    assert act(action, "approve", by=EVE).state == "approved"


def test_an_action_without_effect_is_not_assessed(group, act):
    nothing = dict.fromkeys(("saving_kwh_a", "saving_low_kwh_a", "saving_high_kwh_a"), 0)
    with pytest.raises(RefusedError, match="it saves neither energy nor carbon"):
        act(opened(abatement_tco2e_a=0, **nothing), "assess")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"saving_low_kwh_a": 1_050_000}, "outside its own interval"),
        ({"basis": "cooling"}, "a basis has a name and a use, or neither"),
        ({"basis": "cooling", "basis_kwh_a": 10}, "no more can be saved than is used"),
    ],
)
def test_numbers_that_contradict_one_another_are_refused(group, values, said):
    with pytest.raises(ValuesError, match=said):
        opened(**values)


def test_what_requires_another_action_waits_for_its_approval(group, act):
    first = opened(title="first")
    second = act(act(opened(requires=first.code), "assess"), "plan", start_year=2026)
    with pytest.raises(RefusedError, match="which it requires, is not approved yet"):
        act(second, "approve", by=EVE)


def test_the_year_of_an_action_done_is_open_and_the_next_follows_its_report(done, act):
    action = done()
    first = Outcome.objects.get(action=action)
    assert (first.year, first.expected_kwh) == (2023, Decimal(500_000))
    told = {"realised_kwh": 450_000, "realised_tco2e": 225, "realised_cny": 1, "basis": "meters"}
    reported = act(first, "report", **told)
    second = Outcome.objects.get(action=action, year=2024)
    assert second.expected_kwh == Decimal(1_000_000)
    with pytest.raises(RefusedError, match="no year of it was verified yet"):
        act(action, "verify", by=EVE)
    act(reported, "verify", by=EVE)
    action.refresh_from_db()
    assert act(action, "verify", by=EVE).state == "verified"
    act(act(second, "report", **told), "verify", by=EVE)
    third = Outcome.objects.get(action=action, year=2025)
    with pytest.raises(RefusedError, match="2025 is not over yet"):
        act(third, "report", **told)


def test_a_saving_is_taken_from_the_fact_that_verifies_it(done, act):
    action = done(verified_by="radio_energy_saved")
    outcome = Outcome.objects.get(action=action)
    with pytest.raises(RefusedError, match="it has no value for the year"):
        act(outcome, "take")
    facts({"radio_energy_saved": (400_000, "kWh")}, "2023")
    taken = act(outcome, "take")
    assert (taken.realised_kwh, taken.realised_tco2e) == (Decimal(400_000), Decimal(200))
    assert taken.basis == "radio_energy_saved"


def facts(values, year):
    rows = [
        FactRow(
            indicator=indicator,
            node="group",
            boundary="operational",
            period=period(year),
            value=Decimal(value),
            unit=unit,
            decimals=2,
            method="calculated",
        )
        for indicator, (value, unit) in values.items()
    ]
    batch = FactBatch(engine="test", version="1", parameters={}, inputs={}, rows=rows, reason="")
    facts_record(batch, actor="ann", now=NOW - timedelta(days=1))


def test_savings_fade_and_end_with_the_life(group):
    action = Action(
        done_date=date(2023, 7, 1),
        life_years=3,
        first_share=Decimal("0.5"),
        fade_share=Decimal("0.1"),
        confidence_share=Decimal(1),
    )
    shares = [expected_share(action, year) for year in range(2022, 2027)]
    assert shares == [0, Decimal("0.5"), Decimal("0.9"), Decimal("0.81"), 0]


@pytest.fixture
def measure(group):
    values = {key: VALUES[key] for key in VALUES if key != "saving_cny_a"}
    kind = record_type("dual_control.measure")
    return record_open(kind, node="group", values=values, scope=ANN, now=NOW)


def test_a_proposal_is_taken_up_once_kept_up_to_date_and_lapses_with_its_origin(measure, act):
    first = actions_propose(scope=ANN, now=NOW)
    assert (len(first.opened), first.changed, first.lapsed) == (1, (), ())
    again = actions_propose(scope=ANN, now=NOW)
    assert (again.opened, again.changed, again.lapsed) == ((), (), ())
    Measure.objects.filter(pk=measure.pk).update(capex_cny=900_000)
    assert actions_propose(scope=ANN, now=NOW).changed == first.opened
    assert Action.objects.get().capex_cny == 900_000
    act(measure, "drop", comment="not here")
    assert actions_propose(scope=ANN, now=NOW).lapsed == first.opened
    assert Action.objects.get().state == "lapsed"


def test_what_was_assessed_no_longer_follows_its_proposal(measure, act):
    actions_propose(scope=ANN, now=NOW)
    act(Action.objects.get(), "assess", by=BOB)
    Measure.objects.filter(pk=measure.pk).update(capex_cny=900_000)
    found = actions_propose(scope=ANN, now=NOW)
    assert (found.opened, found.changed, found.lapsed) == ((), (), ())


ASK = Ask(first_year=2026, n_years=3, target_tco2e_a=600.0, budget_cny_a=2e6)


def test_actions_become_options_with_their_exclusions_requirements_and_overlaps(group, act):
    basis = {"basis": "cooling", "basis_kwh_a": 5_000_000}
    first = act(opened(title="a", one_of="cold", **basis), "assess")
    second = act(opened(title="b", one_of="cold", requires=first.code, **basis), "assess")
    gone = act(opened(title="c"), "assess")
    third = act(opened(title="d", requires=gone.code), "assess")
    found = options_of([first, second, third], 2026)
    assert found.exclusive.tolist() == [1, 1, -1]
    assert found.requires == ((1, 0),)
    assert found.overlaps == ((1, 0, pytest.approx(0.2)),)
    assert found.fixed.tolist()[2] == NEVER
    assert found.sd_share[0] == pytest.approx(100_000 / 1.6448536 / 1e6)


def test_a_portfolio_is_chosen_approved_by_two_and_gives_its_actions_their_years(group, act):
    for title in ("one", "two"):
        act(opened(title=title), "assess")
    asked = {"first_year": 2026, "n_years": 3, "target_tco2e_a": 600, "budget_cny_a": 1_000_000}
    record = act(opened("portfolio", title="plan", **asked), "propose")
    assert record.n_chosen == 2
    assert record.shortfall_tco2e == 0
    assert Action.objects.filter(start_year__isnull=False).count() == 0
    record = act(record, "approve", by=BOB)
    assert (record.state, act(record, "approve", by=EVE).state) == ("proposed", "approved")
    assert sorted(Action.objects.values_list("start_year", flat=True)) == [2026, 2027]


def test_a_portfolio_whose_actions_went_elsewhere_is_not_approved(group, act):
    action = act(opened(), "assess")
    asked = {"first_year": 2026, "n_years": 3, "target_tco2e_a": 400, "budget_cny_a": 1_000_000}
    record = act(opened("portfolio", title="plan", **asked), "propose")
    act(record, "approve", by=BOB)
    act(action, "reject", by=BOB, comment="no room")
    with pytest.raises(RefusedError, match="no longer waits to be approved"):
        act(record, "approve", by=EVE)


def test_what_is_under_way_is_kept_and_what_was_done_before_belongs_to_the_world(done, act):
    done(title="done before")
    running = act(act(opened(title="running"), "assess"), "plan", start_year=2025)
    act(act(running, "approve", by=EVE), "start")
    found = answer(ASK, scope=ANN)
    assert [each.title for each in found.actions] == ["running"]
    assert found.chosen == []
    assert found.plan.result.start.tolist() == [-1]
    assert found.plan.result.shortfall["tco2e"].tolist() == [0, 0, pytest.approx(100, abs=0.1)]


def test_a_target_for_a_total_asks_for_what_its_path_lacks(group, act):
    figures = {
        "energy_use": (1229, "tce"),
        "energy_electricity_tce": (1229, "tce"),
    }
    facts(figures, "2023")
    facts(figures, "2024")
    target_set(
        Target(
            code="total",
            indicator="energy_use",
            node="group",
            boundary="operational",
            base_period="2023",
            target_period="2026",
            change_share=Decimal("-0.1"),
            source="plan",
        ),
        actor="ann",
        now=NOW,
    )
    ask = Ask(first_year=2026, n_years=2, target_tco2e_a=0, budget_cny_a=1e7, target="total")
    assert ask.question().needs["kwh"].tolist() == pytest.approx([1e6, 1e6])
    grown = Ask(**{name: getattr(ask, name) for name in ask.__slots__} | {"growth_share": 0.02})
    lacking = (1229 * 1.02**2 - 1229 * 0.9) / 1.229e-4
    assert grown.question().needs["kwh"][0] == pytest.approx(lacking)


def test_a_target_that_savings_cannot_close_is_refused(group):
    ask = Ask(first_year=2026, n_years=2, target_tco2e_a=0, budget_cny_a=1, target="nowhere")
    with pytest.raises(InputError, match="there is no target 'nowhere'"):
        ask.question()


@pytest.fixture
def built(group, tmp_path):
    scopes = {name: scope(name) for name in ROLES}
    demo.build(scopes=scopes, nodes={"group": group}, folder=tmp_path)


def asked(**values):
    return Asked(ANN, period("2024"), NOW, values)


def test_the_demo_has_every_state_and_a_portfolio_that_cannot_be_met(built):
    states = Counter(Action.objects.values_list("state", flat=True))
    assert {"proposed", "assessed", "approved", "running", "verified", "rejected"} <= set(states)
    assert Counter(Portfolio.objects.values_list("state", flat=True)) == {
        "approved": 1,
        "proposed": 1,
        "draft": 1,
    }
    assert Portfolio.objects.get(state="draft").shortfall_tco2e > 0


def test_the_pages_tell_what_the_records_hold(built):
    shown = realised(asked())
    saved = Outcome.objects.filter(state="verified").aggregate(n=Sum("realised_kwh"))["n"]
    assert shown["figures"][0][1] == f"{saved / 1000:,.0f}"
    steps = curve(asked(carbon="90"))
    assert len(steps["rows"]) == len(steps["chart"].widths) > 5
    found = portfolio(asked())
    assert found["rows"]
    assert found["beside"] is None
    assert portfolio(asked(target="1000"))["is_met"]
    changed = portfolio(asked(budget="0"))
    assert not changed["is_met"]
    assert "are lacking" in changed["lacking"][0]
    assert float(changed["years"][0]["spend"]) > 0, "what is decided is paid"
    assert changed["changed"]["dropped"]


@pytest.mark.parametrize("written", ["-1", "many", "nan", "1e30"])
def test_what_is_no_number_is_refused(built, written):
    with pytest.raises(InputError, match="is no number from 0 to"):
        portfolio(asked(budget=written))


def test_pages_without_records_say_so(group):
    assert portfolio(asked()) == {"portfolios": []}
    assert curve(asked())["chart"] is None
    assert realised(asked()) == {"rows": []}
