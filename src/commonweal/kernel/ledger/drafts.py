"""Transfers on their way into the ledger, column by column, and their canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.records.canonical import instant, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

GROUP: Final = 8_190
"""Transfers in one statement, and in one line of a batch's canonical bytes."""

COLUMNS: Final = (
    *("id", "key", "debit_id", "credit_id", "amount", "code", "record_type", "record_key"),
    *("occurred_at", "recorded_at", "state", "pending_until", "expires_at"),
    *("resolves_id", "reverses_id"),
)
"""Columns of the table of transfers, in the order of every row and of the canonical bytes."""
INSTANTS: Final = ("occurred_at", "recorded_at", "pending_until", "expires_at")

Columns = list["Sequence[Any]"]
"""The table's ``COLUMNS``, each with one value for each row."""


@dataclass(slots=True)
class Draft:
    """Columns of equal length; accounts are numbers.

    ``released`` is what a resolution frees, ``timed`` whether the caller said when it occurred.
    """

    key: list[str] = field(default_factory=list)
    debit: list[int] = field(default_factory=list)
    credit: list[int] = field(default_factory=list)
    amount: list[int] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    record_type: list[str] = field(default_factory=list)
    record_key: list[str] = field(default_factory=list)
    occurred_at: list[datetime] = field(default_factory=list)
    state: list[str] = field(default_factory=list)
    pending_until: list[datetime | None] = field(default_factory=list)
    expires_at: list[datetime | None] = field(default_factory=list)
    resolves: list[int | None] = field(default_factory=list)
    reverses: list[int | None] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    timed: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of transfers."""
        return len(self.key)

    def add(self, **values: Any) -> None:  # noqa: ANN401 - one value for each column
        """Append one transfer; what is not given is empty."""
        empty = {"key": "", "record_type": "", "record_key": "", "released": 0, "timed": False}
        for column in fields(self):
            getattr(self, column.name).append(values.get(column.name, empty.get(column.name)))

    def take(self, places: Sequence[int]) -> Draft:
        """Return the transfers at these places."""
        return Draft(*([getattr(self, column.name)[i] for i in places] for column in fields(self)))

    def __add__(self, other: Draft) -> Draft:
        """Return these transfers, then the others."""
        names = [column.name for column in fields(self)]
        return Draft(*(getattr(self, name) + getattr(other, name) for name in names))

    def columns(self, first: int, now: datetime) -> Columns:
        """Return the table's ``COLUMNS``, numbered from ``first``."""
        n = len(self)
        return [
            *(range(first, first + n), self.key, self.debit, self.credit, self.amount, self.code),
            *(self.record_type, self.record_key, self.occurred_at, [now] * n, self.state),
            *(self.pending_until, self.expires_at, self.resolves, self.reverses),
        ]


def groups(columns: Columns) -> Iterator[Columns]:
    """Cut columns into groups of at most ``GROUP`` rows."""
    for start in range(0, len(columns[0]), GROUP):
        yield [column[start : start + GROUP] for column in columns]


def columns_sha256(cut: Iterable[Columns]) -> str:
    """Return SHA-256 of transfers: for each group one line, a JSON list of its columns.

    Args:
        cut: Groups of ``COLUMNS`` in order, each of ``GROUP`` rows but the last; aware datetimes.
    """
    found = sha256()
    for columns in cut:
        told = [
            instants(column, instant) if name in INSTANTS else list(column)
            for name, column in zip(COLUMNS, columns, strict=True)
        ]
        found.update(spell(told) + b"\n")
    return found.hexdigest()


def instants(column: Sequence[Any], spelling: Callable[[Any], object]) -> list[Any]:
    """Return a column of instants in another spelling; most columns hold few different ones."""
    spelt = {at: None if at is None else spelling(at) for at in set(column)}
    return [spelt[at] for at in column]
