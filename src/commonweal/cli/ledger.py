"""``commonweal ledger``: accounts, balances, statements, posting from a file, proof."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer
from django.utils import timezone
from rich.table import Table

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError, StateError
from commonweal.kernel.ledger import selectors

if TYPE_CHECKING:
    from commonweal.kernel.ledger.models import Asset, Balance
    from commonweal.kernel.ledger.services import TransferEntry, TransferResult

app = typer.Typer(no_args_is_help=True, help="Accounts, balances, transfers and their proof.")

_COLUMNS = ("key", "debit", "credit", "amount", "code")
_MORE = ("record_type", "record_key", "occurred_at", "pending_until")
_SHOWN = 20

Code = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Code of the account.")]


@app.command()
def accounts(
    *,
    asset: Annotated[str, typer.Option(help="Only accounts of this asset.")] = "",
    after: Annotated[str, typer.Option(help="Only codes after this one: the next page.")] = "",
    limit: Annotated[int, typer.Option(help="How many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List accounts by code with what they hold.

    [bold]Example:[/bold] commonweal ledger accounts --asset points
    """
    with plain_errors():
        found = selectors.accounts_list(asset=asset, after=after, limit=limit)
        if as_json:
            print_json({"accounts": [_held(row) for row in found]})
            return
        table = Table("account", "kind", "node", "balance", "reserved", "floor")
        for row in found:
            account = row.account
            floor = "none" if account.floor is None else _printed(account.floor, account.asset)
            amounts = (_printed(part, account.asset) for part in (row.balance, row.reserved))
            table.add_row(account.code, account.kind, account.node.code, *amounts, floor)
        stdout.print(table)


