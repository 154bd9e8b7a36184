"""Pages of a list: in their order, without gaps, the same whether gathered or walked."""

from datetime import timedelta

import pytest
from django.db import connection

from commonweal.errors import InputError
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.selectors import listed
from commonweal.kernel.programmes.selectors.listed import MOST_COUNTED, code_begins, records_listed
from tests.kernel.programmes.conftest import NOW
from tests.kernel.programmes.generated import record_in, scope_with

STATES = ("draft", "pledged", "approved", "paid")
ORDERS = {
    "new": lambda each: -each.pk.int,
    "old": lambda each: each.pk.int,
    "due": lambda each: (each.due_at is None, each.due_at or NOW, each.pk.int),
    "changed": lambda each: (-each.changed_at.timestamp(), -each.pk.int),
}


@pytest.fixture
def records(nodes, donation):
    """Gifts in four states at two provinces; deadlines and changes with ties, some without."""
    made = [
        record_in(
            donation,
            STATES[number % 4],
            nodes["north" if number % 3 else "south"],
            due_at=None if number % 5 > 2 else NOW + timedelta(days=number % 2),
        )
        for number in range(24)
    ]
    for number, each in enumerate(made):
        each.changed_at = NOW + timedelta(days=number % 3)
        each.save(update_fields=["changed_at"])
    return made


@pytest.fixture(params=[0, MOST_COUNTED], ids=["walked", "gathered"])
def most(request, monkeypatch):
    """Up to how many records are gathered."""
    monkeypatch.setattr(listed, "MOST_COUNTED", request.param)
    return request.param


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("states", [(), ("draft", "pledged", "paid")])
def test_pages_follow_one_another_in_order(records, nodes, most, sort, states):
    donation = record_type("donations.donation")
    scope = scope_with("li", "viewer", nodes["north"])

    def fitting(*, walked=None):
        rows = scope.visible(donation.model.objects.all(), walked=walked)
        return rows.filter(state__in=states) if states else rows

    wanted = [each for each in records if each.node == nodes["north"]]
    wanted = [each for each in wanted if not states or each.state in states]
    seen, after = [], ""
    for _ in range(len(records)):
        page = records_listed(fitting, sort=sort, after=after, size=3, states=states)
        assert page.n_found == (len(wanted) if most else 1)
        seen += [each.pk for each in page.rows]
        after = page.after
        if not after:
            break
    assert seen == [each.pk for each in sorted(wanted, key=ORDERS[sort])]


def test_what_is_no_order_or_no_place_in_one_is_refused(donation, db):
    def fitting(*, walked=None):
        return donation.model.objects.all()

    with pytest.raises(InputError, match="no order 'colour'"):
        records_listed(fitting, sort="colour", size=3)
    with pytest.raises(InputError, match="'yesterday' is no place in a list"):
        records_listed(fitting, sort="due", after="yesterday", size=3)


def test_the_beginning_of_a_code_finds_codes(records, donation):
    rows = donation.model.objects.filter(code_begins(records[0].code[:-1]))
    assert records[0] in rows
    assert all(each.code.startswith(records[0].code[:-1]) for each in rows)
    assert not donation.model.objects.filter(code_begins("Library")).exists()


@pytest.mark.parametrize("order", listed.SORTS.values(), ids=listed.SORTS)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it reads")
def test_what_is_walked_is_not_sorted(donation, nodes, order):
    scope = scope_with("li", "viewer", nodes["north"], nodes["south"])

    def plan(**asked):
        rows = scope.visible(donation.model.objects.filter(**asked), walked=True)
        return rows.order_by(*order)[:50].explain()

    assert "USING INDEX" in plan()
    assert "TEMP B-TREE" not in plan() + plan(state="draft")
