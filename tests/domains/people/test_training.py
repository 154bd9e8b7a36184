"""Sessions, certificates and attendance: the rules hold, and many cost no more than a few."""

from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commonweal.domains.people.training import rules
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.lake.query import query
from tests.domains.people.conftest import DAY, PERSON


def test_checking_counts_each_person_once_and_every_hour(opened, act, attend):
    attend(
        {"attended_h": 6.5},
        {"attended_h": 2.25, "attended_date": date(2024, 3, 19)},
        {"person": PERSON.format(2), "attended_h": 4.0},
        {"person": PERSON.format(3), "session": "S2"},
    )
    sessions = opened("S1", "S2", "S3", last_day=date(2024, 3, 19))
    one, two, three = act(sessions, "hold", "check")
    assert (one.n_people, one.attended_h) == (2, Decimal("12.75"))
    assert (two.n_people, two.attended_h) == (1, Decimal("6.50"))
    assert (three.n_people, three.attended_h) == (None, None)


def test_a_session_over_three_months_counts_all_of_them(opened, act, attend):
    days = [date(2024, month, 20) for month in (1, 2, 3)]
    attend(*({"attended_date": day, "attended_h": 1.0} for day in days))
    (session,) = act(opened("S1", first_day=days[0], last_day=days[2]), "hold", "check")
    assert (session.n_people, session.attended_h) == (1, Decimal("3.00"))


def test_a_session_without_attendance_is_not_closed(opened, act):
    sessions = act(opened("S1"), "hold", "check")
    with pytest.raises(RefusedError, match="S1: there is no attendance"):
        act(sessions, "close")


def test_a_session_that_is_not_over_was_not_held(opened, act):
    for days in ({"last_day": date(2024, 4, 3)}, {"last_day": date(2024, 3, 17)}):
        with pytest.raises(RefusedError, match="must be in order and over"):
            act(opened(f"S{days['last_day']}", **days), "hold")


def test_an_exam_counts_who_sat_it_and_no_hours(opened, act, attend):
    sat = {"scheme": "C1", "sat_date": DAY, "result": "passed"}
    attend(sat, sat | {"person": PERSON.format(2), "result": "failed"}, dataset="exam_results")
    (exam,) = act(opened("S1", kind="exam"), "hold", "check", "close")
    assert (exam.state, exam.n_people, exam.attended_h) == ("closed", 2, None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"attended_h": 0.0}, "below 0.05"),
        ({"attended_h": 24.5}, "above 24"),
        ({"level": "chief"}, "chief"),
        ({"node_id": "west"}, "west"),
        ({"person": "110101199003070018"}, "the person is a pseudonym"),
        ({"person": "Li Lei"}, "the person is a pseudonym"),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_with_the_reason(attend, row, said):
    result = attend({}, {"session": "S2"} | row)
    assert (result.n_accepted, result.n_rejected) == (1, 1)
    assert said in pq.read_table(result.rejects_path)["sentence"][0].as_py()


def test_an_attendance_told_twice_in_a_file_counts_once(attend):
    result = attend({}, {"attended_h": 7.0})
    assert (result.n_accepted, result.n_rejected) == (1, 1)


def test_many_sessions_are_checked_with_as_many_queries_as_few(opened, act, attend, monkeypatch):
    asked = []

    def counted(*given):
        asked.append(given)
        return query(*given)

    monkeypatch.setattr(rules, "query", counted)
    few = act(opened(*(f"A{number}" for number in range(3))), "hold")
    many = act(opened(*(f"B{number}" for number in range(300))), "hold")
    with CaptureQueriesContext(connection) as of_few:
        act(few, "check")
    with CaptureQueriesContext(connection) as of_many:
        act(many, "check")
    assert len(of_many) <= len(of_few) + 2
    assert len(asked) == 2
