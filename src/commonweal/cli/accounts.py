"""``commonweal accounts``: who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout
from commonweal.cli.records import As, scope_as

app = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in, and with what.")

Name = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name of the account.")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the accounts, what each signs in with, and when it last did.

    [bold]Example:[/bold] commonweal accounts list
    """
    from commonweal.kernel.accounts.people import accounts_listed  # noqa: PLC0415

    with plain_errors():
        rows = accounts_listed()
        if as_json:
            print_json({"accounts": rows})
            return
        for row in rows:
            last = f"{row['last_sign_in']:%Y-%m-%d}" if row["last_sign_in"] else "never"
            words = ", ".join(row["factors"]) or "no second factor"
            state = "open" if row["is_open"] else "closed"
            line = f"{row['account']}  {state}  {words}  last signed in: {last}"
            stdout.print(line, markup=False)


@app.command()
def add(
    name: Name,
    given_name: Annotated[str, typer.Option(help="As the site addresses its holder.")] = "",
    staff: Annotated[bool, typer.Option("--staff", help="May enter the administration.")] = False,  # noqa: FBT002
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Open an account without a role, and print its first password, once.

    [bold]Example:[/bold] commonweal accounts add li --given-name Li
    """
    from django.db import transaction  # noqa: PLC0415

    from commonweal.kernel.accounts.people import account_add, account_password  # noqa: PLC0415

    with plain_errors(), transaction.atomic():
        by, now = scope_as(account), clock()
        account_add(name, scope=by, now=now, is_staff=staff, given_name=given_name)
        chosen = account_password(name, scope=by, now=now)
    _said({"account": name, "password": chosen}, f"{name}: {chosen}", as_json=as_json)


@app.command()
def password(name: Name, *, account: As = "", as_json: AsJson = False) -> None:
    """Draw a new password, print it once, and sign the account out everywhere.

    [bold]Example:[/bold] commonweal accounts password li
    """
    from commonweal.kernel.accounts.people import account_password  # noqa: PLC0415

    with plain_errors():
        chosen = account_password(name, scope=scope_as(account), now=clock())
        _said({"account": name, "password": chosen}, f"{name}: {chosen}", as_json=as_json)


@app.command()
def close(name: Name, *, account: As = "", as_json: AsJson = False) -> None:
    """Close an account and sign it out everywhere; what it did stays told.

    [bold]Example:[/bold] commonweal accounts close li
    """
    from commonweal.kernel.accounts.people import account_close  # noqa: PLC0415

    with plain_errors():
        n_ended = account_close(name, scope=scope_as(account), now=clock())
        told = {"account": name, "sessions_ended": n_ended}
        _said(told, f"{name} is closed; sessions ended: {n_ended}", as_json=as_json)


@app.command("mfa-reset")
def mfa_reset(name: Name, *, account: As = "", as_json: AsJson = False) -> None:
    """Forget an account's codes and keys, when its holder has lost them.

    [bold]Example:[/bold] commonweal accounts mfa-reset li
    """
    from commonweal.kernel.accounts.people import second_factor_reset  # noqa: PLC0415

    with plain_errors():
        n_gone = second_factor_reset(name, scope=scope_as(account), now=clock())
        told = {"account": name, "factors_forgotten": n_gone}
        _said(told, f"{name} has no second factor now; forgotten: {n_gone}", as_json=as_json)


def _said(document: dict[str, object], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        stdout.print(sentence, markup=False)
