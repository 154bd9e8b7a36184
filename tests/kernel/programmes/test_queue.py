"""What needs me: whose, in which order, page by page, and how it is found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from commonweal.kernel.programmes.selectors import queue, queue_of
from commonweal.kernel.programmes.selectors.waiting import Key, _rows
from commonweal.kernel.programmes.services import record_act
from tests.kernel.programmes.conftest import NOW
from tests.kernel.programmes.generated import record_in, scope_with


def codes(page):
    return [each.record.code for each in page.rows]


@pytest.fixture
def waiting(nodes, donation):
    """Pledged gifts, with deadlines three, one and two days off, one late, and one without."""
    days = (3, 1, None, 2, -1)
    return {
        day: record_in(
            donation,
            "pledged",
            nodes["north"],
            due_at=None if day is None else NOW + timedelta(days=day),
        ).code
        for day in days
    }


@pytest.fixture
def reviewer(nodes):
    return scope_with("first", "reviewer", nodes["group"], nodes["north"])


def test_the_nearest_deadline_comes_first_and_none_last(reviewer, waiting):
    page = queue(reviewer, now=NOW)
    assert codes(page) == [waiting[each] for each in (-1, 1, 2, 3, None)]
    assert [each.is_late for each in page.rows] == [True, False, False, False, False]
    assert page.after is None


@pytest.mark.parametrize("few", [0, 2000], ids=["walked", "gathered"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_follow_one_another_without_gaps(reviewer, waiting, monkeypatch, few, size):
    monkeypatch.setattr("commonweal.kernel.programmes.selectors.waiting._FEW", few)
    seen, after = [], None
    for _ in range(len(waiting) + 1):
        page = queue(reviewer, now=NOW, after=after, size=size)
        seen += codes(page)
        after = page.after
        if after is None:
            break
    assert seen == [waiting[each] for each in (-1, 1, 2, 3, None)]


def test_pages_go_on_where_nearly_all_is_barred_to_the_reader(nodes, donation, monkeypatch):
    monkeypatch.setattr("commonweal.kernel.programmes.selectors.waiting._MOST_LOOKED_AT", 4)
    reviewer = scope_with("first", "reviewer", nodes["north"])
    for _ in range(9):
        record_in(donation, "pledged", nodes["north"], maker="first")
    last = record_in(donation, "pledged", nodes["north"])
    seen, after, n_pages = [], None, 0
    while (after is not None or n_pages == 0) and n_pages < 20:
        page = queue(reviewer, now=NOW, after=after, size=2)
        seen += codes(page)
        after, n_pages = page.after, n_pages + 1
    assert (seen, n_pages > 1) == ([last.code], True)


def test_nothing_waits_for_who_made_it_approved_it_or_has_no_role(nodes, donation):
    record = record_in(donation, "pledged", nodes["north"], maker="owner")
    people = {name: scope_with(name, "reviewer", nodes["north"]) for name in ("owner", "first")}
    assert codes(queue(people["owner"], now=NOW)) == []
    assert codes(queue(scope_with("south", "reviewer", nodes["south"]), now=NOW)) == []
    assert codes(queue(scope_with("data", "data_owner", nodes["north"]), now=NOW)) == []
    assert codes(queue(people["first"], now=NOW)) == [record.code]
    record_act(record, "approve", scope=people["first"], now=NOW)
    assert codes(queue(people["first"], now=NOW)) == []


def test_what_a_delegator_should_do_waits_for_the_delegate(nodes, donation):
    record = record_in(donation, "pledged", nodes["north"])
    lent = scope_with("first", "reviewer", nodes["north"]).principals
    clerk = replace(scope_with("clerk"), principals=(*scope_with("clerk").principals, *lent))
    assert codes(queue_of(donation, clerk, now=NOW)) == [record.code]


def test_a_page_takes_few_queries(reviewer, waiting, django_assert_max_num_queries, donation):
    with django_assert_max_num_queries(12):
        queue_of(donation, reviewer, now=NOW)


def test_the_walk_reads_an_index_in_its_order(reviewer, waiting, donation):
    """By state and deadline, without sorting: what keeps a page quick with a million records."""
    if connection.vendor != "sqlite":
        pytest.skip("the plan is SQLite's")
    rows = _rows(
        donation, reviewer, "pledged", [donation.spec.transition("approve")], by_node=False
    )
    plan = rows.filter(due_at__isnull=False).order_by("due_at", "pk")[:50].explain()
    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_a_place_in_the_queue_can_be_written_down():
    assert Key.of(NOW, "a") < Key.of(NOW, "b") < Key.of(NOW + timedelta(days=1), "a")
    assert Key.of(NOW + timedelta(days=999), "a") < Key.of(None, "a")
