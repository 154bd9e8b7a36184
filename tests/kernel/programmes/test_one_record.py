"""One gift through any sequence of actions by anybody: what always holds."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.kernel.programmes.selectors import record_at, record_timeline
from commonweal.kernel.programmes.services import RefusedError, record_act, record_change
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.selectors import chain_verify
from tests.kernel.programmes.conftest import NOW
from tests.kernel.programmes.generated import record_in, scope_with

ASKED = {
    "pay": {"payment_date": "2024-04-01"},
    "receive": {"receipt_number": "R1"},
    "report": {"use_report": "read", "used_cny": "1"},
}
PEOPLE = {"ann": "data_owner", "bob": "reviewer", "cid": "reviewer", "eve": "programme_manager"}
ACTIONS = ("pledge", "approve", "return", "pay", "receive", "report", "withdraw", "change")
STEP = st.tuples(st.sampled_from(tuple(PEOPLE)), st.sampled_from(ACTIONS))


def step(record, who, action, number):
    """Try one step; return whether it was let through."""
    try:
        if action == "change":
            values = {"project": f"project {number}"}
            record_change(record, values=values, version=record.version, scope=who, now=NOW)
        else:
            values = ASKED.get(action)
            record_act(record, action, scope=who, now=NOW, values=values, comment="so")
    except (RefusedError, ValuesError):
        return False
    return True


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=14))
def test_the_log_always_tells_the_record_and_no_gift_is_paid_without_two_others(
    nodes, donation, steps
):
    scopes = {name: scope_with(name, role, nodes["north"]) for name, role in PEOPLE.items()}
    record = record_in(donation, "draft", nodes["north"], maker="ann")
    for number, (name, action) in enumerate(steps):
        before = record.version
        was_done = step(record, scopes[name], action, number)
        record.refresh_from_db()
        assert record.version == before + was_done
        past = record_at(record)
        assert (past.state, past.version) == (record.state, record.version)
        closed = donation.spec.state(record.state).final
        assert (record.closed_at is not None) == closed
    told = record_timeline(record)
    if record.state in {"paid", "received", "reported"}:
        last_pledge = max(i for i, each in enumerate(told) if each.action == "pledge")
        yes = {each.who for each in told[last_pledge:] if each.action == "approve"}
        assert yes == {"bob", "cid"}
    assert chain_verify().holds
