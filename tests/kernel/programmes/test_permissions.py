"""The one permission rule, tested from the tables: transition × role × place × state.

Each test below fails if one single check is taken out of ``services/checking.py``,
``services/approving.py`` or ``accounts/scopes.py``.
"""

from dataclasses import replace

import pytest

from commonweal.errors import InputError
from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.accounts.roles import CLEARANCE, Privacy, Role
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.services import (
    Context,
    RefusedError,
    RoleError,
    record_act,
    record_assign,
    record_change,
    record_open,
    records_act,
)
from commonweal.kernel.programmes.services.acting import actions_open
from tests.kernel.programmes.conftest import NOW, VALUES
from tests.kernel.programmes.generated import record_in, scope_with

KINDS = tuple(record_types())


@pytest.fixture(params=KINDS)
def kind(request, db):
    return record_types()[request.param]


def offered(kind, record, scope):
    return {each.action for each in actions_open(kind, record, scope)}


def act(kind, record, spec, scope):
    return records_act(kind, [record.pk], spec.action, context=Context(scope, NOW))


def test_an_action_is_offered_exactly_where_the_table_says(kind, nodes):
    for state in kind.spec.states:
        record = record_in(kind, state.id, nodes["north"])
        for role in Role.values:
            table = {
                t.action for t in kind.spec.transitions if state.id in t.start and t.role == role
            }
            assert offered(kind, record, scope_with("li", role, nodes["north"])) == table
            assert offered(kind, record, scope_with("li", role, nodes["south"])) == set()
        assert offered(kind, record, scope_with("li")) == set()


def test_an_action_elsewhere_in_the_table_is_refused_with_the_right_class(kind, nodes):
    for state in kind.spec.states:
        record = record_in(kind, state.id, nodes["north"])
        for spec in kind.spec.transitions:
            if state.id not in spec.start:
                with pytest.raises(RefusedError, match="starts from") as refused:
                    act(kind, record, spec, scope_with("li", spec.role, nodes["north"]))
                assert not isinstance(refused.value, RoleError)
                continue
            for role in set(Role.values) - {spec.role}:
                with pytest.raises(RoleError, match="needs the role of"):
                    act(kind, record, spec, scope_with("li", role, nodes["north"]))


def test_a_role_elsewhere_neither_sees_nor_acts(kind, nodes):
    for spec in kind.spec.transitions:
        record = record_in(kind, spec.start[0], nodes["north"])
        with pytest.raises(RefusedError, match="not yours to see"):
            act(kind, record, spec, scope_with("li", spec.role, nodes["south"]))
        lent = scope_with("wu", "viewer", nodes["north"]).principals
        with pytest.raises(RoleError):
            act(kind, record, spec, scope_with("li", spec.role, nodes["south"], also=lent))


def test_nobody_decides_on_what_they_made_in_person_or_by_a_delegate(kind, nodes):
    n_seen = 0
    for spec in (each for each in kind.spec.transitions if each.is_independent):
        n_seen += 1
        maker = scope_with("maker", spec.role, nodes["north"])
        delegate = replace(
            scope_with("li"), principals=(*scope_with("li").principals, *maker.principals)
        )
        of_another = scope_with(
            "maker", also=scope_with("wu", spec.role, nodes["north"]).principals
        )
        for scope in (maker, delegate, of_another):
            record = record_in(kind, spec.start[0], nodes["north"])
            assert spec.action not in offered(kind, record, scope)
            with pytest.raises(RefusedError, match=r"had no hand|needs the role|not yours to see"):
                act(kind, record, spec, scope)
    assert n_seen or not any(each.approvals for each in kind.spec.transitions)


def test_who_reads_what_follows_from_role_and_privacy(kind, nodes):
    record = record_in(kind, kind.spec.initial.id, nodes["north"])
    rows = kind.model.objects.filter(pk=record.pk)
    for privacy in Privacy.values:
        rows.update(privacy=privacy)
        for role in Role.values:
            may = scope_with("li", role, nodes["north"]).visible(rows).exists()
            assert may == (privacy in CLEARANCE[role]), (role, privacy)
            assert not scope_with("li", role, nodes["south"]).visible(rows).exists()


@pytest.fixture
def people(person):
    return {
        "owner": person("owner", data_owner="north"),
        "first": person("first", reviewer="group"),
        "second": person("second", reviewer="group"),
        "manager": person("manager", programme_manager="group", reviewer="group"),
    }


@pytest.fixture
def pledged(people, donation):
    record = record_open(donation, node="north", values=VALUES, scope=people["owner"], now=NOW)
    return record_act(record, "pledge", scope=people["owner"], now=NOW).record


def delegated(delegator, delegate):
    """The scope of ``delegate``, who acts for ``delegator`` as well."""
    Delegation.objects.create(
        delegator_id=delegator.user_id, delegate_id=delegate.user_id, valid_from=NOW.date()
    )
    user = Delegation.objects.get(delegate_id=delegate.user_id).delegate
    return scope_of(user, now=NOW)


