"""Accounts that the tests of the ledger move points between."""

from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.ledger.services import (
    TransferEntry,
    account_open_many,
    asset_create,
    transfers_post,
)
from commonweal.kernel.org.services import node_create

NOW = datetime(2025, 3, 18, 8, tzinfo=UTC)
NAMES = {"zh-hant": "積分", "zh-hans": "积分", "en": "points"}
TOLD = {"actor": "clerk", "now": NOW}


def ledger_open(*, expires_after_days=None):
    """A node, an asset, a source and three holders, the fund among them."""
    node_create(
        code="group", kind="group", place="CN", names=NAMES, from_date=date(2020, 1, 1), **TOLD
    )
    terms = {"asset": "points", "node": "group", **TOLD}
    asset_create(
        code="points",
        names=NAMES,
        unit="pt",
        node="group",
        **TOLD,
        expires_after_days=expires_after_days,
    )
    account_open_many(codes=["source"], kind="source", floor=None, **terms)
    account_open_many(codes=["ann", "bo"], **terms)
    account_open_many(codes=["fund"], kind="fund", **terms)


@pytest.fixture
def books(db):
    """The ledger of points that never expire."""
    ledger_open()


@pytest.fixture
def expiring(db):
    """The ledger of points that expire after 30 days."""
    ledger_open(expires_after_days=30)


def entry(key, debit="source", credit="ann", amount=100, **more):
    """One transfer that is asked for."""
    return TransferEntry(
        **{"key": key, "debit": debit, "credit": credit, "amount": amount, "code": "test", **more}
    )


def post(*entries, now=NOW, **more):
    """Post them as the clerk."""
    return transfers_post(entries, actor="clerk", now=now, **more)