@app.command()
def balance(
    account: Code,
    *,
    at: Annotated[str, typer.Option(help="As it was then: a date or an instant.")] = "",
    as_of: Annotated[str, typer.Option(help="As it was known then.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what an account holds, now or at an instant.

    [bold]Example:[/bold] commonweal ledger balance member-7 --at 2024-12-31
    """
    with plain_errors():
        now = selectors.balance(account)
        if not at and not as_of:
            told = _held(now)
        else:
            when = _instant(at) if at else clock()
            known = _instant(as_of) if as_of else None
            held = selectors.balance_at(account, at=when, as_of=known)
            told = {"account": account, "at": when, "as_of": known, "balance": held}
        if as_json:
            print_json(told)
            return
        asset = now.account.asset
        stdout.print(f"{account}: {_printed(told['balance'], asset)} {asset.unit}", markup=False)


@app.command()
def statement(
    account: Code,
    *,
    from_: Annotated[str, typer.Option("--from", help="First day or instant.")],
    to: Annotated[str, typer.Option(help="Day or instant that ends it, not included.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what moved on an account, in the order in which it occurred.

    [bold]Example:[/bold] commonweal ledger statement member-7 --from 2024-01-01 --to 2025-01-01
    """
    with plain_errors():
        end = _instant(to) if to else clock() + timedelta(seconds=1)
        told = selectors.statement(account, from_at=_instant(from_), to_at=end)
    if as_json:
        print_json(
            {
                "account": account,
                "opening": told.opening,
                "lines": [
                    {
                        "key": line.transfer.key,
                        "occurred_at": line.transfer.occurred_at,
                        "code": line.transfer.code,
                        "debit": line.transfer.debit.code,
                        "credit": line.transfer.credit.code,
                        "change": line.change,
                        "balance": line.balance,
                    }
                    for line in told.lines
                ],
                "closing": told.closing,
            }
        )
        return
    asset = told.account.asset
    table = Table("occurred", "what for", "from", "to", "change", "balance")
    for line in told.lines:
        moved = line.transfer
        day = f"{timezone.localtime(moved.occurred_at):%Y-%m-%d %H:%M}"
        amounts = (_printed(line.change, asset), _printed(line.balance, asset))
        table.add_row(day, moved.code, moved.debit.code, moved.credit.code, *amounts)
    stdout.print(f"opening {_printed(told.opening, asset)} {asset.unit}")
    stdout.print(table)
    stdout.print(f"closing {_printed(told.closing, asset)} {asset.unit}")


@app.command()
def post(
    file: Annotated[Path, typer.Argument(help="CSV: key, debit, credit, amount, code, …")],
    *,
    each: Annotated[bool, typer.Option("--each", help="Leave out what is refused.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be; keep none.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Post the transfers of a CSV file, all or nothing; the same file twice is posted once.

    Amounts are in the unit of the asset. Columns that may follow: record_type, record_key,
    occurred_at, pending_until.

    [bold]Example:[/bold] commonweal ledger post gifts.csv --dry-run
    """
    from django.db import transaction  # noqa: PLC0415 - keeps --help quick

    from commonweal.kernel.ledger.services import transfers_post  # noqa: PLC0415

    with plain_errors(), transaction.atomic():
        answers = transfers_post(_entries(file), actor=actor(), now=clock(), each=each)
        if dry_run:
            transaction.set_rollback(True)
    _answers_show(answers, dry_run=dry_run, as_json=as_json)
    if any(answer.refusal for answer in answers):
        raise typer.Exit(StateError.exit_code)


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """Compute every balance and digest again from the transfers; name what differs.

    [bold]Example:[/bold] commonweal ledger verify
    """
    from commonweal.kernel.ledger.verify import ledger_verify  # noqa: PLC0415 - quick --help

    with plain_errors(), progress(quiet=as_json) as bar:
        task = bar.add_task("transfers", total=None)
        report = ledger_verify(lambda n_read: bar.update(task, completed=n_read))
    if as_json:
        print_json(
            {
                "holds": report.holds,
                "n_accounts": report.n_accounts,
                "n_transfers": report.n_transfers,
                "differences": [[found.where, found.what] for found in report.differences],
            }
        )
    else:
        for found in report.differences:
            stdout.print(f"{found.where}: {found.what}", markup=False)
        verdict = "holds" if report.holds else f"{len(report.differences)} differences"
        told = f"{report.n_accounts:,} accounts, {report.n_transfers:,} transfers"
        stdout.print(f"{told}: {verdict}")
    if not report.holds:
        raise typer.Exit(StateError.exit_code)


@app.command()
def expire(*, as_json: AsJson = False) -> None:
    """Record what expired and which pending transfers timed out; a second run finds nothing.

    [bold]Example:[/bold] commonweal ledger expire
    """
    from commonweal.kernel.ledger.services import lots_expire, pending_expire  # noqa: PLC0415

    with plain_errors():
        now = clock()
        n_late = pending_expire(actor=actor(), now=now)
        n_expired = lots_expire(actor=actor(), now=now)
    if as_json:
        print_json({"timed_out": n_late, "expired": n_expired})
    else:
        stdout.print(f"{n_late:,} pending transfers timed out, {n_expired:,} amounts expired")


def _held(row: Balance) -> dict[str, Any]:
    account = row.account
    return {
        "account": account.code,
        "asset": account.asset.code,
        "decimals": account.asset.decimals,
        "kind": account.kind,
        "floor": account.floor,
        "balance": row.balance,
        "reserved": row.reserved,
    }


def _printed(amount: int, asset: Asset) -> str:
    return f"{Decimal(amount).scaleb(-asset.decimals):,}"


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is neither a date nor an instant", hint="as 2024-12-31 or 2024-12-31T08:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.get_default_timezone())


def _entries(file: Path) -> list[TransferEntry]:
    """Read the file; its amounts become whole numbers of the smallest part."""
    import csv  # noqa: PLC0415 - keeps --help quick

    from commonweal.kernel.ledger.table import rows_among  # noqa: PLC0415

    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{file} cannot be read: {fault}") from fault
    lacking = [name for name in _COLUMNS if rows and name not in rows[0]]
    if lacking or not rows:
        raise InputError(
            f"{file} has no {lacking[0] if lacking else 'row'}",
            hint=f"columns: {', '.join(_COLUMNS)}; if needed {', '.join(_MORE)}",
        )
    known = rows_among(
        "SELECT a.code, s.decimals FROM ledger_account a JOIN ledger_asset s ON s.id = a.asset_id"
        " WHERE {among}",
        "a.code",
        {row["debit"] for row in rows},
    )
    decimals = dict(known)
    return [_entry(row, place, decimals.get(row["debit"], 0)) for place, row in enumerate(rows, 2)]


def _entry(row: dict[str, str], line: int, decimals: int) -> TransferEntry:
    from commonweal.kernel.ledger.services import TransferEntry  # noqa: PLC0415

    try:
        amount = Decimal(row["amount"].replace(",", "")).scaleb(decimals)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise InputError(
            f"line {line}: amount {row['amount']!r} is no number with at most {decimals} decimals"
        )
    at, until = row.get("occurred_at"), row.get("pending_until")
    return TransferEntry(
        key=row["key"],
        debit=row["debit"],
        credit=row["credit"],
        amount=int(amount),
        code=row["code"],
        record_type=row.get("record_type") or "",
        record_key=row.get("record_key") or "",
        occurred_at=_instant(at) if at else None,
        pending_until=_instant(until) if until else None,
    )


def _answers_show(answers: tuple[TransferResult, ...], *, dry_run: bool, as_json: bool) -> None:
    refused = [answer for answer in answers if answer.refusal]
    replayed = sum(answer.replayed for answer in answers)
    n_posted = len(answers) - len(refused) - replayed
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "n_posted": n_posted,
                "n_replayed": replayed,
                "refused": [[answer.key, answer.refusal] for answer in refused],
            }
        )
        return
    would = "would be posted, nothing was kept" if dry_run else "posted"
    stdout.print(f"{n_posted:,} {would}; {replayed:,} were posted before; {len(refused):,} refused")
    for answer in refused[:_SHOWN]:
        stdout.print(f"  {answer.key}: {answer.refusal}", markup=False)