def test_a_delegate_decides_in_the_delegators_name_and_it_counts_once(person, people, pledged):
    clerk = delegated(people["first"], person("clerk"))
    record_act(pledged, "approve", scope=clerk, now=NOW)
    for again in (clerk, people["first"]):
        with pytest.raises(RefusedError, match="said yes already"):
            record_act(pledged, "approve", scope=again, now=NOW)


def test_one_person_in_two_names_is_one_person(person, people, pledged):
    clerk = delegated(people["first"], person("clerk"))
    record_act(pledged, "approve", scope=clerk, now=NOW)
    promoted = person("clerk", reviewer="group")
    with pytest.raises(RefusedError, match="said yes already"):
        record_act(pledged, "approve", scope=promoted, now=NOW)


def test_approvals_are_void_once_the_record_was_changed(people, donation, pledged):
    record_act(pledged, "approve", scope=people["first"], now=NOW)
    back = record_act(pledged, "return", scope=people["second"], now=NOW, comment="sum?").record
    changed = record_change(
        back, values={"amount_cny": "1.00"}, version=back.version, scope=people["owner"], now=NOW
    )
    record_act(changed, "pledge", scope=people["owner"], now=NOW)
    again = record_act(changed, "approve", scope=people["second"], now=NOW)
    assert (again.is_done, again.n_approvals) == (False, 1)


def test_approvals_are_void_once_the_record_left_even_if_nothing_changed(people, pledged):
    record_act(pledged, "approve", scope=people["first"], now=NOW)
    record_act(pledged, "return", scope=people["second"], now=NOW, comment="why?")
    record_act(pledged, "pledge", scope=people["owner"], now=NOW)
    assert record_act(pledged, "approve", scope=people["first"], now=NOW).n_approvals == 1


def test_approvals_are_for_a_content_even_if_the_state_stays(people, pledged):
    record_act(pledged, "approve", scope=people["first"], now=NOW)
    record_assign(pledged, "manager", scope=people["manager"], now=NOW)
    assert record_act(pledged, "approve", scope=people["second"], now=NOW).n_approvals == 1


def test_who_let_a_delegate_put_it_forward_does_not_decide(person, people, donation):
    chief = person("chief", data_owner="north", reviewer="north")
    clerk = delegated(chief, person("clerk"))
    record = record_open(donation, node="north", values=VALUES, scope=people["owner"], now=NOW)
    record_act(record, "pledge", scope=clerk, now=NOW)
    with pytest.raises(RefusedError, match="had no hand"):
        record_act(record, "approve", scope=chief, now=NOW)


def test_who_approved_does_not_pay(people, pledged):
    record_act(pledged, "approve", scope=people["first"], now=NOW)
    record_act(pledged, "approve", scope=people["manager"], now=NOW)
    with pytest.raises(RefusedError, match="had no hand"):
        record_act(
            pledged, "pay", scope=people["manager"], now=NOW, values={"payment_date": "2024-04-01"}
        )


@pytest.mark.parametrize("role", [each.value for each in Role])
def test_whoever_works_somewhere_is_a_viewer_there_and_nowhere_else(role, person, nodes):
    scope = person("who", **{role: "north"})
    assert scope.holds(Role.VIEWER, nodes["north"].pk)
    assert not scope.holds(Role.VIEWER, nodes["south"].pk)


def test_a_role_ends_with_its_last_day(person, people, nodes, pledged):
    Grant.objects.filter(user_id=people["first"].user_id).update(valid_to=NOW.date())
    with pytest.raises(RefusedError, match="not yours to see"):
        record_act(pledged, "approve", scope=person("first"), now=NOW)


def test_many_are_done_all_or_none(people, donation):
    asked = {"node": "north", "scope": people["owner"], "now": NOW}
    made = [
        record_open(donation, values={**VALUES, "amount_cny": amount}, **asked)
        for amount in ("5.00", "0.00", "7.00")
    ]
    with pytest.raises(RefusedError, match=f"{made[1].code}: the amount must be more"):
        records_act(
            donation, [each.pk for each in made], "pledge", context=Context(people["owner"], NOW)
        )
    assert set(donation.model.objects.values_list("state", flat=True)) == {"draft"}


def test_queries_do_not_grow_with_the_records(people, donation, django_assert_max_num_queries):
    made = [
        record_open(donation, node="north", values=VALUES, scope=people["owner"], now=NOW).pk
        for _ in range(30)
    ]
    records_act(donation, made, "pledge", context=Context(people["owner"], NOW))
    with django_assert_max_num_queries(20):
        records_act(donation, made, "approve", context=Context(people["first"], NOW))


def test_a_request_sent_twice_gets_its_first_answer_and_a_different_one_is_refused(people, pledged):
    asked = {"scope": people["first"], "now": NOW, "request_key": "r1"}
    first = record_act(pledged, "approve", **asked)
    assert record_act(pledged, "approve", **asked) == first
    assert (first.is_done, first.n_approvals) == (False, 1)
    with pytest.raises(InputError, match="r1 was used for a different request"):
        record_act(pledged, "approve", **asked, comment="other")
    with pytest.raises(InputError, match="r1 was used for a different request"):
        record_act(pledged, "approve", **{**asked, "scope": people["second"]})
