"""What is asked of the ledger, as single entries or as columns, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEntry:
    """One transfer that is asked for.

    Attributes:
        key: Idempotency key: with the same content it is one transfer, however often sent.
        debit: Code of the account that gives.
        credit: Code of the account that receives.
        amount: How much, in the smallest part of the asset.
        code: What for, as ``gift``.
        record_type: Type of the record it is about; empty for none.
        record_key: Key of that record.
        occurred_at: When it happened; None: when it is recorded.
        pending_until: Reserve only, until this instant at the latest; None: move at once.
    """

    key: str
    debit: str
    credit: str
    amount: int
    code: str
    record_type: str = ""
    record_key: str = ""
    occurred_at: datetime | None = None
    pending_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferColumns:
    """Many transfers at once: the columns of ``TransferEntry``; one value stands for all rows.

    ``debit`` and ``credit`` are codes, or numbers of accounts as ``int64`` array (quicker).
    """

    key: Sequence[str]
    debit: str | Sequence[str] | NDArray[np.int64]
    credit: str | Sequence[str] | NDArray[np.int64]
    amount: int | Sequence[int] | NDArray[np.int64]
    code: str | Sequence[str]
    record_type: str | Sequence[str] = ""
    record_key: str | Sequence[str] = ""
    occurred_at: datetime | Sequence[datetime | None] | None = None
    pending_until: datetime | Sequence[datetime | None] | None = None


class TransferResult(NamedTuple):
    """The answer to one entry; ``id`` is None where it was refused, and ``refusal`` says why."""

    key: str
    id: int | None
    replayed: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to columns: numbers of the transfers (0 where refused), in the order asked."""

    ids: NDArray[np.int64]
    replayed: NDArray[np.int64]
    """Places of the entries that were answered before."""
    refusals: dict[int, str]
    """Reason by place; empty unless refusals were asked for one by one."""


def columns_of(entries: Sequence[TransferEntry]) -> TransferColumns:
    """Return entries as columns."""
    return TransferColumns(
        **{
            column.name: [getattr(entry, column.name) for entry in entries]
            for column in fields(TransferEntry)
        }
    )


def spread(column: object, n_rows: int, name: str) -> list[object]:
    """Return a column as a list of ``n_rows``; a single value is repeated.

    Raises:
        InputError: The column has another length.
    """
    if isinstance(column, np.ndarray):
        found = cast("list[object]", column.tolist())
    elif isinstance(column, Sequence) and not isinstance(column, str):
        found = list(column)
    else:
        return [column] * n_rows
    if len(found) != n_rows:
        raise InputError(f"{len(found)} values of {name} for {n_rows} transfers")
    return found
