"""Choosing actions: small cases by every possibility, laws, and what cannot be met."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.portfolio import (
    NEVER,
    OPEN,
    Overlap,
    Question,
    chance,
    choose,
    curve,
    greedy,
    options,
    result,
)
from commonweal.errors import InputError

EXACT = {"gap_share": 0.0, "limit_s": 30.0}
amount = st.integers(1, 50).map(float)


@st.composite
def cases(draw):
    """A few options over three years, with groups, requirements and overlaps."""
    n = draw(st.integers(1, 4))
    column = st.lists(amount, min_size=n, max_size=n).map(np.array)
    share = st.sampled_from([0.0, 0.25, 0.5])
    pairs = [(i, j) for i in range(n) for j in range(i)]
    few = st.lists(st.sampled_from(pairs), unique=True, max_size=2) if pairs else st.just([])
    given_options = options(
        draw(column),
        {"tco2e": draw(column), "cny": draw(column) / 10},
        opex_cny_a=draw(column) / 20,
        life_years=np.array(draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))),
        first_share=np.full(n, draw(st.sampled_from([0.5, 1.0]))),
        fade_share=np.full(n, draw(st.sampled_from([0.0, 0.1]))),
        exclusive=np.array(draw(st.lists(st.sampled_from([-1, -1, 0]), min_size=n, max_size=n))),
        requires=tuple(draw(few)),
        overlaps=tuple(Overlap(i, j, draw(share)) for i, j in draw(few)),
    )
    question = Question(
        3,
        needs={
            "tco2e": np.array(draw(st.lists(st.integers(0, 60), min_size=3, max_size=3)), float)
        },
        budget_cny=np.array(draw(st.lists(st.integers(5, 90), min_size=3, max_size=3)), float),
        worth_cny={"cny": np.ones(3), "tco2e": np.full(3, draw(st.sampled_from([0.0, 0.3])))},
    )
    return given_options, question


def is_allowed(given_options, question, start):
    if (result(given_options, question, start).spend_cny > question.budget_cny + 1e-6).any():
        return False
    done = [i for i in range(given_options.n) if start[i] != NEVER]
    groups = [given_options.exclusive[i] for i in done if given_options.exclusive[i] >= 0]
    if len(groups) != len(set(groups)):
        return False
    return all(start[r] <= start[i] for i, r in given_options.requires if i in done)


def every_choice(given_options, question):
    for start in product([0, 1, 2, NEVER], repeat=given_options.n):
        if is_allowed(given_options, question, np.array(start)):
            yield result(given_options, question, np.array(start))


def lacking(found, question):
    need = np.maximum(question.needs["tco2e"], 1)
    return float((found.shortfall["tco2e"] / need).sum())


@given(cases())
@settings(max_examples=40, deadline=None)
def test_no_choice_among_all_of_them_lacks_less_or_costs_less(case):
    plan = choose(*case, **EXACT)
    every = list(every_choice(*case))
    least = min(lacking(each, case[1]) for each in every)
    assert lacking(plan.result, case[1]) == pytest.approx(least, abs=1e-4)
    cheapest = min(each.cost_cny for each in every if lacking(each, case[1]) <= least + 1e-4)
    assert plan.result.cost_cny == pytest.approx(cheapest, abs=1e-3)
    assert plan.bound_cny == pytest.approx(plan.result.cost_cny, abs=1e-3)
    assert is_allowed(*case, plan.result.start)


@given(cases(), st.integers(0, 40), st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_more_budget_never_costs_more_and_never_lacks_more(case, more, year):
    given_options, question = case
    richer = question.budget_cny.copy()
    richer[year] += more
    wider = Question(3, needs=question.needs, budget_cny=richer, worth_cny=question.worth_cny)
    before, after = choose(given_options, question, **EXACT), choose(given_options, wider, **EXACT)
    assert lacking(after.result, wider) <= lacking(before.result, question) + 1e-4
    if before.result.is_met:
        assert after.result.cost_cny <= before.result.cost_cny + 1e-3


@given(cases())
@settings(max_examples=25, deadline=None)
def test_the_order_of_options_changes_neither_cost_nor_savings(case):
    given_options, question = case
    order = np.arange(given_options.n)[::-1]
    place = {int(old): new for new, old in enumerate(order)}
    turned = options(
        given_options.capex_cny[order],
        {name: column[order] for name, column in given_options.saves.items()},
        **{
            name: getattr(given_options, name)[order]
            for name in ("opex_cny_a", "life_years", "first_share", "fade_share", "exclusive")
        },
        requires=tuple((place[i], place[j]) for i, j in given_options.requires),
        overlaps=tuple(Overlap(place[i], place[j], s) for i, j, s in given_options.overlaps),
    )
    one, other = choose(given_options, question, **EXACT), choose(turned, question, **EXACT)
    assert one.result.cost_cny == pytest.approx(other.result.cost_cny, abs=1e-3)
    assert lacking(one.result, question) == pytest.approx(lacking(other.result, question), abs=1e-4)


@given(cases())
@settings(max_examples=30, deadline=None)
def test_the_steps_of_the_curve_add_up_to_what_they_choose(case):
    given_options, _ = case
    steps = curve(given_options, rate_share=0.05, worth_cny={"cny": 1.0})
    done = {step.option for step in steps} - {step.instead_of for step in steps}
    start = np.where(np.isin(np.arange(given_options.n), list(done)), 0, NEVER)
    lost = np.zeros(given_options.n)
    for option, under, share in given_options.overlaps:
        lost[option] += share * (under in done)
    left = (start == 0) * (1 - lost)
    charge = given_options.annuity_cny(0.05) * (start == 0)
    assert sum(s.abated_a for s in steps) == pytest.approx(given_options.saves["tco2e"] @ left)
    cost = float(charge.sum() - given_options.saves["cny"] @ left)
    assert sum(s.cost_per_unit * s.abated_a for s in steps) == pytest.approx(cost)
    assert all(step.abated_a > 0 for step in steps)


def two(**columns):
    return options(np.array([100.0, 100.0]), {"tco2e": np.array([10.0, 20.0])}, **columns)


def test_the_cheaper_of_two_is_chosen_in_the_year_that_needs_it():
    question = Question(3, needs={"tco2e": np.array([0.0, 0.0, 15.0])})
    found = choose(two(), question).result
    assert found.start.tolist() == [NEVER, 2]
    assert found.spend_cny.tolist() == [0.0, 0.0, 100.0]
    assert found.saved["tco2e"].tolist() == [0.0, 0.0, 20.0]


def test_what_runs_already_and_what_must_not_be_is_kept():
    given_options = two(fixed=np.array([-2, NEVER]))
    plan = choose(given_options, Question(2, needs={"tco2e": np.array([5.0, 25.0])}))
    assert plan.result.start.tolist() == [-2, NEVER]
    assert plan.result.shortfall["tco2e"].tolist() == [0.0, pytest.approx(15.0, abs=1e-3)]
    assert plan.result.spend_cny.tolist() == [0.0, 0.0]
    assert plan.gap_share == pytest.approx(0, abs=1e-6)


def test_an_overlap_takes_off_what_the_other_left_no_more():
    given_options = two(overlaps=(Overlap(1, 0, 0.1),))
    found = result(given_options, Question(1), np.array([0, 0]))
    assert found.saved["tco2e"].tolist() == [28.0]
    assert result(given_options, Question(1), np.array([NEVER, 0])).saved["tco2e"].tolist() == [
        20.0
    ]


def test_crews_and_numbers_of_starts_are_kept():
    given_options = two(crews={"power": np.array([1.0, 1.0])})
    worth = {"tco2e": np.full(3, 50.0)}
    free = choose(given_options, Question(3, worth_cny=worth)).result
    assert free.start.tolist() == [0, 0]
    one = choose(given_options, Question(3, worth_cny=worth, crews={"power": np.ones(3)})).result
    assert one.start.tolist() == [1, 0]
    slow = choose(
        given_options, Question(3, worth_cny=worth, most_starts=np.array([0, 1, 1]))
    ).result
    assert slow.start.tolist() == [2, 1]
    forced = choose(given_options, Question(3, least_starts=np.array([0, 0, 2]))).result
    assert forced.start.tolist() == [2, 2]


def test_a_price_tells_what_one_more_unit_costs():
    given_options = options(
        np.array([100.0]), {"tco2e": np.array([10.0])}, life_years=np.array([1])
    )
    question = Question(1, needs={"tco2e": np.array([4.0])}, rate_share=0.0)
    assert choose(given_options, question).need_price_cny["tco2e"].tolist() == pytest.approx([10.0])


def test_what_no_choice_can_keep_is_refused():
    question = Question(1, budget_cny=np.array([50.0]))
    with pytest.raises(InputError, match="breaks a budget, a crew, an exclusion or a requirement"):
        choose(two(fixed=np.array([0, OPEN])), question)


def test_columns_of_different_lengths_and_shares_beyond_one_are_refused():
    with pytest.raises(InputError, match=r"opex_cny_a has the shape \(1,\), not \(2,\)"):
        two(opex_cny_a=np.zeros(1))
    with pytest.raises(InputError, match="works_share holds a share outside of 0 to 1"):
        two(works_share=np.array([1.2, 1.0]))
    with pytest.raises(InputError, match="overlaps take more from an option than it saves"):
        two(overlaps=(Overlap(0, 1, 0.6), Overlap(0, 1, 0.6)))
    with pytest.raises(InputError, match=r"tco2e has the shape \(2,\), not \(3,\)"):
        Question(3, needs={"tco2e": np.zeros(2)})
    with pytest.raises(InputError, match="a life of 0 years"):
        two(life_years=np.array([0, 1]))


def test_draws_and_the_normal_curve_tell_the_same_chance():
    n = 40
    given_options = options(
        np.ones(n),
        {"tco2e": np.full(n, 10.0)},
        sd_share=np.full(n, 0.3),
        works_share=np.full(n, 0.9),
    )
    question = Question(2, needs={"tco2e": np.array([330.0, 360.0])})
    found = chance(
        given_options, question, np.zeros(n, int), rng=np.random.default_rng(1), n_draws=20_000
    )
    assert found.by_year["tco2e"] == pytest.approx(found.drawn["tco2e"], abs=0.02)
    assert found.by_year["tco2e"][1] == pytest.approx(0.5, abs=1e-6)
    assert found.every_year <= found.drawn["tco2e"].min()


def test_what_is_certain_has_the_chance_of_one_or_none():
    question = Question(2, needs={"tco2e": np.array([30.0, 31.0])})
    found = chance(two(), question, np.zeros(2, int), rng=np.random.default_rng(0))
    assert found.by_year["tco2e"].tolist() == [1.0, 0.0]
    assert (found.drawn["tco2e"].tolist(), found.every_year) == ([1.0, 0.0], 0.0)
    with pytest.raises(InputError, match=r"a common part of 2: between 0 and 1"):
        chance(two(), question, np.zeros(2, int), rng=np.random.default_rng(0), common_share=2)


def test_an_exclusive_pair_stands_in_the_curve_as_an_exchange():
    given_options = options(
        np.array([100.0, 300.0, 290.0]),
        {"tco2e": np.array([10.0, 20.0, 11.0])},
        life_years=np.array([1, 1, 1]),
        exclusive=np.array([0, 0, 0]),
    )
    steps = curve(given_options, rate_share=0.0, worth_cny={})
    assert [(s.option, s.instead_of, s.cost_per_unit) for s in steps] == [
        (0, -1, 10.0),
        (1, 0, 20.0),
    ]


def test_what_pays_for_itself_stands_first_by_its_gain():
    given_options = options(
        np.array([10.0, 10.0, 10.0]),
        {"tco2e": np.array([1.0, 100.0, 5.0]), "cny": np.array([20.0, 60.0, 0.0])},
        life_years=np.array([1, 1, 1]),
    )
    steps = curve(given_options, rate_share=0.0, worth_cny={"cny": 1.0})
    assert [s.option for s in steps] == [1, 0, 2]


@given(cases())
@settings(max_examples=25, deadline=None)
def test_a_spreadsheet_keeps_the_rules_and_is_never_cheaper(case):
    found, plan = greedy(*case), choose(*case, **EXACT)
    assert is_allowed(*case, found.start)
    assert lacking(plan.result, case[1]) <= lacking(found, case[1]) + 1e-4
    if found.is_met:
        assert plan.result.cost_cny <= found.cost_cny + 1e-3
