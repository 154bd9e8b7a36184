"""Reading and writing the ledger's tables in bulk, the same on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from commonweal.kernel.ledger.drafts import COLUMNS, GROUP, INSTANTS, groups, instants
from commonweal.kernel.ledger.stores import store
from commonweal.kernel.ledger.walk import LARGEST, Holding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.ledger.drafts import Columns

_CHUNK = 100_000  # values of one list


class Standing(NamedTuple):
    """A transfer that is recorded, as far as a repeated key and a resolution need it."""

    id: int
    key: str
    debit: int
    credit: int
    amount: int
    code: str
    record_type: str
    record_key: str
    occurred_at: datetime
    state: str
    pending_until: datetime | None
    expires_at: datetime | None
    resolves: int | None
    reverses: int | None


def rows_among(
    sql: str,
    column: str,
    values: Collection[int] | Collection[str],
    *also: Any,  # noqa: ANN401 - parameters
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of ``sql`` whose column is among the values; ``{among}`` stands for that.

    ``also`` are parameters after it.
    """
    db = store()
    asked = list(values)
    with connection.cursor() as cursor:
        for start in range(0, len(asked), _CHUNK):
            part: Any = asked[start : start + _CHUNK]
            parameters: list[Any] = [db.listed(part), *also]
            cursor.execute(sql.format(among=db.among(column)), parameters)
            yield from cursor.fetchall()


def account_ids(codes: Iterable[str]) -> dict[str, int]:
    """Return the numbers of accounts by code; unknown codes are absent."""
    sql = "SELECT code, id FROM ledger_account WHERE {among}"
    return dict(rows_among(sql, "code", sorted(set(codes))))


def holdings_read(accounts: Collection[int]) -> dict[int, Holding]:
    """Return accounts with their balances, by number; unknown numbers are absent."""
    out = store().instant_out
    sql = (
        "SELECT a.id, a.code, a.asset_id, a.kind, a.floor, b.balance, b.reserved,"
        " b.expires_next_at FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id"
        " WHERE {among}"
    )
    found = {}
    rows = rows_among(sql, "a.id", sorted(accounts))
    for number, code, asset, kind, floor, balance, reserved, due in rows:
        lowest = -LARGEST if floor is None else floor
        due_at = None if due is None else out(due)
        found[number] = Holding(number, code, asset, kind, lowest, balance, reserved, due_at)
    return found


def standing_by(column: str, values: Collection[int] | Collection[str]) -> Iterator[Standing]:
    """Yield the recorded transfers whose ``column`` is among the values."""
    out = store().instant_out
    names = ", ".join(name for name in COLUMNS if name != "recorded_at")
    sql = f"SELECT {names} FROM ledger_transfer WHERE {{among}}"  # noqa: S608 - names of ours
    for row in rows_among(sql, column, values):
        found = Standing(*row)
        spelt: dict[str, Any] = {
            name: None if getattr(found, name) is None else out(getattr(found, name))
            for name in INSTANTS
            if name != "recorded_at"
        }
        yield found._replace(**spelt)


def transfers_insert(columns: Columns) -> None:
    """Insert transfers."""
    db = store()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        for part in groups(columns):
            spelt = [
                instants(column, db.instant_in) if name in INSTANTS else column
                for name, column in zip(COLUMNS, part, strict=True)
            ]
            db.rows_insert(cursor, "ledger_transfer", COLUMNS, spelt)


def balances_write(holdings: Mapping[int, Holding]) -> None:
    """Write what the walk left."""
    db = store()
    due = instants([held.expires_next_at for held in holdings.values()], db.instant_in)
    rows = [
        (held.id, held.balance, held.reserved, at)
        for held, at in zip(holdings.values(), due, strict=True)
    ]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _CHUNK):
            db.balances_write(cursor, rows[start : start + _CHUNK])


def balances_sum(accounts: Sequence[int]) -> tuple[int, int, int]:
    """Return number, sum of balances and sum of reserved amounts, straight from the table."""
    sql = "SELECT count(*), sum(balance), sum(reserved) FROM ledger_balance WHERE {among}"
    sums = [0, 0, 0]
    for start in range(0, len(accounts), GROUP):
        for row in rows_among(sql, "account_id", accounts[start : start + GROUP]):
            sums = [total + int(part or 0) for total, part in zip(sums, row, strict=True)]
    return sums[0], sums[1], sums[2]


def rows_add(table: str, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    """Insert rows of another table; instants are spelt already."""
    db = store()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        for part in groups(list(columns)):
            db.rows_insert(cursor, table, names, part)


def unexpired(accounts: Collection[int], at: datetime) -> dict[int, tuple[int, datetime]]:
    """Return, by account, what was credited and expires after ``at``, and the next such instant.

    A reversed credit counts no more: its reversal takes it off the same instant.
    """
    db = store()
    after = db.instant_in(at)
    found: dict[int, tuple[int, datetime]] = {}
    for side, sign, reversal in (("credit_id", 1, "IS NULL"), ("debit_id", -1, "IS NOT NULL")):
        sql = (
            f"SELECT {side}, sum(amount), min(expires_at) FROM ledger_transfer"  # noqa: S608
            f" WHERE {{among}} AND reverses_id {reversal} AND expires_at > %s"
            f" GROUP BY {side}"
        )
        for account, amount, first in rows_among(sql, side, sorted(accounts), after):
            total, next_at = found.get(account, (0, None))
            kept = db.instant_out(first) if sign > 0 or next_at is None else next_at
            found[account] = (total + sign * int(amount), kept)
    return found
