"""Donations: the published table comes out of the demo's gifts, and the rules hold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from commonweal.domains.giving.donations import demo
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError

NOW = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)
VALUES = {
    "purpose": "other",
    "recipient": "School",
    "project": "Library",
    "amount_cny": "100.00",
    "pledge_date": "2024-05-01",
}


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


@pytest.fixture
def scopes():
    names = ("data_owner", "reviewer", "second_reviewer", "programme_manager")
    return {name: scope(name) for name in names}


@pytest.fixture
def nodes(db, group):
    return {"group": group}


def test_the_published_table_of_2024_comes_out(nodes, scopes, tmp_path):
    demo.build(scopes=scopes, nodes=nodes, folder=tmp_path)
    paid = record_type("donations.donation").model.objects.filter(
        payment_date__year=2024, state__in=["paid", "received", "reported"]
    )
    sums = {p: sum(g.amount_cny for g in paid if g.purpose == p) for p in ("border", "other")}
    assert sums == {"border": Decimal(53000), "other": Decimal(1978000)}


@pytest.mark.parametrize(
    ("action", "values", "said"),
    [
        ("pay", {"payment_date": "2024-04-30"}, "must not lie before the pledge"),
        ("pay", {"payment_date": "2024-05-07"}, "nor ahead"),
    ],
)
def test_a_payment_lies_between_the_pledge_and_today(nodes, scopes, action, values, said):
    gift = approved(scopes)
    with pytest.raises(RefusedError, match=said):
        record_act(gift, action, scope=scopes["programme_manager"], now=NOW, values=values)


def test_who_approved_does_not_pay(nodes, scopes):
    gift = approved(scopes)
    with pytest.raises(RefusedError, match="had no hand"):
        record_act(
            gift, "pay", scope=scopes["reviewer"], now=NOW, values={"payment_date": "2024-05-06"}
        )


def test_no_more_is_used_than_was_given(nodes, scopes):
    gift = approved(scopes)
    for action, who, values in (
        ("pay", "programme_manager", {"payment_date": "2024-05-06"}),
        ("receive", "data_owner", {"receipt_number": "R-1"}),
    ):
        gift = record_act(gift, action, scope=scopes[who], now=NOW, values=values).record
    told = {"use_report": "books", "used_cny": "100.01"}
    with pytest.raises(RefusedError, match=r"100.01 CNY used is more than the 100.00 CNY given"):
        record_act(gift, "report", scope=scopes["data_owner"], now=NOW, values=told)


def test_nothing_is_not_pledged(nodes, scopes):
    gift = record_open(
        record_type("donations.donation"),
        node="group",
        values=VALUES | {"amount_cny": "0"},
        scope=scopes["data_owner"],
        now=NOW,
    )
    with pytest.raises(RefusedError, match="more than nothing"):
        record_act(gift, "pledge", scope=scopes["data_owner"], now=NOW)


def approved(scopes):
    kind = record_type("donations.donation")
    gift = record_open(kind, node="group", values=VALUES, scope=scopes["data_owner"], now=NOW)
    for number, (action, who) in enumerate(
        (("pledge", "data_owner"), ("approve", "reviewer"), ("approve", "second_reviewer"))
    ):
        at = NOW + timedelta(seconds=number)
        gift = record_act(gift, action, scope=scopes[who], now=at).record
    return gift
