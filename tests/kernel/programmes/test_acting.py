"""Opening, changing and acting on records."""

from datetime import date
from decimal import Decimal

import pytest

from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.services import (
    ConflictError,
    Opening,
    comment_add,
    record_act,
    record_change,
    record_open,
    records_open,
)
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.selectors import chain_verify, record_history
from tests.kernel.programmes.conftest import NOW, VALUES


@pytest.fixture
def people(person):
    return {
        "owner": person("owner", data_owner="north"),
        "first": person("first", reviewer="group"),
        "second": person("second", reviewer="group"),
        "manager": person("manager", programme_manager="group"),
    }


@pytest.fixture
def pledged(people, donation):
    record = record_open(donation, node="north", values=VALUES, scope=people["owner"], now=NOW)
    return record_act(record, "pledge", scope=people["owner"], now=NOW).record


def test_a_gift_goes_its_way_from_pledge_to_report(people, pledged):
    waiting = record_act(pledged, "approve", scope=people["first"], now=NOW)
    assert (waiting.is_done, waiting.n_approvals, waiting.n_needed) == (False, 1, 2)
    done = record_act(pledged, "approve", scope=people["second"], now=NOW)
    assert done.record.state == "approved"
    paid = record_act(
        done.record,
        "pay",
        scope=people["manager"],
        now=NOW,
        values={"payment_date": "2024-04-15"},
    ).record
    assert (paid.state, paid.payment_date) == ("paid", date(2024, 4, 15))
    actions = [e.action for e in record_history("donations.donation", str(paid.pk))]
    assert actions == ["open", "pledge", "approve", "approve", "pay"]
    assert chain_verify().holds


def test_nobody_approves_what_they_put_forward(person, people, pledged):
    owner_too = person("owner", reviewer="group")
    with pytest.raises(RefusedError, match="had no hand"):
        record_act(pledged, "approve", scope=owner_too, now=NOW)


def test_nobody_approves_twice(people, pledged):
    record_act(pledged, "approve", scope=people["first"], now=NOW)
    with pytest.raises(RefusedError, match="said yes already"):
        record_act(pledged, "approve", scope=people["first"], now=NOW)


def test_who_lacks_the_role_is_told_which(people, pledged):
    with pytest.raises(RoleError, match="needs the role of reviewer for north"):
        record_act(pledged, "approve", scope=people["owner"], now=NOW)


def test_two_editors_do_not_overwrite_one_another(people, donation):
    record = record_open(donation, node="north", values=VALUES, scope=people["owner"], now=NOW)
    change = {"scope": people["owner"], "now": NOW, "version": 1}
    record_change(record, values={"recipient": "Hospital"}, **change)
    with pytest.raises(ConflictError, match="version 2, you read version 1: web:owner changed rec"):
        record_change(record, values={"project": "Ward"}, **change)


def test_a_request_that_comes_twice_happens_once(people, donation):
    asked = {"node": "north", "values": VALUES, "scope": people["owner"], "now": NOW}
    first = record_open(donation, **asked, request_key="k1")
    again = record_open(donation, **asked, request_key="k1")
    assert (first.pk, donation.model.objects.count()) == (again.pk, 1)
    assert first.amount_cny == Decimal("53000.00")


def test_a_request_sent_again_after_a_comment_gets_its_first_answer(people, donation):
    scope = people["owner"]
    gift = record_open(donation, node="north", values=VALUES, scope=scope, now=NOW)
    asked = {"scope": scope, "now": NOW, "request_key": "k"}
    first = record_act(gift, "pledge", **asked)
    comment_add(gift, "on its way", scope=scope, now=NOW)  # told under the same version
    again = record_act(gift, "pledge", **asked)
    assert (again.is_done, again.message) == (first.is_done, first.message)


def test_numbers_that_a_file_brought_before_they_were_given_are_passed_over(people, donation):
    asked = {"scope": people["owner"], "now": NOW}
    first = record_open(donation, node="north", values=VALUES, **asked)
    prefix, _dash, number = first.code.rpartition("-")
    ahead = Opening(
        node=Node.objects.get(code="north"), values=VALUES, code=f"{prefix}-{int(number) + 1:05d}"
    )
    records_open(donation, [ahead], **asked)
    opened = record_open(donation, node="north", values=VALUES, **asked)
    assert opened.code == f"{prefix}-{int(number) + 2:05d}"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", date(2200, 1, 1)])
def test_days_that_no_calendar_holds_are_refused(people, donation, day):
    values = {**VALUES, "pledge_date": day}
    with pytest.raises(ValuesError, match="does not lie in the years 1900 to 2199"):
        record_open(donation, node="north", values=values, scope=people["owner"], now=NOW)
