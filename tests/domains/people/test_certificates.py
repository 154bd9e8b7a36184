"""Certificates: awarded from a closed exam under an issued scheme, and they run out in the open."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.reminders import reminders_due
from commonweal.kernel.programmes.selectors.waiting import queue
from commonweal.kernel.programmes.services import Opening, records_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.records.selectors import record_history
from tests.domains.people.conftest import DAY, NOW, PERSON

UNTIL = date(2025, 3, 31)


def at(day):
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


@pytest.fixture
def scheme(nodes, scopes):
    values = {"title": "Fibre engineer", "line": "network", "valid_months": 12}
    kind, opening = record_type("training.scheme"), Opening(node=nodes["group"], values=values)
    return records_open(kind, [opening], scope=scopes["data_owner"], now=NOW)[0]


@pytest.fixture
def exam(opened, act, attend):
    sat = {"scheme": "C1", "sat_date": DAY, "result": "passed"}
    attend(sat, dataset="exam_results")
    return act(opened("S1", kind="exam"), "hold", "check", "close")[0]


@pytest.fixture
def proposed(nodes, scopes, scheme):
    """A function that proposes certificates: ``proposed(exam, 3)``."""

    def make(exam, n=1):
        values = {"scheme": scheme, "exam": exam, "passed_on": DAY, "valid_until": UNTIL}
        openings = [
            Opening(node=nodes["group"], values=values | {"person": PERSON.format(number)})
            for number in range(n)
        ]
        kind = record_type("training.certificate")
        return records_open(kind, openings, scope=scopes["data_owner"], now=NOW)

    return make


@pytest.fixture
def awarded(proposed, exam, scheme, act):
    act([scheme], "issue", issued_on=DAY)
    return act(proposed(exam), "award")


def test_a_scheme_is_issued_before_a_certificate_is_awarded(proposed, exam, act):
    with pytest.raises(RefusedError, match=r"first its Scheme CS-2024-00001 must be: issued"):
        act(proposed(exam), "award")


def test_an_exam_is_closed_before_a_certificate_is_awarded(proposed, opened, scheme, act):
    act([scheme], "issue", issued_on=DAY)
    with pytest.raises(RefusedError, match=r"first its Exam S9 must be: closed"):
        act(proposed(*opened("S9", kind="exam")), "award")


def test_a_certificate_is_due_when_its_last_day_is_over(awarded):
    assert awarded[0].due_at == datetime(2025, 3, 31, 16, tzinfo=UTC)  # midnight in Beijing


def test_a_certificate_is_marked_within_ninety_days_of_its_end(awarded, act):
    with pytest.raises(RefusedError, match="more than ninety days ahead"):
        act(awarded, "warn", now=at(date(2024, 12, 30)))
    assert act(awarded, "warn", now=at(date(2024, 12, 31)))[0].state == "expiring"


def test_a_certificate_holds_on_its_last_day(awarded, act):
    with pytest.raises(RefusedError, match="has not ended yet"):
        act(awarded, "expire", now=at(UNTIL))
    assert act(awarded, "expire", now=at(date(2025, 4, 1)))[0].state == "expired"


def test_a_renewal_lies_ahead_and_moves_the_deadline(awarded, act, scopes):
    expired = act(awarded, "expire", now=at(date(2025, 4, 1)))
    with pytest.raises(RefusedError, match="2025-04-01 must lie ahead"):
        act(expired, "renew", now=at(date(2025, 4, 1)), valid_until=date(2025, 4, 1))
    (renewed,) = act(expired, "renew", now=at(date(2025, 4, 1)), valid_until=date(2026, 4, 1))
    assert (renewed.state, renewed.due_at) == ("renewed", datetime(2026, 4, 1, 16, tzinfo=UTC))


def test_only_what_runs_out_waits_in_the_queue(awarded, act, scopes):
    kind, now = record_type("training.certificate"), at(date(2025, 1, 10))
    assert queue(scopes["reviewer"], now=now, kinds=[kind]).rows == ()
    act(awarded, "warn", now=now)
    (waiting,) = queue(scopes["reviewer"], now=now, kinds=[kind]).rows
    assert [action.action for action in waiting.actions] == ["renew"]


def test_the_owner_is_reminded_ninety_days_ahead(nodes, awarded):
    user = get_user_model().objects.create(username="lin")
    record_type("training.certificate").model.objects.update(owner=user)
    told = {
        (each.record.pk, each.stage, each.to) for each in reminders_due(now=at(date(2025, 1, 2)))
    }
    assert told == {(awarded[0].pk, "soon", "lin")}
    assert reminders_due(now=at(date(2024, 12, 31))) == []


def test_the_log_never_tells_who_holds_a_certificate(awarded):
    opened = record_history("training.certificate", str(awarded[0].pk))[0]
    assert set(opened.content["fields"]["person"]) == {"digest"}
    assert PERSON.format(0) not in str(opened.content)


def test_many_certificates_are_awarded_with_as_many_queries_as_few(proposed, exam, scheme, act):
    act([scheme], "issue", issued_on=DAY)
    few, many = proposed(exam, 2), proposed(exam, 250)
    with CaptureQueriesContext(connection) as of_few:
        act(few, "award")
    with CaptureQueriesContext(connection) as of_many:
        act(many, "award")
    assert len(of_many) <= len(of_few) + 2
