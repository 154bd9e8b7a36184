"""Periods: every kind reads back as written; business days over UTC instants."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.periods import (
    Period,
    PeriodKind,
    business_date,
    business_midnight,
    month,
    month_add,
    period,
    plan,
    year,
)

years = st.integers(1985, 2060)


@st.composite
def periods(draw):  # noqa: PLR0911 - one return for each kind
    kind, number = draw(st.sampled_from(list(PeriodKind))), draw(years)
    match kind:
        case PeriodKind.MONTH:
            return month(number, draw(st.integers(1, 12)))
        case PeriodKind.QUARTER:
            return period(f"{number}-Q{draw(st.integers(1, 4))}")
        case PeriodKind.HALF_YEAR:
            return period(f"{number}-H{draw(st.integers(1, 2))}")
        case PeriodKind.YEAR:
            return year(number)
        case PeriodKind.PLAN:
            return plan(draw(st.integers(6, 20)))
        case PeriodKind.CUMULATIVE:
            first = date(number, draw(st.integers(1, 12)), 1)
            return Period(first, month_add(first, draw(st.integers(1, 30))), kind)
        case PeriodKind.POINT:
            day = date(number, 1, 1) + timedelta(days=draw(st.integers(0, 364)))
            return Period(day, day + timedelta(days=1), kind)


@given(periods())
def test_a_period_reads_back_as_written(span):
    assert period(str(span)) == span


@given(periods())
def test_months_cover_the_period_without_gap_or_overlap(span):
    if span.kind is PeriodKind.POINT:
        assert span.months == ()
        return
    assert span.months[0] == span.start_date
    assert month_add(span.months[-1], 1) == span.end_date
    assert list(span.months) == [month_add(span.start_date, i) for i in range(len(span.months))]


@given(periods())
def test_the_year_before_has_the_same_length_in_months(span):
    before = span.year_before
    assert before.kind is span.kind
    assert len(before.months) == len(span.months)
    assert before.start_date < span.start_date


@given(st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_an_instant_lies_in_its_business_day(at):
    day = business_date(at)
    assert business_midnight(day) <= at < business_midnight(day + timedelta(days=1))


def test_the_business_day_begins_at_sixteen_utc():
    assert business_midnight(date(2024, 3, 1)) == datetime(2024, 2, 29, 16, tzinfo=UTC)
    assert business_date(datetime(2024, 2, 29, 16, tzinfo=UTC)) == date(2024, 3, 1)
    new_york = timezone(timedelta(hours=-5))
    assert business_date(datetime(2024, 2, 29, 11, tzinfo=new_york)) == date(2024, 3, 1)


def test_a_naive_instant_is_refused():
    with pytest.raises(InputError, match="no time zone"):
        business_date(datetime(2024, 3, 1))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-13",
        "2024-02-30",
        "2024-Q5",
        "FYP",
        "2024..",
        "..",
        "2024-1",
        "FYP1",
        "2024..2025..2026",
    ],
)
def test_what_is_no_period_is_refused_in_a_sentence(text):
    with pytest.raises(InputError):
        period(text)


def test_an_empty_or_reversed_span_is_refused():
    with pytest.raises(InputError, match="empty or reversed"):
        Period(date(2024, 1, 1), date(2024, 1, 1), PeriodKind.YEAR)
    with pytest.raises(InputError, match="empty or reversed"):
        period("2024-06..2024-01")


def test_the_plans_are_those_of_the_calendar():
    assert str(plan(13).start_date), str(plan(13).end_date) == ("2016-01-01", "2021-01-01")
    assert plan(14).contains(year(2024))
    assert not plan(13).contains(year(2024))


def test_the_29th_of_february_had_a_28th_the_year_before():
    assert str(period("2024-02-29").year_before) == "2023-02-28"


@pytest.mark.parametrize("text", ["0001", "1899-12", "9999-12-31", "2200", "FYP99"])
def test_periods_that_no_calendar_holds_are_refused(text):
    with pytest.raises(InputError, match=r"names no real date|does not lie in the years"):
        period(text)
