"""The ledger once more, as a person would keep it: dicts, lists, one entry after the other."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta

LASTS = timedelta(days=30)


class RefusedError(Exception):
    """The account cannot give that much."""


@dataclass
class Book:
    """One account: its floor, the credits that expire, and what it has ever given."""

    floor: int | None
    is_holder: bool
    balance: int = 0
    lots: list = field(default_factory=list)  # [expires_at, amount]
    gave: int = 0
    open: dict = field(default_factory=dict)  # key: (until, amount, credit)

    @property
    def reserved(self):
        return sum(amount for _, amount, _ in self.open.values())

    def lots_left(self):
        """Credits that are not spent: spending takes the one that expires first."""
        to_take, left = self.gave, []
        for expires_at, amount in sorted(self.lots):
            taken = min(to_take, amount)
            to_take -= taken
            left.append((expires_at, amount - taken))
        return left


class Oracle:
    """All accounts, and every movement with the instant at which it occurred."""

    def __init__(self, floors):
        self.books = {
            code: Book(floor, is_holder=code in {"ann", "bo"}) for code, floor in floors.items()
        }
        self.moves = []  # (occurred_at, recorded_at, debit, credit, amount)

    def batch(self, entries, now, *, each=False):
        """Return for each entry whether it was kept; all or nothing unless ``each``."""
        before = deepcopy(self.__dict__)
        for code in {debit for _, debit, *_ in entries}:
            self.settle(code, now)
        kept = []
        for entry in entries:
            try:
                self._one(entry, now)
                kept.append(True)
            except RefusedError:
                if not each:
                    self.__dict__.update(before)
                    return [False] * len(entries)
                kept.append(False)
        return kept

    def _one(self, entry, now):
        key, debit, credit, amount, occurred_at, until = entry
        giver = self.books[debit]
        if giver.floor is not None and giver.balance - giver.reserved - amount < giver.floor:
            raise RefusedError
        if until is not None:
            giver.open[key] = (until, amount, credit)
        else:
            self.move(debit, credit, amount, occurred_at, now)

    def move(self, debit, credit, amount, occurred_at, now):
        """Move and remember; what a holder receives is a lot."""
        self._take(debit, amount)
        self.books[credit].balance += amount
        if self.books[credit].is_holder:
            self.books[credit].lots.append([occurred_at + LASTS, amount])
        self.moves.append((occurred_at, now, debit, credit, amount))

    def reverse(self, debit, credit, amount, occurred_at, now):
        """Take a movement back: its lot shrinks, and what was given was never given."""
        before = deepcopy(self.__dict__)
        self.settle(credit, now)
        taker, giver = self.books[credit], self.books[debit]
        if taker.floor is not None and taker.balance - taker.reserved - amount < taker.floor:
            self.__dict__.update(before)
            raise RefusedError
        taker.balance -= amount
        if taker.is_holder:
            taker.lots.remove([occurred_at + LASTS, amount])
        else:
            taker.gave += amount
        giver.balance += amount
        giver.gave -= amount
        self.moves.append((now, now, credit, debit, amount))

    def settle(self, code, now):
        """Let pending transfers time out, then let lots expire."""
        book = self.books[code]
        book.open = {key: terms for key, terms in book.open.items() if terms[0] > now}
        if not book.is_holder:
            return
        due = sum(left for expires_at, left in book.lots_left() if expires_at <= now)
        # what is reserved is the oldest, so it is the last to expire
        due = max(0, min(due - book.reserved, book.balance - book.reserved - book.floor))
        if due:
            self._take(code, due)
            self.books["points-expired"].balance += due
            self.moves.append((now, now, code, "points-expired", due))

    def _take(self, code, amount):
        self.books[code].balance -= amount
        self.books[code].gave += amount

    def balance_at(self, code, at, as_of):
        """Add up what had occurred by then, as it was known."""
        known = [move for move in self.moves if move[0] <= at and move[1] <= as_of]
        came = sum(amount for *_, credit, amount in known if credit == code)
        return came - sum(amount for _, _, debit, _, amount in known if debit == code)
