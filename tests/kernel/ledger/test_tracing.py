"""What paid for what: first in, first out, and every unit once."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commonweal.kernel.ledger.selectors import transfer_get
from commonweal.kernel.ledger.services import (
    TransferEntry,
    account_open_many,
    asset_create,
    transfer_reverse,
    transfers_post,
)
from commonweal.kernel.ledger.tracing import paid_from, spent_on
from commonweal.kernel.org.models import Node
from tests.kernel.programmes.conftest import NOW


def ledger():
    Node.objects.create(
        code="group", kind="group", place="CN", name_zh_hant="g", name_zh_hans="g", name_en="g"
    )
    terms = {"node": "group", "actor": "test", "now": NOW}
    names = {"zh-hant": "p", "zh-hans": "p", "en": "p"}
    asset_create(code="points", names=names, unit="points", **terms)
    account_open_many(codes=["source"], asset="points", kind="source", floor=None, **terms)
    account_open_many(codes=["fund", "out"], asset="points", kind="fund", **terms)


def move(key, debit, credit, amount):
    entry = TransferEntry(key=key, debit=debit, credit=credit, amount=amount, code="x")
    transfers_post([entry], actor="test", now=NOW)
    return transfer_get(key)


def parts(found):
    return [(part.transfer.key, part.amount) for part in found]


@pytest.fixture
def fund(db):
    ledger()


def test_a_payment_is_traced_to_the_oldest_gifts_not_yet_spent(fund):
    for key, amount in (("a", 10), ("b", 5), ("c", 20)):
        move(key, "source", "fund", amount)
    first, second = move("p", "fund", "out", 12), move("q", "fund", "out", 8)
    assert parts(paid_from(first)) == [("a", 10), ("b", 2)]
    assert parts(paid_from(second)) == [("b", 3), ("c", 5)]
    assert parts(spent_on(transfer_get("b"))) == [("p", 2), ("q", 3)]
    assert parts(spent_on(transfer_get("c"))) == [("q", 5)]


def test_a_gift_that_was_taken_back_paid_for_nothing(fund):
    wrong = move("wrong", "source", "fund", 10)
    move("right", "source", "fund", 10)
    later = NOW + timedelta(seconds=1)
    transfer_reverse(transfer="wrong", reason="sent twice", actor="test", now=later)
    assert parts(paid_from(move("p", "fund", "out", 4))) == [("right", 4)]
    assert parts(spent_on(wrong)) == []


class Everything(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
    def test_every_unit_is_paid_from_once_and_both_ways_agree(self, gifts, data):
        ledger()
        for number, amount in enumerate(gifts):
            move(f"g{number}", "source", "fund", amount)
        left, payments = sum(gifts), []
        while left and len(payments) < 6:
            amount = data.draw(st.integers(1, left))
            payments.append(move(f"p{len(payments)}", "fund", "out", amount))
            left -= amount
        forth = Counter()
        for payment in payments:
            found = paid_from(payment)
            assert sum(part.amount for part in found) == payment.amount
            forth.update({(p.transfer.key, payment.key): p.amount for p in found})
        back = Counter()
        for number in range(len(gifts)):
            gift = transfer_get(f"g{number}")
            back.update({(gift.key, p.transfer.key): p.amount for p in spent_on(gift)})
        assert forth == back
