"""Posting: sums, floors, keys."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from commonweal.errors import InputError
from commonweal.kernel.ledger.models import Account, Refusal, Transfer
from commonweal.kernel.ledger.selectors import (
    balance,
    balance_at,
    statement,
    transfers_into,
    transfers_of,
    transfers_out_of,
)
from commonweal.kernel.ledger.services import (
    AccountExistsError,
    ClockError,
    FloorError,
    KeyReusedError,
    TransferColumns,
    account_open_many,
    asset_create,
    transfers_post_columns,
)
from commonweal.kernel.ledger.verify import ledger_verify
from commonweal.kernel.records.selectors import chain_verify
from tests.kernel.ledger.conftest import NOW, TOLD, entry, post
from tests.kernel.tampering import unguarded

pytestmark = pytest.mark.usefixtures("books")


def held(*codes):
    return tuple(balance(code).balance for code in codes)


def test_what_one_account_gives_the_other_receives():
    post(entry("k1", amount=70), entry("k2", "ann", "fund", 30))

    assert held("source", "ann", "fund") == (-70, 40, 30)
    assert ledger_verify().holds
    assert chain_verify().holds


def test_a_later_entry_may_spend_what_an_earlier_one_brought_in():
    post(
        entry("k1", "source", "ann", 50), entry("k2", "ann", "bo", 50), entry("k3", "bo", "ann", 50)
    )

    assert held("ann", "bo") == (50, 0)


def test_one_refusal_keeps_the_whole_batch_out():
    with pytest.raises(
        FloorError, match=r"ann cannot give 51: it holds 50, .* floor is 0; key 'k2'"
    ):
        post(entry("k1", amount=50), entry("k2", "ann", "bo", 51))

    assert held("source", "ann") == (0, 0)
    assert not Transfer.objects.exists()


def test_refusals_one_by_one_change_nothing_and_are_replayed():
    asked = [entry("k1", amount=50), entry("k2", "ann", "bo", 51), entry("k3", "ann", "bo", 50)]

    first = post(*asked, each=True)

    assert [result.id for result in first] == [1, None, 2]
    assert "ann cannot give 51" in first[1].refusal
    post(entry("more", amount=500))  # it would be allowed now
    again = post(*asked, each=True)
    assert [(r.id, r.refusal) for r in again] == [(r.id, r.refusal) for r in first]
    assert [r.replayed for r in again] == [True, False, True]
    assert (Transfer.objects.count(), Refusal.objects.count()) == (3, 1)
    with pytest.raises(KeyReusedError, match="'k2' stands for another"):
        post(entry("k2", "ann", "bo", 7))


def test_a_repeated_key_gives_the_first_answer_and_moves_nothing():
    first = post(entry("k1"))
    again = post(entry("k1"), now=NOW + timedelta(days=1))

    assert (again[0].id, again[0].replayed, first[0].replayed) == (first[0].id, True, False)
    assert held("ann") == (100,)


def test_a_repeated_key_within_a_batch_counts_once():
    found = post(entry("k1"), entry("k1"), entry("k2", "ann", "bo"))

    assert [result.id for result in found] == [1, 1, 2]
    assert held("ann", "bo") == (0, 100)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 99},
        {"credit": "bo"},
        {"code": "x"},
        {"record_key": "r"},
        {"occurred_at": NOW - timedelta(days=1)},
        {"pending_until": NOW + timedelta(days=1)},
    ],
)
def test_a_repeated_key_with_another_content_is_refused(change):
    post(entry("k1"))

    with pytest.raises(KeyReusedError, match="key 'k1' stands for another transfer already"):
        post(entry("k1", **change))
    with pytest.raises(KeyReusedError):
        post(entry("k9"), entry("k9", **change))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amount": 0}, "amount 0 must be a whole number from 1"),
        ({"amount": 1.5}, "amount 1.5 must be a whole number"),
        ({"amount": True}, "amount True must be a whole number"),
        ({"amount": 10**18}, "must be a whole number from 1 to"),
        ({"key": ""}, "key '' must have 1 to 128 characters"),
        ({"key": "ledger/x"}, "as only the ledger's own do"),
        ({"code": "a\0b"}, "is no text that a database keeps"),
        ({"record_key": "\ud800"}, "is no text that a database keeps"),
        ({"debit": "nobody"}, "there is no account 'nobody'"),
        ({"credit": "source"}, "source gives to itself"),
        ({"occurred_at": NOW + timedelta(1)}, "occurred_at .* lies after"),
        ({"occurred_at": NOW.replace(tzinfo=None)}, "occurred_at .* has no time zone"),
        ({"pending_until": NOW}, "pending_until .* must lie after"),
    ],
)
def test_a_malformed_entry_is_named_with_its_rule(change, told):
    with pytest.raises(InputError, match=f"{told}.*; entry 2, key"):
        post(entry("k1"), entry("k2", **change) if "key" not in change else entry(**change))

    answer = post(entry("k1"), entry(**{"key": "k2", **change}), each=True)
    assert answer[0].id == 1
    assert answer[1].id is None
    assert answer[1].refusal
    assert not Refusal.objects.exists()  # it may be mended and sent again


def test_assets_do_not_mix(db):
    names = {"zh-hant": "克", "zh-hans": "克", "en": "grams"}
    asset_create(code="grams", names=names, unit="g", node="group", **TOLD)
    account_open_many(codes=["green"], asset="grams", node="group", **TOLD)

    with pytest.raises(InputError, match="source and green hold different assets"):
        post(entry("k1", credit="green"))


def test_columns_take_numbers_of_accounts_and_one_value_for_all_rows():
    numbers = dict(Account.objects.values_list("code", "pk"))
    columns = TransferColumns(
        key=[f"k{i}" for i in range(9_000)],
        debit="source",
        credit=np.array([numbers["ann"], numbers["bo"]] * 4_500),
        amount=np.arange(1, 9_001),
        code="accrual",
        record_type="campaign",
        record_key="spring",
    )

    posted = transfers_post_columns(columns, **TOLD)

    assert posted.ids.tolist() == list(range(1, 9_001))
    assert sum(held("ann", "bo")) == 9_000 * 9_001 // 2 == -held("source")[0]
    assert transfers_post_columns(columns, **TOLD).replayed.size == 9_000
    assert ledger_verify().holds
    with pytest.raises(InputError, match="2 values of amount for 1 transfers"):
        transfers_post_columns(
            TransferColumns(key=["x"], debit="source", credit="ann", amount=[1, 2], code="x"),
            **TOLD,
        )


def test_transfers_are_found_by_record_and_account_page_by_page():
    about = {"record_type": "award", "record_key": "7"}
    post(*(entry(f"k{i}", amount=10) for i in range(5)))
    post(entry("g1", "ann", "fund", 5, **about), entry("g2", "ann", "fund", 6, **about))

    assert [t.amount for t in transfers_of("award", "7")] == [5, 6]
    first = transfers_into("ann", limit=3)
    rest = transfers_into("ann", after=first[-1].pk, limit=3)
    assert [t.key for t in [*first, *rest]] == ["k0", "k1", "k2", "k3", "k4"]
    assert [t.key for t in transfers_out_of("ann", code="test", after=6)] == ["g2"]


def test_a_balance_is_told_as_it_was_and_as_it_was_known():
    day = timedelta(days=1)
    post(entry("k1", occurred_at=NOW))
    post(entry("late", amount=7, occurred_at=NOW - 5 * day), now=NOW + day)

    assert balance_at("ann", at=NOW - day) == 7
    assert balance_at("ann", at=NOW - day, as_of=NOW) == 0
    assert balance_at("ann", at=NOW) == 107
    told = statement("ann", from_at=NOW - 2 * day, to_at=NOW + day)
    assert (told.opening, told.closing, [line.change for line in told.lines]) == (7, 107, [100])
    with pytest.raises(InputError, match="is empty"):
        statement("ann", from_at=NOW, to_at=NOW)


def test_accounts_are_opened_once():
    terms = {"asset": "points", "node": "group", **TOLD}

    assert account_open_many(codes=["ann", "cy"], **terms) == 1
    with pytest.raises(AccountExistsError, match="'ann' exists with other terms"):
        account_open_many(codes=["ann"], floor=5, **terms)
    with pytest.raises(InputError, match="'dee' is given twice"):
        account_open_many(codes=["dee", "dee"], **terms)
    with pytest.raises(InputError, match="there is no asset 'gold'"):
        account_open_many(codes=["dee"], **{**terms, "asset": "gold"})


def test_a_clock_that_went_back_is_refused():
    post(entry("k1"))

    assert post(entry("k2"), now=NOW - timedelta(minutes=1))[0].id == 2
    assert Transfer.objects.get(pk=2).recorded_at == NOW
    with pytest.raises(ClockError, match="the newest are of 2025-03-18"):
        post(entry("k3"), now=NOW - timedelta(minutes=6))


@pytest.mark.parametrize("table", ["asset", "account", "transfer", "refusal"])
def test_the_database_refuses_to_change_what_is_recorded(table):
    post(entry("k1"), entry("no", "bo", "ann"), each=True)

    for change in ("UPDATE {} SET recorded_at = NULL", "DELETE FROM {}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change.format(f"ledger_{table}"))


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("transfer", "UPDATE ledger_transfer SET amount = 101 WHERE id = 1", "digest"),
        ("transfer", "UPDATE ledger_transfer SET occurred_at = recorded_at WHERE id = 2", "digest"),
        ("transfer", "DELETE FROM ledger_transfer WHERE id = 2", "digest"),
        ("balance", "UPDATE ledger_balance SET balance = balance + 1", "its transfers give 90"),
        ("balance", "UPDATE ledger_balance SET reserved = 1", "and 1 reserved"),
        ("account", "UPDATE ledger_account SET floor = -5 WHERE code = 'ann'", "digest"),
        (
            "account",
            "UPDATE ledger_account SET floor = 95 WHERE code = 'ann'",
            "below its floor 95",
        ),
    ],
)
def test_whatever_is_changed_past_the_ledger_is_named(table, change, told):
    post(entry("k1"), entry("k2", "ann", "bo", 10, occurred_at=NOW - timedelta(days=3)))
    assert ledger_verify().differences == ()

    with unguarded(f"ledger_{table}"), connection.cursor() as cursor:
        cursor.execute(change)

    report = ledger_verify()
    assert not report.holds
    assert any(told in difference.what for difference in report.differences), report
