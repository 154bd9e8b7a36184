"""Position, forecast and plan of a node, from its records and facts."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from commonweal.cli.market import app
from commonweal.domains.carbon.carbon_market import demo
from commonweal.domains.carbon.carbon_market.forecast import expected
from commonweal.domains.carbon.carbon_market.planning import Views, market_plan
from commonweal.domains.carbon.carbon_market.position import costed, positions
from commonweal.errors import InputError
from commonweal.kernel.facts.services import facts_record
from tests.kernel.facts.conftest import batch, row

DAY = date(2025, 8, 31)
VIEWS = Views(prices_cny={"beijing": 95.0}, credit_price_cny=70.0)


def here(market, **asked):
    return positions(scope=market.scopes["reviewer"], **({"day": DAY, "year": 2024} | asked))


def test_what_is_short_is_due_less_what_counts(market):
    due = market.due()
    market.allocate(due, 900)
    market.trade(60, 70, kind="credit", vintage=2023)
    market.verified(due, 1000)
    found = here(market)[0]
    assert (found.due_t, found.allowances_t, found.credits_t) == (1000, 900, 60)
    assert (found.credits_left_t, found.short_t) == (50, 50)  # ten credits are beyond the cap
    assert found.n_days_left == 61


def test_an_older_year_is_served_first_and_leaves_the_rest(market):
    older = market.due(year=2023, due_date="2025-10-31")
    market.allocate(older, 120, issued="2024-01-10")
    newer = market.due()
    market.allocate(newer, 150)
    market.verified(older, 100)
    market.verified(newer, 160)
    first, second = here(market)
    assert (first.allowances_t, first.short_t) == (100, 0)
    assert (second.allowances_t, second.short_t) == (170, -10)


def test_credits_are_not_counted_in_two_markets(market):
    for name in ("beijing", "national"):
        market.due(name, due_date="2025-10-31", verified_t=1000)
    market.trade(60, 70, kind="credit", vintage=2023)
    assert sum(each.credits_t for each in here(market)) == 60


def test_a_position_is_as_of_its_day(market):
    due = market.due()
    market.allocate(due, 900, issued="2024-07-15")
    market.trade(50, on="2024-09-20")
    market.verified(due, 1000)
    on = {day: here(market, day=day)[0].allowances_t for day in (date(2024, 8, 1), DAY)}
    assert on == {date(2024, 8, 1): 900, DAY: 950}
    assert here(market, day=date(2024, 1, 1))[0].allowances_t == 0


def test_what_somebody_may_not_read_is_not_in_their_position(market):
    market.due(verified_t=100)
    assert positions(scope=market.scopes["reviewer"], day=DAY, year=2024, node="elsewhere") == []
    assert positions(scope=market.scopes["reviewer"], day=DAY, year=2024, market="hubei") == []
    assert positions(scope=market.scopes["reviewer"], day=DAY, year=2023) == []


def test_cost_and_worth_of_a_holding(market):
    market.trade(100, 90, fee_cny=50, on="2024-08-01")
    market.trade(100, 110, fee_cny=50, on="2024-09-01")
    market.trade(50, 120, side="sell", on="2024-10-01")
    terms = {"node": "group", "market": "beijing", "day": DAY}
    prices = {"prices_cny": {"allowance": Decimal(95)}}
    average = costed(**terms, **prices)[0]
    assert (average.cost.tonnes, average.cost.left_cny) == (150, Decimal("15075.00"))
    assert (average.value_cny, average.gain_cny) == (Decimal(14250), Decimal("-825.00"))
    fifo = costed(**terms, method="fifo")[0]
    assert fifo.cost.left_cny == Decimal("15575.00")  # half of the first lot went
    assert fifo.value_cny is None


def measured(months):
    """Record emissions by month, as ``2024-01``."""
    what = {"indicator": "ghg_total_location", "unit": "tco2e", "decimals": 2}
    rows = [row(str(tonnes), when=when, **what) for when, tonnes in months.items()]
    facts_record(batch(*rows), actor="test", now=datetime(2025, 1, 10, tzinfo=UTC))


def test_the_forecast_takes_the_months_that_ended_and_the_covered_share(market):
    last_year = {f"2023-{each:02}": 100 for each in range(1, 13)}
    measured(last_year | {f"2024-{each:02}": 110 for each in range(1, 7)})
    due = market.due(covered_share="0.5")
    found = expected(due, day=date(2024, 6, 30))
    assert (found.source, found.n_months) == ("forecast", 6)
    assert found.mean_t == pytest.approx(660)  # ten per cent more than the year before
    assert found.sd_t == pytest.approx(0.02 * 660, rel=1e-3)  # a verifier may still change it
    assert expected(due, day=date(2024, 6, 29)).n_months == 5


def test_too_few_months_or_a_gap_are_no_forecast(market):
    measured({f"2023-{each:02}": 100 for each in (*range(1, 9), 10, 11, 12)} | {"2024-01": 110})
    due = market.due()
    assert expected(due, day=date(2024, 1, 31)) is None
    assert expected(due, day=date(2023, 6, 30)) is None


def test_a_year_with_a_gap_is_not_told_as_the_sum_of_its_last_months(market):
    measured({f"2024-{each:02}": 100 for each in range(1, 13) if each != 9})
    assert expected(market.due(), day=date(2024, 12, 31)) is None


def test_a_complete_year_is_its_sum_with_what_a_verifier_may_change(market):
    measured({f"2024-{each:02}": 100 for each in range(1, 13)})
    found = expected(market.due(), day=date(2024, 12, 31))
    assert (found.mean_t, found.sd_t, found.n_months) == (1200, pytest.approx(24), 12)


def test_part_of_a_tonne_is_owed_as_a_whole_one(market):
    measured({f"2024-{each:02}": "100.01" for each in range(1, 13)})
    market.due()
    assert here(market, day=date(2024, 12, 31))[0].due_t == 1201


def test_the_plan_buys_credits_up_to_the_cap_where_they_are_cheap(market):
    due = market.due()
    market.allocate(due, 900)
    market.verified(due, 1000)
    found = market_plan(
        scope=market.scopes["reviewer"], day=DAY, year=2024, views=VIEWS, risk_weight=1.0
    )
    ((_position, allowances, credits_),) = found.purchases
    assert credits_ == 50
    assert allowances == 50  # emissions are certain: covered now, no price can hurt
    assert found.plan.mean_cny == pytest.approx(50 * 95 + 50 * 70, rel=1e-4)
    assert found.foresight_cny <= found.plan.mean_cny


def test_the_plan_does_not_buy_credits_beyond_what_is_left_of_the_cap(market):
    due = market.due(verified_t=1000)
    market.trade(30, 70, kind="credit", vintage=2023)
    market.surrender(due, 30, kind="credit", vintage=2023)
    found = market_plan(
        scope=market.scopes["reviewer"], day=DAY, year=2024, views=VIEWS, risk_weight=1.0
    )
    assert [each[1:] for each in found.purchases] == [(950, 20)]


def test_a_plan_without_a_price_of_credits_asks_for_no_cap(market):
    market.due("shanghai", verified_t=100)
    views = Views(prices_cny={"shanghai": 50.0})
    found = market_plan(scope=market.scopes["reviewer"], day=DAY, year=2024, views=views)
    assert [each[2] for each in found.purchases] == [0]


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"views": Views(prices_cny={})}, "no price of beijing allowances was given"),
        ({"markets": ["hubei"]}, "no obligation up to 2024 is open"),
        ({"year": 2023}, "no obligation up to 2023 is open"),
    ],
)
def test_a_plan_says_what_it_lacks(market, terms, sentence):
    market.due(verified_t=100)
    asked = {"day": DAY, "year": 2024, "views": VIEWS} | terms
    with pytest.raises(InputError, match=sentence):
        market_plan(scope=market.scopes["reviewer"], **asked)


def test_a_plan_does_not_guess_emissions(market):
    market.due()
    with pytest.raises(InputError, match="nothing is known of the emissions of group in 2024"):
        market_plan(scope=market.scopes["reviewer"], day=DAY, year=2024, views=VIEWS)


def run(*arguments, code=0):
    done = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


@pytest.fixture
def built(group, scopes, tmp_path):
    demo.build(scopes=scopes, nodes={"group": group}, folder=tmp_path)


YEAR = ("--year", 2024, "--at", "2024-12-31")


def test_position_and_plan_at_the_command_line(built):
    told = run("position", *YEAR, "--market", "beijing", "--price", "beijing=95.6", "--json")
    (due,) = told["positions"]
    assert (due["due_t"], due["short_t"], due["n_days_left"]) == (62900, 2134, 304)
    assert [row["tonnes"] for row in told["holdings"]] == [100, 1666, 59000]
    assert "2,134" in run("position", *YEAR)
    views = ("--price", "beijing=95.6", "--credit-price", "80", "--emissions-sd", "0.05")
    asked = ("plan", *YEAR, "--market", "beijing", *views, "--scenarios", "500")
    first, second = (run(*asked, "--json") for _ in range(2))
    assert first == second
    assert first["cvar_cny"] >= first["mean_cny"] >= first["foresight_cny"]
    assert first["gap_share"] <= 1e-6
    assert first["buy"][0]["credits_t"] > 0
    assert "500 scenarios" in run(*asked)
    assert "not known" in run("rules", "--market", "beijing", "--year", 2024)
    assert run("rules", "--market", "beijing", "--year", 2024, "--json")["rules"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("position", "--year", 2024, "--at", "soon"), 3, "'soon' is no day"),
        (("position", "--year", 2024, "--price", "beijing"), 3, "'beijing' is no price"),
        (("position", "--year", 2024, "--price", "mars=3"), 3, "no market 'mars'"),
        (("rules", "--market", "mars", "--year", 2024), 3, "no market 'mars'"),
        (("plan", "--year", 2024), 3, "no obligation up to 2024 is open"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(db, arguments, code, sentence):
    assert sentence in run(*arguments, code=code)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.parametrize("page", ["position", "plan"])
def test_the_pages_show_the_demo_in_each_language(built, admin_client, page, language):
    address = f"/programmes/carbon_market/pages/{page}/"
    asked = {"period": "2024", "price_beijing": "95.6"}
    answer = admin_client.get(address, asked, headers={"accept-language": language})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "2,134" in html
    assert 'data-chart="chart-' in html
    assert {"en": "short 2,134", "zh-hant": "缺口 2,134", "zh-hans": "缺口 2,134"}[language] in html


def test_a_page_of_nothing_says_so(group, admin_client):
    for page, sentence in (("position", "No obligation is known"), ("plan", "No obligation is")):
        answer = admin_client.get(f"/programmes/carbon_market/pages/{page}/", {"period": "2024"})
        assert sentence in answer.content.decode()


def test_a_price_that_is_no_number_is_refused(built, admin_client):
    address = "/programmes/carbon_market/pages/plan/"
    answer = admin_client.get(address, {"period": "2024", "price_beijing": "dear"})
    assert answer.status_code in {404, 422}
    assert "is no number" in answer.content.decode()
