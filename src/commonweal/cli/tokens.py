"""``commonweal tokens``: keys with which programs ask the API in somebody's name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.kernel.accounts.models import Token

app = typer.Typer(
    no_args_is_help=True, help="Tokens: keys with which programs ask the API in somebody's name."
)

User = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name of the account.")]


@app.command()
def issue(
    user: User,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, as meter-gateway.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="read, write, ingest or admin; more than once.")
    ] = ["read"],  # noqa: B006 - Typer's own idiom
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it ends.")] = 90,
    *,
    as_json: AsJson = False,
) -> None:
    """Issue a token and print it; it is shown this once and kept nowhere.

    [bold]Example:[/bold] commonweal tokens issue lin meter-gateway --scope ingest --days 30
    """
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - --help stays quick

    from commonweal.kernel.accounts.tokens import token_issue  # noqa: PLC0415

    with plain_errors():
        account = get_user_model().objects.filter(username=user).first()
        if account is None:
            raise InputError(f"there is no account {user!r}", hint="see `commonweal roles list`")
        now = clock()
        made, text = token_issue(
            account,
            name=name,
            scopes=scope,
            expires_at=now + timedelta(days=days),
            now=now,
            actor=actor(),
        )
        if as_json:
            print_json({**_document(made), "token": text})
        else:
            stdout.print(text, markup=False, soft_wrap=True)


@app.command("list")
def list_(
    user: Annotated[str, typer.Option(metavar="ACCOUNT", help="Only of this account.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List tokens, the newest first, by what they begin with.

    [bold]Example:[/bold] commonweal tokens list --user lin
    """
    from commonweal.kernel.accounts.tokens import tokens_list  # noqa: PLC0415

    with plain_errors():
        found = [_document(each) for each in tokens_list(user=user)]
        if as_json:
            print_json({"tokens": found})
            return
        for row in found:
            ends = f"revoked {row['revoked_at']}" if row["revoked_at"] else row["expires_at"]
            line = f"{row['begins_with']}  {row['account']}  {row['name']}  {row['may']}  {ends}"
            stdout.print(line, markup=False)


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="What it begins with.")],
    *,
    as_json: AsJson = False,
) -> None:
    """End a token at once.

    [bold]Example:[/bold] commonweal tokens revoke cw_1f2e3d4c
    """
    from commonweal.kernel.accounts.scopes import owner_scope  # noqa: PLC0415
    from commonweal.kernel.accounts.tokens import token_revoke, tokens_list  # noqa: PLC0415

    with plain_errors():
        found = tokens_list().filter(prefix=prefix).first()
        if found is None:
            raise InputError(
                f"no token begins with {prefix!r}", hint="`commonweal tokens list` shows them"
            )
        ended = token_revoke(found, scope=owner_scope(actor()), now=clock())
        if as_json:
            print_json(_document(ended))
        else:
            stdout.print(f"{ended} is revoked", markup=False)


def _document(token: Token) -> dict[str, Any]:
    return {
        "account": token.user.get_username(),
        "name": token.name,
        "begins_with": token.prefix,
        "may": " ".join(token.scopes),
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_on": token.last_used_on,
    }
