"""When schedules are due, and that an instant enqueues once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError, StateError
from commonweal.kernel.jobs.models import Job, Schedule
from commonweal.kernel.jobs.rules import rule_read
from commonweal.kernel.jobs.schedules import (
    is_workday,
    schedule_drop,
    schedule_set,
    schedules_run,
)
from commonweal.kernel.records.models import Event

RULES = ("every 7 minutes", "daily 02:30", "weekly sat 00:00", "monthly 31 23:59")


def due(rule, written):
    at = rule_read(rule).next_after(datetime.fromisoformat(written), is_workday=is_workday)
    return (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("daily 02:30", "2025-03-18T02:29:59+08:00", "2025-03-18 02:30"),
        ("daily 02:30", "2025-03-18T02:30:00+08:00", "2025-03-19 02:30"),
        ("every 15 minutes", "2025-03-18T02:30:00+08:00", "2025-03-18 02:45"),
        ("every 7 minutes", "2025-03-18T23:59:00+08:00", "2025-03-19 00:00"),
        ("weekly mon 06:00", "2025-03-18T02:30:00+08:00", "2025-03-24 06:00"),
        ("monthly 5 06:00", "2025-03-18T02:30:00+08:00", "2025-04-05 06:00"),
        ("monthly 31 06:00", "2025-02-01T00:00:00+08:00", "2025-02-28 06:00"),
        # The 7th of October 2024 was the last day of the holidays; the 12th was worked.
        ("monthly workday 1 06:00", "2024-10-01T00:00:00+08:00", "2024-10-08 06:00"),
        ("monthly workday 5 06:00", "2024-10-01T00:00:00+08:00", "2024-10-12 06:00"),
    ],
)
def test_the_next_instant_is_that_of_the_business_calendar(rule, after, expected):
    assert due(rule, after) == expected


@given(
    rule=st.sampled_from([*RULES, "monthly workday 15 12:00"]),
    at=st.datetimes(datetime(2019, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_next_instant_is_later_and_none_lies_between(rule, at):
    read = rule_read(rule)
    following = read.next_after(at, is_workday=is_workday)
    assert following > at
    just_before = following - timedelta(microseconds=1)
    assert read.next_after(just_before, is_workday=is_workday) == following


@pytest.mark.parametrize(
    "wrong",
    ["", "hourly", "daily 25:00", "weekly xyz 06:00", "monthly 32 06:00", "every 0 minutes",
     "monthly workday 20 06:00", "every 2000 minutes"],
)  # fmt: skip
def test_a_rule_that_is_none_is_refused_with_examples(wrong):
    with pytest.raises(InputError) as refused:
        rule_read(wrong)
    assert "monthly workday 3 06:00" in refused.value.hint


def test_unpublished_years_go_by_the_week():
    assert [is_workday(date(2040, 1, day)) for day in (5, 6, 7, 8)] == [True, True, False, False]


@pytest.fixture
def nightly(kind, manager, clock):
    kind(lambda _run: {"ok": True})
    return schedule_set(
        "nightly", kind="work", rule="daily 02:30", arguments={"n": 1}, scope=manager, now=clock()
    )


def test_what_is_due_is_enqueued_once_and_missed_instants_count_once(nightly, clock, worker):
    assert schedules_run(now=clock()) == []
    clock.on(days=3)

    [job] = schedules_run(now=clock())

    assert schedules_run(now=clock()) == []
    assert (job.kind, job.arguments, job.key) == ("work", {"n": 1}, "nightly@2025-03-18T18:30Z")
    assert job.actor == "schedule:chen"
    assert worker().state == "done"


def test_a_clock_that_goes_back_enqueues_nothing_twice(nightly, clock):
    clock.on(days=1)
    schedules_run(now=clock())
    clock.on(days=-1)
    assert schedules_run(now=clock()) == []
    Schedule.objects.update(next_at=nightly.next_at)  # as a restored backup would have it
    clock.on(days=1)
    schedules_run(now=clock())
    assert Job.objects.count() == 1


def test_a_schedule_of_a_closed_account_is_put_aside_and_the_log_says_so(nightly, clock):
    get_user_model().objects.update(is_active=False)
    clock.on(days=1)

    assert schedules_run(now=clock()) == []
    assert Schedule.objects.get().is_active is False
    assert Event.objects.get(action="put_aside").content == {"why": "account chen is closed"}


def test_only_who_may_ask_for_the_job_may_set_or_drop_its_schedule(nightly, person, clock):
    li = person("li", data_owner="group")
    with pytest.raises(StateError, match="needs the role"):
        schedule_drop("nightly", scope=li, now=clock())
    with pytest.raises(StateError, match="needs the role"):
        schedule_set("x", kind="work", rule="daily 01:00", arguments={}, scope=li, now=clock())
    with pytest.raises(InputError, match="there is no schedule 'other'"):
        schedule_drop("other", scope=li, now=clock())


def test_a_dropped_schedule_enqueues_nothing(nightly, manager, clock):
    schedule_drop("nightly", scope=manager, now=clock())
    clock.on(days=2)
    assert schedules_run(now=clock()) == []
