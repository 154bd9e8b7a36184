"""Points for good: published sums, parents before children, a fund that cannot be overdrawn."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from commonweal.domains.giving.points import demo
from commonweal.domains.giving.points.models import Cycle, Entitlement, Library
from commonweal.domains.giving.points.rules import FUND, PAID_OUT
from commonweal.kernel.ledger.services import FloorError, account_open_many, asset_create
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_change, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from tests.domains.giving.test_donations import scope

NOW = datetime(2024, 3, 1, 2, 0, tzinfo=UTC)
CYCLE = {"year": 2024, "begin_date": "2024-03-01", "budget_cny": 3000, "income_limit_cny": 8000}
PUPIL = {
    "pupil": "pupil 1",
    "school": "school 1",
    "is_rural": True,
    "income_cny": 5000,
    "amount_cny": 950,
}


@pytest.fixture
def scopes():
    names = ("data_owner", "reviewer", "second_reviewer", "programme_manager")
    return {name: scope(name) for name in names}


@pytest.fixture
def act(scopes):
    """A function that does one action after another, a second apart."""
    clock = {"now": NOW}

    def do(record, action, role, **values):
        clock["now"] += timedelta(seconds=1)
        return record_act(
            record, action, scope=scopes[role], now=clock["now"], values=values
        ).record

    return do


@pytest.fixture
def opened(group, scopes):
    def make(name, role, values):
        kind = record_type(f"points.{name}")
        return record_open(kind, node="group", values=values, scope=scopes[role], now=NOW)

    return make


@pytest.fixture
def cycle(opened):
    return opened("cycle", "programme_manager", CYCLE)


def approved(cycle, act):
    act(cycle, "propose", "programme_manager")
    act(cycle, "approve", "reviewer")
    return act(cycle, "approve", "second_reviewer")


def test_six_years_of_the_demo_give_the_published_sums(group, scopes, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "N_MEMBERS", 500)
    demo.build(scopes=scopes, nodes={"group": group}, folder=tmp_path)
    pupils, libraries = Entitlement.objects.filter(state="paid"), Library.objects.all()
    assert (pupils.count(), libraries.filter(state="built").count()) == (8562, 19)
    paid = sum(pupils.values_list("amount_cny", flat=True)) + sum(
        libraries.values_list("cost_cny", flat=True)
    )
    assert paid == Decimal(9_095_000)
    assert Cycle.objects.filter(state="approved").count() == 6


def test_no_pupil_is_entitled_before_the_cycle_is_approved(cycle, opened, act):
    pupil = opened("entitlement", "data_owner", PUPIL | {"cycle": cycle})
    act(cycle, "propose", "programme_manager")
    with pytest.raises(RefusedError, match=r"first its Cycle .* must be: approved"):
        act(pupil, "approve", "reviewer")
    approved_once = act(cycle, "approve", "reviewer")
    assert approved_once.state == "proposed"
    act(cycle, "approve", "second_reviewer")
    assert act(pupil, "approve", "reviewer").state == "approved"


def test_a_frozen_list_does_not_change(cycle, opened, act, scopes):
    pupil = opened("entitlement", "data_owner", PUPIL | {"cycle": cycle})
    act(cycle, "propose", "programme_manager")
    pupil.refresh_from_db()
    assert pupil.state == "listed"
    with pytest.raises(RefusedError, match="its fields do not change any more"):
        record_change(
            pupil,
            values={"amount_cny": 1000},
            version=pupil.version,
            scope=scopes["data_owner"],
            now=NOW,
        )


def test_who_comes_after_the_list_was_frozen_is_not_on_it(cycle, opened, act):
    cycle = approved(cycle, act)
    late = opened("entitlement", "data_owner", PUPIL | {"cycle": cycle})
    with pytest.raises(RefusedError, match="first its Cycle"):
        act(late, "list", "programme_manager")
    with pytest.raises(RefusedError, match="is proposed"):
        act(late, "approve", "reviewer")


def test_a_returned_list_opens_again(cycle, opened, act, scopes):
    pupil = opened("entitlement", "data_owner", PUPIL | {"cycle": cycle})
    act(cycle, "propose", "programme_manager")
    record_act(cycle, "return", scope=scopes["reviewer"], now=NOW, comment="one is missing")
    pupil.refresh_from_db()
    assert pupil.state == "proposed"


@pytest.mark.parametrize("amount_cny", [0, -1000000])
def test_nothing_and_less_is_no_scholarship(cycle, opened, amount_cny):
    values = {**PUPIL, "cycle": cycle, "amount_cny": amount_cny}
    with pytest.raises(ValuesError, match="more than nothing"):
        opened("entitlement", "data_owner", values)


def test_a_list_beyond_the_budget_is_not_put_forward(cycle, opened, act):
    for number in range(4):
        opened("entitlement", "data_owner", PUPIL | {"cycle": cycle, "pupil": f"p{number}"})
    with pytest.raises(RefusedError, match="more than the budget of 3000"):
        act(cycle, "propose", "programme_manager")


@pytest.mark.parametrize("change", [{"is_rural": False}, {"income_cny": 8001}])
def test_who_is_not_eligible_is_not_entitled(cycle, opened, act, change):
    pupil = opened("entitlement", "data_owner", PUPIL | {"cycle": cycle} | change)
    approved(cycle, act)
    with pytest.raises(RefusedError, match="must live in the country"):
        act(pupil, "approve", "reviewer")


def test_the_fund_pays_only_what_members_gave(cycle, opened, act, group):
    pupil = opened("entitlement", "data_owner", PUPIL | {"cycle": cycle})
    approved(cycle, act)
    act(pupil, "approve", "reviewer")
    terms = {"node": "group", "actor": "test", "now": NOW}
    asset_create(code="points", names=demo._NAMES, unit="points", **terms)
    account_open_many(codes=[FUND, PAID_OUT], asset="points", kind="fund", **terms)
    with pytest.raises(FloorError, match="points-fund"):
        act(pupil, "pay", "programme_manager", paid_date="2024-03-01")
    pupil.refresh_from_db()
    assert (pupil.state, pupil.paid_date) == ("approved", None)
