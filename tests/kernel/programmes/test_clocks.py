"""Clocks of records follow from their events, one by one and all at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.kernel.programmes.asof import head_at
from commonweal.kernel.programmes.clocks import clock_outcomes, record_clocks
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services.opening import Opening, records_open
from commonweal.kernel.records.services import event_append

MONDAY = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
NOW = datetime(2024, 5, 31, 1, 0, tzinfo=UTC)


@pytest.fixture
def issue(nodes):
    return record_type("general_manager.issue")


@pytest.fixture
def raised(issue, nodes, person):
    """A function that opens an issue and tells the states it went to, hours after Monday 09:00."""
    scope = person("owner", data_owner="group", viewer="group")
    hearing = record_type("general_manager.hearing").model.objects.create(
        code="H1",
        node=nodes["north"],
        start_date=MONDAY.date(),
        end_date=MONDAY.date() + timedelta(days=1),
        state="held",
        opened_at=MONDAY,
        changed_at=MONDAY,
        privacy="internal",
        theme="x",
        held_date=date(2024, 5, 6),
        place="x",
        leader="x",
    )

    def make(*states, opened_at=None):
        values = {"hearing": hearing, "topic": "pay", "text": "why?"}
        opening = Opening(node=nodes["north"], values=values, opened_at=opened_at)
        (record,) = records_open(issue, [opening], scope=scope, now=MONDAY)
        before = "raised"
        for version, (state, hours) in enumerate(states, 2):
            event_append(
                record_type=issue.id,
                record_key=str(record.pk),
                action="go",
                actor="web:owner",
                content={"version": version, "from": before, "to": state},
                now=MONDAY + timedelta(hours=hours),
            )
            before = state
        return record

    return make


def clock_of(issue, record, name, now=NOW):
    return {row.clock: row for row in record_clocks(issue, [record], now=now)}[name]


def hours(number):
    return timedelta(hours=number)


def test_a_clock_counts_office_hours_and_rests_while_it_waits(issue, raised):
    record = raised(("assigned", 1), ("in_progress", 2), ("waiting", 3), ("in_progress", 24))
    clock = clock_of(issue, record, "solved", MONDAY + hours(26))
    assert (clock.elapsed, clock.is_running, clock.stopped_at) == (hours(5), True, None)
    waiting = raised(("in_progress", 2), ("waiting", 3))
    paused = clock_of(issue, waiting, "solved")
    assert (paused.elapsed, paused.is_running, paused.is_late) == (hours(3), False, False)


def test_closing_what_is_solved_does_not_solve_it_again(issue, raised):
    record = raised(("in_progress", 1), ("solved", 2), ("closed", 100))
    clock = clock_of(issue, record, "solved")
    assert (clock.stopped_at, clock.elapsed) == (MONDAY + hours(2), hours(2))


def test_what_is_reopened_runs_on_and_what_was_solved_on_site_stays_so(issue, raised):
    record = raised(("solved_on_site", 1), ("in_progress", 24))
    finally_ = clock_of(issue, record, "solved", MONDAY + hours(26))
    assert (finally_.elapsed, finally_.is_running, finally_.stopped_at) == (hours(3), True, None)
    on_site = clock_of(issue, record, "on_site")
    assert (on_site.stopped_at, on_site.is_running) == (MONDAY + hours(1), False)


def test_a_deadline_counts_the_budget_from_where_the_clock_stands(issue, raised):
    running = clock_of(issue, raised(("in_progress", 1)), "solved", MONDAY + hours(1))
    assert running.due_at == datetime(2024, 5, 23, 10, 0, tzinfo=UTC)  # make-up Saturday the 11th
    late = clock_of(issue, raised(), "solved", datetime(2024, 6, 30, tzinfo=UTC))
    assert (late.is_late, late.due_at) == (True, running.due_at)


def test_a_changed_budget_changes_the_past(issue, raised):
    record = raised(("in_progress", 1), ("solved", 2))
    spec = issue.spec.clocks["solved"].model_copy(update={"budget_h": 1.5})
    clocks = issue.spec.clocks | {"solved": spec}
    stricter = replace(issue, spec=issue.spec.model_copy(update={"clocks": clocks}))
    assert not clock_of(issue, record, "solved").is_late
    assert clock_of(stricter, record, "solved").is_late


def test_a_record_brought_in_later_began_when_it_truly_was_opened(issue, raised):
    record = raised(("solved", 1), opened_at=MONDAY - hours(24 * 7))
    assert clock_of(issue, record, "solved").started_at == MONDAY - hours(24 * 7)


@given(
    histories=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["assigned", "in_progress", "waiting", "solved", "solved_on_site", "closed"]
                ),
                st.integers(-5, 400),
            ),
            max_size=5,
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_at_once_say_what_each_says_alone(histories, issue, raised):
    with transaction.atomic():
        records = [raised(*history) for history in histories]
        for name in issue.spec.clocks:
            ids, outcomes = clock_outcomes(issue, name, head=head_at())
            alone = {
                row.record_id: "late" if row.is_late else "within"
                for record in records
                for row in record_clocks(issue, [record], now=NOW)
                if row.clock == name and row.stopped_at
            }
            assert dict(zip(ids.to_pylist(), outcomes.to_pylist(), strict=True)) == alone
        transaction.set_rollback(True)
