"""Who is reminded of what, once; and roles as they are granted, lent and taken back."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.accounts.services import (
    delegation_end,
    role_delegate,
    role_grant,
    role_revoke,
)
from commonweal.kernel.programmes.reminders import reminders_due, reminders_send
from commonweal.kernel.records.models import Event
from commonweal.kernel.records.selectors import chain_verify
from tests.kernel.programmes.conftest import NOW
from tests.kernel.programmes.generated import record_in

MACHINE = owner_scope("cli:root")


@pytest.fixture
def people(person):
    """A reviewer near the records, one above, and a stranger."""
    person("near", reviewer="north")
    person("above", reviewer="group")
    person("south", reviewer="south")
    users = get_user_model().objects
    users.filter(username="near").update(email="near@example.org")
    return users


def stages(now):
    return [(each.to, each.stage) for each in reminders_due(now=now)]


def test_the_nearest_are_told_first_and_those_above_after_a_week(people, nodes, donation):
    record_in(donation, "pledged", nodes["north"], due_at=NOW + timedelta(days=2))
    record_in(donation, "pledged", nodes["north"], due_at=NOW + timedelta(days=30))
    record_in(donation, "reported", nodes["north"], due_at=NOW)
    assert stages(NOW) == [("near", "soon")]
    assert stages(NOW + timedelta(days=2)) == [("near", "overdue")]
    assert stages(NOW + timedelta(days=9)) == [("above", "escalated"), ("near", "overdue")]


def test_the_owner_is_told_instead_unless_their_account_is_closed(people, nodes, donation):
    owner = people.create(username="owner")
    record_in(donation, "pledged", nodes["north"], due_at=NOW, owner=owner)
    assert stages(NOW) == [("owner", "overdue")]
    people.filter(username="owner").update(is_active=False)
    assert stages(NOW) == [("near", "overdue")]


def test_who_stands_in_for_somebody_is_told_with_them(people, nodes, donation):
    record_in(donation, "pledged", nodes["north"], due_at=NOW)
    near = scope_of(people.get(username="near"), now=NOW)
    role_delegate("near", "south", scope=near, now=NOW)
    assert stages(NOW) == [("near", "overdue"), ("south", "overdue")]
    delegation_end("near", "south", scope=near, now=NOW)
    assert stages(NOW) == [("near", "overdue")]


def test_each_reminder_is_sent_once_in_one_message_a_person(people, nodes, donation):
    gifts = [record_in(donation, "pledged", nodes["north"], due_at=NOW) for _ in range(2)]
    sent = reminders_send(now=NOW)
    assert (sent.n_messages, sent.n_reminders, sent.without_address) == (1, 2, ())
    assert [each.to for each in mail.outbox] == [["near@example.org"]]
    assert all(each.code in mail.outbox[0].body for each in gifts)
    assert "School" not in mail.outbox[0].body
    assert reminders_send(now=NOW).n_messages == 0
    later = reminders_send(now=NOW + timedelta(days=7))
    assert (later.n_messages, later.without_address) == (0, ("above",))


def test_a_role_is_granted_once_and_ends_when_it_is_taken_back(people, nodes):
    role_grant("south", "verifier", node="north", scope=MACHINE, now=NOW)
    with pytest.raises(StateError, match="is verifier for north already"):
        role_grant("south", "verifier", node="north", scope=MACHINE, now=NOW)
    assert scope_of(people.get(username="south"), now=NOW).holds("verifier", nodes["north"].pk)
    assert role_revoke("south", "verifier", node="north", scope=MACHINE, now=NOW) == 1
    assert not scope_of(people.get(username="south"), now=NOW).holds("verifier", nodes["north"].pk)
    with pytest.raises(StateError, match="is not verifier for north"):
        role_revoke("south", "verifier", node="north", scope=MACHINE, now=NOW)
    assert [each.action for each in Event.objects.filter(record_type="accounts.grant")] == [
        "grant",
        "revoke",
    ]
    assert chain_verify().holds


def test_administrators_grant_within_their_part_to_others_in_person(person, people):
    admin = person("admin", administrator="north")
    role_grant("near", "verifier", node="north", scope=admin, now=NOW)
    with pytest.raises(StateError, match="by an administrator there"):
        role_grant("near", "verifier", node="group", scope=admin, now=NOW)
    with pytest.raises(StateError, match="nobody grants a role to themselves"):
        role_grant("admin", "verifier", node="north", scope=admin, now=NOW)
    role_delegate("admin", "south", scope=admin, now=NOW)
    lent = scope_of(people.get(username="south"), now=NOW)
    with pytest.raises(StateError, match="by an administrator there"):
        role_grant("near", "engineer", node="north", scope=lent, now=NOW)


def test_a_delegation_is_its_delegators_to_make_and_end(person, people):
    near = scope_of(people.get(username="near"), now=NOW)
    role_delegate("near", "south", scope=near, now=NOW)
    with pytest.raises(StateError, match="acts for near already"):
        role_delegate("near", "south", scope=near, now=NOW)
    with pytest.raises(StateError, match="made by the delegator"):
        role_delegate("above", "south", scope=near, now=NOW)
    with pytest.raises(StateError, match="to themselves"):
        role_delegate("near", "near", scope=near, now=NOW)
    assert delegation_end("near", "south", scope=near, now=NOW) == 1
    with pytest.raises(StateError, match="does not act for near"):
        delegation_end("near", "south", scope=near, now=NOW)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("nobody", "reviewer", "north"), "no open account 'nobody'"),
        (("near", "king", "north"), "no role 'king'"),
        (("near", "viewer", "atlantis"), "no node 'atlantis'"),
    ],
)
def test_a_grant_that_names_nothing_is_refused(people, words, refusal):
    user, role, node = words
    with pytest.raises(InputError, match=refusal):
        role_grant(user, role, node=node, scope=MACHINE, now=NOW)
    with pytest.raises(InputError, match="is not after"):
        role_grant("near", "viewer", node="north", scope=MACHINE, now=NOW, valid_to=NOW.date())
    assert not Grant.objects.filter(role="viewer").exists()
