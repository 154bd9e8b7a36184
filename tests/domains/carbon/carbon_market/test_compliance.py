"""A compliance year: nothing leaves that is not held, and no rule is guessed."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.domains.carbon.carbon_market import demo
from commonweal.domains.carbon.carbon_market.holding import ALLOWANCE, CREDIT, Asset, held
from commonweal.domains.carbon.carbon_market.markets import UnknownRuleError
from commonweal.domains.carbon.carbon_market.models import Obligation, Trade
from commonweal.domains.carbon.carbon_market.position import costed, positions
from commonweal.domains.carbon.carbon_market.rules import surrendered_t
from commonweal.errors import StateError
from commonweal.kernel.ledger.verify import ledger_verify
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.reminders import reminders_due
from commonweal.kernel.programmes.services import Context, records_act
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from tests.domains.carbon.carbon_market.conftest import NOW

BEIJING = Asset(2024, ALLOWANCE, "beijing")
CCER = Asset(2023, CREDIT)


def test_a_year_from_allocation_to_the_closed_books(market):
    due = market.due()
    market.allocate(due, 900)
    market.trade(60, 96)
    market.trade(50, 70, kind="credit", vintage=2023)
    due = market.verified(due, 1000)
    market.surrender(due, 50, kind="credit", vintage=2023)
    market.surrender(due, 950)
    due = market.act(due, "complete", "programme_manager")
    assert (due.surrendered_t, due.completed_date, due.is_in_time) == (
        1000,
        date(2025, 8, 20),
        True,
    )
    assert market.act(due, "close", "reviewer").state == "closed"
    assert held("group", BEIJING) == 10  # carried over: Beijing lets allowances stay valid
    assert ledger_verify().holds


def test_what_was_surrendered_late_was_not_in_time(market):
    due = market.due(verified_t=None, due_date="2025-08-19")
    market.allocate(due, 100)
    due = market.verified(due, 100)
    market.surrender(due, 100)
    assert market.act(due, "complete", "programme_manager").is_in_time is False


def test_no_more_is_surrendered_than_is_held(market):
    due = market.due()
    market.allocate(due, 99)
    due = market.verified(due, 100)
    with pytest.raises(RefusedError, match="fewer than 100 t of it are held"):
        market.surrender(due, 100)
    assert held("group", BEIJING) == 99


def test_no_more_is_sold_than_is_held(market):
    market.trade(10)
    with pytest.raises(RefusedError, match="fewer than 11 t of it are held"):
        market.trade(11, side="sell")
    assert market.trade(10, side="sell").state == "settled"
    assert held("group", BEIJING) == 0


def test_credits_up_to_the_cap_are_taken_and_one_more_is_refused(market):
    due = market.due(verified_t=1000)  # 5 % of emissions: 50 t
    market.trade(60, 70, kind="credit", vintage=2023)
    market.surrender(due, 30, kind="credit", vintage=2023)
    with pytest.raises(
        RefusedError, match="21 t of credits: beijing takes at most 50 t for 2024, 30 t are used"
    ):
        market.surrender(due, 21, kind="credit", vintage=2023)
    assert market.surrender(due, 20, kind="credit", vintage=2023).state == "surrendered"


def test_shenzhen_caps_credits_by_the_shortage(market):
    due = market.due("shenzhen")
    market.allocate(due, 900)
    market.trade(60, 70, kind="credit", vintage=2023, market="shenzhen")
    due = market.verified(due, 1000)  # 100 t short: 20 t of credits
    with pytest.raises(RefusedError, match="at most 20 t for 2024"):
        market.surrender(due, 21, kind="credit", vintage=2023)
    assert market.surrender(due, 20, kind="credit", vintage=2023).state == "surrendered"


def test_a_market_whose_cap_is_not_known_takes_no_credits_without_saying_so(market):
    due = market.due("shanghai", verified_t=1000)
    market.trade(10, 70, kind="credit", vintage=2023, market="shanghai")
    with pytest.raises(UnknownRuleError, match="credit_cap_share of market shanghai for 2024"):
        market.surrender(due, 10, kind="credit", vintage=2023)


def test_allowances_of_a_later_year_do_not_count(market):
    due = market.due(verified_t=100)
    market.trade(100, vintage=2025)
    with pytest.raises(RefusedError, match="allowances of 2025 do not count for this year"):
        market.surrender(due, 100, vintage=2025)


def test_the_national_market_once_let_the_next_year_be_drawn_on(market):
    due = market.due("national", 2022, verified_t=100, due_date="2023-12-31")
    market.trade(100, vintage=2023, market="national")
    assert market.surrender(due, 100, vintage=2023).state == "surrendered"


def test_no_more_is_surrendered_than_is_due(market):
    due = market.due(verified_t=100)
    market.trade(200)
    with pytest.raises(RefusedError, match="that is more than is still due"):
        market.surrender(due, 101)


@pytest.mark.parametrize(
    ("kind", "vintage", "amounts", "said"),
    [("credit", 2023, (30, 21), "at most 50 t"), ("allowance", 2024, (900, 101), "still due")],
)
def test_what_is_surrendered_in_one_call_is_looked_at_together(
    market, kind, vintage, amounts, said
):
    due = market.due(verified_t=1000)
    market.trade(2000, kind=kind, vintage=vintage)
    made = [
        market.open("surrender", obligation=due, kind=kind, vintage=vintage, amount_t=amount)
        for amount in amounts
    ]
    for each in made:
        market.act(each, "propose", "data_owner")
    on = {"surrendered_date": date(2025, 8, 20)}
    context = Context(market.scopes["programme_manager"], NOW, "", on)
    with pytest.raises(RefusedError, match=said):
        records_act(type_of(made[0]), [each.pk for each in made], "surrender", context=context)
    assert surrendered_t(due) == 0


def test_nothing_leaves_before_it_came(market):
    due = market.due(verified_t=100)
    market.trade(100, on="2025-08-25")
    with pytest.raises(RefusedError, match="fewer than 100 t"):
        market.surrender(due, 100, on="2025-08-24")
    with pytest.raises(RefusedError, match="fewer than 1 t"):
        market.trade(1, side="sell", on="2025-08-24")
    assert market.surrender(due, 100, on="2025-08-25").state == "surrendered"


def test_what_left_later_cannot_leave_before_again(market):
    due = market.due(verified_t=100)
    market.trade(100, on="2025-08-20")
    market.trade(60, side="sell", on="2025-08-22")
    market.trade(60, on="2025-08-24")
    with pytest.raises(RefusedError, match="fewer than 41 t"):
        market.surrender(due, 41, on="2025-08-21")
    assert market.surrender(due, 40, on="2025-08-21").state == "surrendered"


def test_what_is_bought_the_next_day_is_not_held_yet(market):
    market.due(verified_t=100)
    market.trade(100, on="2025-08-25")
    for day, tonnes in ((date(2025, 8, 24), []), (date(2025, 8, 25), [100])):
        found = costed(node="group", market="beijing", day=day)
        assert [each.cost.tonnes for each in found] == tonnes


def test_a_year_is_not_complete_before_all_of_it_is_surrendered(market):
    due = market.due(verified_t=100)
    market.trade(100)
    market.surrender(due, 99)
    with pytest.raises(RefusedError, match="less was surrendered than the 100 t"):
        market.act(due, "complete", "programme_manager")


@pytest.mark.parametrize("action", ["trade", "surrender"])
def test_no_day_is_recorded_before_it_has_come(market, action):
    due = market.due(verified_t=100)
    do = {
        "trade": lambda: market.trade(100, on="2025-09-02"),
        "surrender": lambda: market.surrender(due, 100, on="2025-09-02"),
    }
    with pytest.raises(RefusedError, match="that day is still to come"):
        do[action]()


def test_who_approves_a_trade_does_not_settle_it_and_nobody_trades_alone(market):
    made = market.open(
        "trade", market="beijing", kind="allowance", vintage=2024, side="buy", amount_t=5
    )
    market.act(made, "propose", "data_owner")
    with pytest.raises(RefusedError, match="somebody who had no hand in the record"):
        market.act(made, "approve", "data_owner")
    market.act(made, "approve", "reviewer")
    with pytest.raises(RefusedError, match="somebody who had no hand in the record"):
        market.act(made, "settle", "reviewer", price_cny=1, trade_date="2024-09-20")


def test_a_deadline_follows_from_the_rule_or_is_asked_for(market):
    by_rule = market.open("obligation", market="shenzhen", year=2024)
    assert by_rule.due_date == date(2025, 8, 31)
    unknown = market.open("obligation", market="beijing", year=2024)
    assert unknown.due_date is None
    with pytest.raises(ValuesError, match="due_date"):
        market.act(unknown, "report", "data_owner", reported_t=100)
    reported = market.act(unknown, "report", "data_owner", reported_t=100, due_date="2025-10-31")
    assert reported.state == "reported"


def test_allowances_lapse_where_nothing_is_carried_over_and_an_unknown_rule_stops_the_close(
    market, monkeypatch
):
    due = market.due("hubei")
    market.allocate(due, 110)
    due = market.verified(due, 100)
    market.surrender(due, 100)
    due = market.act(due, "complete", "programme_manager")
    with pytest.raises(StateError, match="carry_over of market hubei for 2024 is not known"):
        market.act(due, "close", "reviewer")


def test_what_lapses_leaves_the_holding(market, settings, rules_file):
    rules_file("hubei", "carry_over", '"none"')
    due = market.due("hubei")
    market.allocate(due, 110)
    due = market.verified(due, 100)
    market.surrender(due, 100)
    due = market.act(due, "complete", "programme_manager")
    market.act(due, "close", "reviewer")
    assert held("group", Asset(2024, ALLOWANCE, "hubei")) == 0
    assert ledger_verify().holds


def test_an_auction_has_a_price_and_what_is_free_has_none(market):
    due = market.due()
    with pytest.raises(ValuesError, match="what is free has no price"):
        market.allocate(due, 10, price_cny=5)
    assert market.allocate(due, 10, kind="auction", price_cny=103).state == "issued"


def test_nothing_is_due_before_its_year(market):
    with pytest.raises(ValuesError, match="nothing is due before its year"):
        market.due(due_date="2023-12-31")


def test_the_owner_is_reminded_a_month_before_the_deadline(market, django_user_model):
    user = django_user_model.objects.create(username="lin")
    due = market.due(due_date="2025-09-20")
    Obligation.objects.filter(pk=due.pk).update(owner=user)
    assert [(each.record.code, each.stage) for each in reminders_due(now=NOW)] == [
        (due.code, "soon")
    ]


def test_the_demo_closes_one_year_and_leaves_the_next_short(group, scopes, tmp_path):
    demo.build(scopes=scopes, nodes={"group": group}, folder=tmp_path)
    states = Obligation.objects.order_by("market", "year").values_list("market", "year", "state")
    assert list(states) == [
        ("beijing", 2023, "closed"),
        ("beijing", 2024, "reported"),
        ("shenzhen", 2023, "closed"),
        ("shenzhen", 2024, "reported"),
    ]
    assert set(Obligation.objects.filter(year=2023).values_list("is_in_time", flat=True)) == {True}
    assert Trade.objects.filter(state="proposed").count() == 1
    found = positions(scope=scopes["reviewer"], day=date(2024, 12, 31), year=2024)
    assert {each.obligation.market: each.short_t for each in found if each.obligation.year == 2024}
    short = [each.short_t for each in found if each.obligation.year == 2024]
    assert min(short) > 0
    assert ledger_verify().holds


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.sampled_from("bsu"), st.integers(1, 30)), max_size=8))
def test_tonnes_are_never_made_or_lost_whatever_is_done(market, steps):
    due = market.due(year=2024, verified_t=10_000)
    there = before = held("group", BEIJING)
    for what, tonnes in steps:
        try:
            if what == "u":
                market.surrender(due, tonnes)
            else:
                market.trade(tonnes, side="buy" if what == "b" else "sell")
        except RefusedError:
            assert what != "b"
            assert tonnes > there
        else:
            there += tonnes if what == "b" else -tonnes
        assert held("group", BEIJING) == there >= 0
    assert before >= 0
