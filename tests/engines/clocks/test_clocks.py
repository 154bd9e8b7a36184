import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.clocks import WorkingTime, clock_totals, running
from commonweal.errors import InputError

DAY = 24
N_DAYS = 5


def ints(*values):
    return np.array(values, np.int64)


def working():
    """Open 9 to 12 and 13 to 18 on five days; the unit stands for a microsecond."""
    opens = [day * DAY + hour for day in range(N_DAYS) for hour in (9, 13)]
    closes = [day * DAY + hour for day in range(N_DAYS) for hour in (12, 18)]
    return WorkingTime(ints(*opens), ints(*closes), 0, N_DAYS * DAY)


def always():
    return WorkingTime(ints(0), ints(N_DAYS * DAY), 0, N_DAYS * DAY)


# states: 0 new, 1 in work, 2 waiting for the customer, 3 solved
RUNS = np.array([False, True, False, False])
STOPS = np.array([False, False, False, True])


def totals(*changes, now=100, calendar=None):
    records, at, states = (ints(*column) for column in zip(*changes, strict=True))
    found = running(records, at, states, RUNS, is_stop=STOPS, now_at=now)
    return clock_totals(found, calendar or always(), n_records=int(records.max()) + 1)


instants = st.integers(0, N_DAYS * DAY)


@given(instants, instants)
def test_elapsed_equals_counting_open_units(start, end):
    start, end = sorted((start, end))
    naive = sum(9 <= t % DAY < 12 or 13 <= t % DAY < 18 for t in range(start, end))
    assert working().elapsed(ints(start), ints(end))[0] == naive


@given(instants, instants, instants)
def test_elapsed_adds_up(a, b, c):
    w = working()
    parts = w.elapsed(ints(a), ints(b)) + w.elapsed(ints(b), ints(c))
    assert parts == w.elapsed(ints(a), ints(c))


@given(instants, st.integers(0, 40))
def test_due_is_the_earliest_instant_that_uses_the_budget(start, budget):
    w = working()
    if budget > w.elapsed(ints(start), ints(N_DAYS * DAY))[0]:
        with pytest.raises(InputError, match="not used up"):
            w.due(ints(start), budget)
        return
    due = int(w.due(ints(start), budget)[0])
    assert w.elapsed(ints(start), ints(due))[0] == budget
    assert due == start or w.elapsed(ints(start), ints(due - 1))[0] < budget


def test_lunch_is_not_counted():  # Frappe Helpdesk #2212
    assert working().elapsed(ints(11), ints(14))[0] == 2


def test_due_falls_at_closing_not_at_the_next_opening():
    assert working().due(ints(9), 8)[0] == 18


def test_due_is_absolute_while_its_budget_is_in_business_hours():  # Frappe Helpdesk #3236
    assert working().due(ints(17), 2)[0] == DAY + 10


def test_a_night_is_not_counted_in_business_hours():  # osTicket #1168
    assert working().elapsed(ints(17), ints(DAY + 10))[0] == 2


def test_a_pause_adds_nothing():  # Frappe Helpdesk #1554
    assert totals((0, 0, 1), (0, 10, 2), (0, 50, 1), (0, 60, 3)).total_us[0] == 20


def test_another_rule_recomputes_history_and_keeps_the_pause():  # Helpdesk #1675, GLPI #15605
    changes = ((0, 9, 1), (0, 11, 2), (0, 14, 1), (0, 16, 3))
    assert totals(*changes).total_us[0] == 4
    short = WorkingTime(ints(10), ints(15), 0, N_DAYS * DAY)
    assert totals(*changes, calendar=short).total_us[0] == 2


def test_a_note_in_the_same_state_does_not_restart_the_clock():  # Zammad #1322
    assert totals((0, 0, 1), (0, 5, 1), (0, 20, 3)).total_us[0] == 20
    assert totals((0, 0, 1), (0, 20, 3), (0, 30, 3)).first_stop_us[0] == 20


def test_one_record_with_reversed_times_leaves_the_others_right():  # Zammad #3523
    found = totals((0, 50, 1), (1, 0, 1), (0, 40, 3), (1, 7, 3))
    assert found.total_us.tolist() == [0, 7]
    assert found.n_reversed.tolist() == [1, 0]


def test_first_and_last_stop_differ_after_reopening_even_from_a_pause():
    found = totals((0, 0, 1), (0, 10, 2), (0, 20, 3), (0, 30, 1), (0, 35, 3))
    assert (found.first_stop_us[0], found.total_us[0]) == (10, 15)


def test_a_clock_that_never_started_is_told_from_one_at_nothing():
    found = totals((0, 5, 0), (1, 5, 1), (1, 5, 3), (2, 90, 1))
    assert found.has_started.tolist() == [False, True, True]
    assert found.is_running.tolist() == [False, False, True]
    assert found.stopped.tolist() == [False, True, False]
    assert found.total_us[2] == 10


@pytest.mark.parametrize("at", [-1, N_DAYS * DAY + 1])
def test_an_instant_outside_the_horizon_is_refused(at):
    with pytest.raises(InputError, match="outside the calendar's horizon"):
        working().cumulative(ints(at))


def test_an_unknown_state_is_refused():
    with pytest.raises(InputError, match="outside the 4 states"):
        totals((0, 0, 4))
