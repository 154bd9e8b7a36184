"""Whatever people do in whatever order, the ledger holds what a plain book would hold."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commonweal.kernel.ledger.models import Balance, Transfer
from commonweal.kernel.ledger.selectors import balance_at, lots
from commonweal.kernel.ledger.services import (
    FloorError,
    ResolvedError,
    lots_expire,
    pending_expire,
    pending_post,
    pending_void,
    transfer_reverse,
)
from commonweal.kernel.ledger.verify import ledger_verify
from tests.kernel.ledger.conftest import NOW, entry, ledger_open, post
from tests.kernel.ledger.oracle import Oracle, RefusedError

ACCOUNTS = ["source", "ann", "bo", "fund"]
SIDES = st.sampled_from([(d, c) for d in ACCOUNTS for c in ACCOUNTS if d != c])
AMOUNTS = st.integers(1, 120)
TERMS = st.tuples(
    SIDES, AMOUNTS, st.sampled_from([0, 0, 3, 29, 30, 45]), st.sampled_from([None, None, 2, 9])
)


class Ledger(RuleBasedStateMachine):
    """The real ledger beside a plain one."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        ledger_open(expires_after_days=30)
        floors = {"source": None, "ann": 0, "bo": 0, "fund": 0, "points-expired": 0}
        self.oracle = Oracle(floors)
        self.now = NOW
        self.n_keys = 0
        self.asked = []  # entries and their answers, to be asked again
        self.pending = {}  # key: (debit, credit, amount, until)
        self.posted = {}  # key: (debit, credit, amount, occurred_at)

    def teardown(self):
        report = ledger_verify()
        instants = sorted({move[i] for move in self.oracle.moves for i in (0, 1)})[::5]
        for at in instants:
            for code in ACCOUNTS:
                told = balance_at(code, at=at), balance_at(code, at=at, as_of=at)
                oracle = self.oracle.balance_at
                assert told == (oracle(code, at, self.now), oracle(code, at, at))
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        assert report.differences == ()

    def told(self):
        return {"actor": "clerk", "now": self.now}

    @initialize()
    def accrual(self):
        self.batch(
            [(("source", "ann"), 100, 20, None), (("source", "bo"), 60, 0, None)], each=False
        )

    @rule(terms=st.lists(TERMS, min_size=1, max_size=5), each=st.booleans())
    def batch(self, terms, each):
        entries, plain = [], []
        for (debit, credit), amount, days_ago, days_pending in terms:
            self.n_keys += 1
            key = f"k{self.n_keys}"
            occurred_at = self.now - timedelta(days=days_ago)
            until = self.now + timedelta(days=days_pending) if days_pending else None
            timing = {"occurred_at": occurred_at, "pending_until": until}
            entries.append(entry(key, debit, credit, amount, **timing))
            plain.append((key, debit, credit, amount, occurred_at, until))
        kept = self.oracle.batch(plain, self.now, each=each)
        try:
            found = [result.id is not None for result in post(*entries, now=self.now, each=each)]
        except FloorError:
            found = [False] * len(entries)
        assert found == kept
        for asked, (key, debit, credit, amount, at, until), is_kept in zip(
            entries, plain, kept, strict=True
        ):
            if is_kept or each:
                self.asked.append((asked, is_kept))
            if is_kept and until:
                self.pending[key] = debit, credit, amount, until
            elif is_kept:
                self.posted[key] = debit, credit, amount, at

    @precondition(lambda self: self.asked)
    @rule(chosen=st.data())
    def ask_again(self, chosen):
        asked, was_kept = chosen.draw(st.sampled_from(self.asked))
        (answer,) = post(asked, now=self.now, each=True)
        assert (answer.id is not None) == was_kept
        assert was_kept == answer.replayed
        assert was_kept or "cannot give" in answer.refusal

    @precondition(lambda self: self.pending)
    @rule(chosen=st.data())
    def resolve(self, chosen):
        key = chosen.draw(st.sampled_from(sorted(self.pending)))
        debit, credit, amount, until = self.pending.pop(key)
        share = chosen.draw(st.integers(0, amount))
        act = {"pending": key, **self.told()}
        if until <= self.now:
            with pytest.raises(ResolvedError, match=r"timed out at|is expired"):
                pending_void(**act)
            return
        self.oracle.settle(debit, self.now)
        del self.oracle.books[debit].open[key]
        if share:
            assert pending_post(amount=share, **act) == pending_post(amount=share, **act)
            self.oracle.move(debit, credit, share, self.now, self.now)
            with pytest.raises(ResolvedError, match="is posted with"):
                pending_void(**act)
        else:
            assert pending_void(**act) == pending_void(**act)

    @precondition(lambda self: self.posted)
    @rule(chosen=st.data())
    def reverse(self, chosen):
        key = chosen.draw(st.sampled_from(sorted(self.posted)))
        try:
            self.oracle.reverse(*self.posted[key], self.now)
        except RefusedError:
            with pytest.raises(FloorError):
                transfer_reverse(transfer=key, reason="mistake", **self.told())
            return
        del self.posted[key]
        first = transfer_reverse(transfer=key, reason="mistake", **self.told())
        assert transfer_reverse(transfer=key, reason="mistake", **self.told()) == first

    @rule(days=st.sampled_from([0.25, 1, 5, 31]))
    def wait(self, days):
        self.now += timedelta(days=days)

    @rule()
    def nightly(self):
        pending_expire(**self.told())
        lots_expire(**self.told())
        n_transfers = Transfer.objects.count()
        assert (pending_expire(**self.told()), lots_expire(**self.told())) == (0, 0)
        assert Transfer.objects.count() == n_transfers
        for code in self.oracle.books:
            self.oracle.settle(code, self.now)
        for code in ("ann", "bo"):
            found, told = Counter(), Counter()
            for at, left in self.oracle.books[code].lots_left():
                told[at] += left if at > self.now else 0
            for lot in lots(code, at=self.now):
                found[lot.expires_at] += lot.left
            assert found == told

    @invariant()
    def every_balance_is_that_of_the_book(self):
        kept = {b.account.code: b for b in Balance.objects.select_related("account")}
        assert sum(b.balance for b in kept.values()) == 0
        found = {code: (b.balance, b.reserved) for code, b in kept.items()}
        books = self.oracle.books
        assert found == {code: (book.balance, book.reserved) for code, book in books.items()}


@pytest.mark.django_db
def test_the_ledger_holds_what_a_plain_book_would_hold():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
