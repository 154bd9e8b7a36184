"""``commonweal roles``: who is what for which part of the organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout
from commonweal.cli.records import As, scope_as

app = typer.Typer(
    no_args_is_help=True, help="Roles: who is what for which part of the organisation."
)

User = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name of the account.")]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="As reviewer.")]
Node = Annotated[str, typer.Argument(metavar="NODE", help="Code of the organisation node.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A business day, as 2024-03-01.")
]


@app.command("list")
def list_(
    user: Annotated[str, typer.Option(metavar="ACCOUNT", help="Only of this account.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List the roles and delegations that hold today.

    [bold]Example:[/bold] commonweal roles list --user wang
    """
    from commonweal.kernel.accounts.selectors import delegations_held, grants_held  # noqa: PLC0415

    with plain_errors():
        now = clock()
        grants = [
            {
                "account": each.user.get_username(),
                "role": each.role,
                "node": each.node.code,
                "valid_from": each.valid_from,
                "valid_to": each.valid_to,
            }
            for each in grants_held(now=now, user=user)
        ]
        lent = [
            {
                "delegator": each.delegator.get_username(),
                "delegate": each.delegate.get_username(),
                "valid_to": each.valid_to,
            }
            for each in delegations_held(now=now, user=user)
        ]
        if as_json:
            print_json({"grants": grants, "delegations": lent})
            return
        for row in grants:
            stdout.print("{account}  {role}  {node}".format(**row), markup=False)
        for row in lent:
            stdout.print("{delegate}  acts for {delegator}".format(**row), markup=False)


@app.command()
def grant(
    user: User,
    role: RoleName,
    node: Node,
    start: Day = None,
    until: Day = None,
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Give an account a role for a node and everything below it.

    [bold]Example:[/bold] commonweal roles grant wang reviewer CN-XZ
    """
    from commonweal.kernel.accounts.services import role_grant  # noqa: PLC0415

    with plain_errors():
        made = role_grant(
            user,
            role,
            node=node,
            scope=scope_as(account),
            now=clock(),
            valid_from=start.date() if start else None,
            valid_to=until.date() if until else None,
        )
        _said({"grant": str(made), "valid_from": made.valid_from}, str(made), as_json=as_json)


@app.command()
def revoke(
    user: User, role: RoleName, node: Node, *, account: As = "", as_json: AsJson = False
) -> None:
    """Take a role back from today on.

    [bold]Example:[/bold] commonweal roles revoke wang reviewer CN-XZ
    """
    from commonweal.kernel.accounts.services import role_revoke  # noqa: PLC0415

    with plain_errors():
        n_ended = role_revoke(user, role, node=node, scope=scope_as(account), now=clock())
        _said({"n_ended": n_ended}, f"{user} is no longer {role} for {node}", as_json=as_json)


@app.command()
def delegate(
    delegator: Annotated[str, typer.Argument(metavar="DELEGATOR", help="Who is away.")],
    taker: Annotated[str, typer.Argument(metavar="DELEGATE", help="Who acts meanwhile.")],
    until: Day = None,
    end: Annotated[bool, typer.Option("--end", help="End the delegation today.")] = False,  # noqa: FBT002
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Let somebody act for an account, with its roles, or end it.

    [bold]Example:[/bold] commonweal roles delegate wang zhao --until 2024-08-01
    """
    from commonweal.kernel.accounts.services import delegation_end, role_delegate  # noqa: PLC0415

    with plain_errors():
        scope, now = scope_as(account), clock()
        if end:
            n_ended = delegation_end(delegator, taker, scope=scope, now=now)
            sentence = f"{taker} no longer acts for {delegator}"
            _said({"n_ended": n_ended}, sentence, as_json=as_json)
            return
        valid_to = until.date() if until else None
        made = role_delegate(delegator, taker, scope=scope, now=now, valid_to=valid_to)
        _said({"delegation": str(made), "valid_to": valid_to}, str(made), as_json=as_json)


def _said(document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        stdout.print(sentence, markup=False)
