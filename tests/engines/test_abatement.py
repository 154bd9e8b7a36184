"""What a tonne costs, with discounting by hand, and the cheapest set beside an exact search."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.abatement import annuity_share, cheapest, yearly_cost_cny
from commonweal.errors import InputError

MEASURES = st.lists(st.tuples(st.integers(-500, 500), st.integers(1, 100)), min_size=1, max_size=8)


@given(st.floats(0.0, 0.3), st.integers(1, 40))
def test_annuities_pay_an_investment_back(rate, years):
    yearly = annuity_share(rate, years)
    assert sum(yearly / (1 + rate) ** year for year in range(1, years + 1)) == pytest.approx(1)


def test_the_yearly_cost_is_annuity_and_running_less_what_is_saved():
    cost = yearly_cost_cny(
        capex_cny=1000.0,
        opex_cny_a=10.0,
        saving_kwh_a=100.0,
        life_years=2,
        rate_share=0.1,
        price_cny_kwh=0.5,
    )
    assert cost == pytest.approx(1000 / (1 / 1.1 + 1 / 1.21) + 10 - 50)


@given(MEASURES, st.integers(0, 400))
def test_a_need_is_met_near_the_cheapest_way_and_never_below_its_bound(rows, need):
    costs, abated = zip(*rows, strict=True)
    found = cheapest(costs, abated, need)
    places = range(len(rows))
    sets = chain.from_iterable(combinations(places, n) for n in range(len(rows) + 1))
    met = [sum(costs[i] for i in each) for each in sets if sum(abated[i] for i in each) >= need]
    assert found.is_met == bool(met)
    assert found.abated_tco2e_a == sum(abated[i] for i in found.chosen)
    if met:
        assert found.bound_cny_a <= min(met) + 1e-9
        assert min(met) <= found.cost_cny_a
        dearest = max((cost for cost in costs if cost > 0), default=0)
        assert found.cost_cny_a <= found.bound_cny_a + dearest + 1e-9


@given(MEASURES)
def test_what_pays_for_itself_is_done_even_where_nothing_is_needed(rows):
    costs, abated = zip(*rows, strict=True)
    assert set(cheapest(costs, abated, 0).chosen) == {i for i, c in enumerate(costs) if c < 0}


def test_what_turned_out_unnecessary_is_left_out():
    found = cheapest([1.0, 30.0], [1.0, 20.0], 20)
    assert found.chosen == (1,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: annuity_share(0.05, 0), "a life of 0 years"),
        (lambda: annuity_share(-0.01, 5), "at least 0"),
        (lambda: cheapest([1.0], [0.0], 1), "abates nothing"),
    ],
)
def test_what_has_no_cost_per_tonne_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
