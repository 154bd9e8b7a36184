"""A target is met, on track, behind, or without data: never a matter of opinion."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError, StateError
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.kernel.records.selectors import record_history
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.path import bent_path, straight_path
from commonweal.kernel.targets.selectors import Status, base_check, target_get, target_status
from commonweal.kernel.targets.services import target_rebase, target_set
from commonweal.periods import period

START = datetime(2025, 3, 18, tzinfo=UTC)


def target(**changes):
    """Fifteen per cent less energy a unit of traffic from 2020 to 2025."""
    terms = {
        "code": "intensity",
        "indicator": "energy_per_traffic",
        "node": "group",
        "boundary": "operational",
        "base_period": "2020",
        "target_period": "2025",
        "change_share": Decimal("-0.15"),
        "source": "five-year plan",
    }
    return Target(**{**terms, **changes})


def record(values, *, now=START, node="group", indicator="energy_per_traffic", **changes):
    rows = [
        FactRow(
            indicator=indicator,
            node=node,
            boundary="operational",
            period=period(year),
            value=None if value is None else Decimal(value),
            **{"unit": "kgce/TB", "decimals": 2, "method": "calculated", **changes},
        )
        for year, value in values.items()
    ]
    batch = FactBatch(
        engine="test", version="1", parameters={}, inputs={}, rows=rows, reason="restated"
    )
    facts_record(batch, actor="ann", now=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "no_data"),
        ({"2020": "2.80"}, "no_data"),
        ({"2024": "2.02"}, "no_data"),  # nothing to compare it with
        ({"2020": "2.80", "2021": None}, "no_data"),
        ({"2020": "2.80", "2021": "2.716"}, "on_track"),  # exactly the path: 3 % less
        ({"2020": "2.80", "2021": "2.721"}, "on_track"),  # printed like the path
        ({"2020": "2.80", "2021": "2.7211"}, "behind"),
        ({"2020": "2.80", "2021": "2.80"}, "behind"),
        ({"2020": "2.80", "2024": "2.02"}, "met"),  # a year early
        ({"2020": "2.80", "2025": "2.385"}, "met"),
        ({"2020": "2.80", "2025": "2.3851"}, "behind"),
        ({"2020": "2.80", "2024": "2.02", "2025": "2.60"}, "behind"),  # it rose again
        ({"2020": "2.80", "2021": "2.70", "2026": "9"}, "on_track"),  # after the target: not asked
        ({"2020": "0", "2021": "0"}, "met"),
    ],
)
def test_the_newest_value_is_held_against_the_path(values, status):
    if values:
        record(values)

    assert target_status(target()).status == status


@pytest.mark.django_db
def test_a_target_may_ask_for_more():
    values = {"2020": "10", "2022": "10.4", "2023": "11"}
    record(values, indicator="information_traffic", unit="TB")
    more = target(indicator="information_traffic", change_share=Decimal("0.15"))

    assert target_status(more).status is Status.ON_TRACK
    assert target_status(more, as_of=START).path_value == Decimal("10.9")
    most = target(indicator="information_traffic", change_share=Decimal("0.2"))
    assert target_status(most).status is Status.BEHIND


@pytest.mark.django_db
def test_all_that_the_status_rests_on_is_given():
    record({"2020": "2.80", "2023": "2.30", "2024": "2.02"})
    found = target_status(target())

    assert (found.base_value, found.end_value) == (Decimal("2.8"), Decimal("2.38"))
    assert (found.actual, found.actual_year, found.path_value) == (
        Decimal("2.02"), 2024, Decimal("2.464"),
    )  # fmt: skip
    assert round(found.change_share, 4) == Decimal("-0.2786")
    assert (found.unit, found.decimals, len(found.fact_ids)) == ("kgce/TB", 2, 2)
    assert [milestone.year for milestone in found.path] == list(range(2020, 2026))


@pytest.mark.django_db
def test_a_published_base_value_stands_before_the_data():
    record({"2024": "2.02"})
    found = target_status(target(base_value=Decimal("2.8")))

    assert found.status is Status.MET
    assert len(found.fact_ids) == 1


@pytest.mark.django_db
def test_an_old_status_is_found_again_after_a_restatement():
    record({"2020": "2.80", "2021": "2.70"})
    record({"2021": "2.79"}, now=START + timedelta(days=9))

    assert target_status(target(), as_of=START).status is Status.ON_TRACK
    assert target_status(target()).status is Status.BEHIND


@pytest.mark.django_db
def test_an_earlier_year_is_judged_by_what_stood_until_then():
    record({"2020": "2.80", "2022": "2.60", "2024": "2.90"})
    assert target_status(target()).status is Status.BEHIND
    found = target_status(target(), year=2022)
    assert (found.status, found.actual, found.actual_year) == (
        Status.ON_TRACK,
        Decimal("2.60"),
        2022,
    )
    assert target_status(target(), year=2023).actual_year == 2022  # the newest until then
    assert target_status(target(), year=2020).status is Status.NO_DATA
    assert target_status(target(), year=2019).actual is None
    assert target_status(target(), year=2030).actual_year == 2024


@pytest.mark.django_db
def test_other_nodes_do_not_count():
    record({"2020": "2.80", "2024": "2.02"}, node="CN-BJ")

    assert target_status(target()).status is Status.NO_DATA


@pytest.mark.django_db
def test_setting_a_target_is_told_once(now):
    target_set(target(), actor="ann", now=now)
    target_set(target(change_share=Decimal("-0.150000")), actor="ann", now=now)
    target_set(target(change_share=Decimal("-0.2")), actor="bob", now=now)

    assert target_get("intensity").change_share == Decimal("-0.2")
    told = record_history("targets.target", "intensity")
    assert [(e.action, e.actor, e.content["change_share"]) for e in told] == [
        ("set", "ann", "-0.15"),
        ("changed", "bob", "-0.2"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"indicator": "nonsense"}, "no indicator 'nonsense'"),
        ({"base_period": "2025"}, "target year 2025 is not after base year 2025"),
        ({"target_period": "2025-Q1"}, "2025-Q1 is no year"),
        ({"target_period": "soon"}, "'soon' is not a period"),
        ({"change_share": Decimal(0)}, "change 0 must be -1 to 10, not 0"),
        ({"change_share": Decimal("-1.1")}, r"change -1\.1 must be"),
        ({"change_share": Decimal("0.1234567")}, "of 6 decimals"),
        ({"base_value": Decimal(0)}, "base value 0 is not above 0"),
    ],
)
def test_an_impossible_target_is_refused(now, changes, message):
    with pytest.raises(InputError, match=message):
        target_set(target(**changes), actor="ann", now=now)


@pytest.mark.django_db
def test_an_unknown_target_is_told():
    with pytest.raises(InputError, match="there is no target 'x'"):
        target_get("x")


@given(
    st.decimals("0.01", "1e9", places=2),
    st.decimals("-1", "2", places=4),
    st.integers(1950, 2050),
    st.integers(1, 40),
)
def test_a_path_is_straight_and_ends_where_it_should(base, change, first, n_years):
    path = straight_path(base, change_share=change, base_year=first, target_year=first + n_years)

    assert [m.year for m in path] == list(range(first, first + n_years + 1))
    assert path[0].value == base
    assert path[-1].value == base * (1 + change)
    steps = [after.value - before.value for before, after in pairwise(path)]
    assert max(steps) - min(steps) <= Decimal("1e-15") * base


@given(
    st.decimals("0.1", "1000", places=3),
    st.dictionaries(
        st.integers(2021, 2035), st.decimals("-0.9", "0.9", places=4), min_size=1, max_size=6
    ),
)
def test_a_bent_path_goes_through_every_milestone_and_is_straight_between(base, changes):
    path = {each.year: each.value for each in bent_path(base, changes=changes, base_year=2020)}
    assert path[2020] == base
    assert list(path) == list(range(2020, max(changes) + 1))
    for year, share in changes.items():
        assert path[year] == pytest.approx(base * (1 + share))
    for year in range(2021, max(changes)):
        if year not in changes:
            assert path[year] == pytest.approx((path[year - 1] + path[year + 1]) / 2)


@pytest.mark.django_db
def test_a_milestone_asks_more_of_the_years_before_it():
    record({"2020": "10.00", "2023": "8.80"})
    target_set(target(change_share=Decimal("-0.2")), actor="ann", now=START)
    assert target_status(target_get("intensity")).status is Status.ON_TRACK
    target_set(
        target(change_share=Decimal("-0.2"), milestones={"2023": "-0.15"}), actor="ann", now=START
    )
    found = target_status(target_get("intensity"))
    assert found.status is Status.BEHIND
    assert found.path_value == Decimal("8.5")


@pytest.mark.django_db
@pytest.mark.parametrize("milestones", [{"2020": "-0.1"}, {"2026": "-0.1"}, {"2022": "a lot"}])
def test_a_milestone_outside_the_years_or_without_a_number_is_refused(milestones):
    with pytest.raises(InputError, match="must be a change in a year between 2020 and 2025"):
        target_set(target(milestones=milestones), actor="ann", now=START)


@pytest.mark.django_db
def test_a_base_is_held_on_to_until_its_rule_asks_for_a_new_one_and_the_old_one_is_kept():
    later, last = START + timedelta(days=30), START + timedelta(days=60)
    record({"2020": "10.00", "2024": "9.00"})
    target_set(target(rebase_threshold_share=Decimal("0.05")), actor="ann", now=START)
    held = target_get("intensity")
    record({"2020": "10.40"}, now=later)
    assert target_status(held).base_value == 10
    assert not base_check(held).is_due
    with pytest.raises(StateError, match=r"restated by \+4.00%, not by more than 5.00%"):
        target_rebase(held, reason="a small error", actor="ann", now=later)
    record({"2020": "11.00"}, now=last)
    row = target_rebase(held, reason="two areas merged", actor="ann", now=last)
    assert (row.value, row.change_share, row.reason) == (11, Decimal("0.1"), "two areas merged")
    assert target_status(held).base_value == 11
    assert target_status(held).change_share == Decimal(9) / 11 - 1
    before = target_status(held, as_of=last - timedelta(days=1))
    assert before.base_value == 10
    actions = [each.action for each in record_history("targets.target", "intensity")]
    assert actions == ["set", "based", "rebased"]


@pytest.mark.django_db
def test_a_new_base_needs_a_reason_and_a_threshold():
    record({"2020": "10.00"})
    plain = target_set(target(), actor="ann", now=START)
    with pytest.raises(InputError, match="needs a reason"):
        target_rebase(plain, reason=" ", actor="ann", now=START)
    with pytest.raises(InputError, match="has no threshold"):
        target_rebase(plain, reason="merger", actor="ann", now=START)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "status"), [("10.30", Status.ON_TRACK), ("10.60", Status.BEHIND)]
)
def test_a_total_that_may_grow_is_kept_by_growing_less(value, status):
    record({"2020": "10.00", "2024": value})
    target_set(target(change_share=Decimal("0.05")), actor="ann", now=START)
    assert target_status(target_get("intensity")).status == status
