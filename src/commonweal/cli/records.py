"""``commonweal records``: look at records of programmes and work on them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

app = typer.Typer(no_args_is_help=True, help="Records of programmes: look at them, work on them.")

Kind = Annotated[str, typer.Argument(metavar="TYPE", help="As donations.donation.")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the record.")]
As = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="With an account's roles.")]
Values = Annotated[
    list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="May be repeated.")
]
Comment = Annotated[str, typer.Option(help="Why.")]


@app.command("list")
def list_(
    kind: Kind,
    state: Annotated[str, typer.Option(help="Only in this state.")] = "",
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """List records that may be read, the newest first.

    [bold]Example:[/bold] commonweal records list donations.donation --state pledged --as li
    """
    with plain_errors():
        found_kind, scope = _kind(kind), scope_as(account)
        rows = scope.visible(found_kind.model.objects.all())
        if state:
            rows = rows.filter(state=found_kind.spec.state(state).id)
        found = list(rows.select_related("node").order_by("-pk")[:most])
        if as_json:
            print_json({"records": [_document(found_kind, each) for each in found]})
            return
        for each in found:
            stdout.print(
                f"{each.code}  {each.state}  {each.node.code}  v{each.version}", markup=False
            )
        stdout.print(f"{len(found)} records")


@app.command()
def show(kind: Kind, code: Code, *, account: As = "", as_json: AsJson = False) -> None:
    """Show one record, and what may be done with it now.

    [bold]Example:[/bold] commonweal records show donations.donation DN-2024-00001
    """
    from commonweal.kernel.programmes.services.acting import actions_open  # noqa: PLC0415

    with plain_errors():
        found_kind, scope = _kind(kind), scope_as(account)
        record = _record(found_kind, code, scope)
        actions = [each.action for each in actions_open(found_kind, record, scope)]
        document = {**_document(found_kind, record), "actions": actions}
        if as_json:
            print_json(document)
            return
        for name, value in document.items():
            if value not in (None, "", []):
                shown = ", ".join(value) if isinstance(value, list) else value
                stdout.print(f"{name}: {shown}", markup=False)


@app.command()
def history(kind: Kind, code: Code, *, account: As = "", as_json: AsJson = False) -> None:
    """Show everything that happened to a record.

    [bold]Example:[/bold] commonweal records history donations.donation DN-2024-00001
    """
    from dataclasses import asdict  # noqa: PLC0415

    from commonweal.kernel.programmes.selectors import record_timeline  # noqa: PLC0415

    with plain_errors():
        found_kind = _kind(kind)
        timeline = record_timeline(_record(found_kind, code, scope_as(account)))
        if as_json:
            print_json({"history": [asdict(each) for each in timeline]})
            return
        for each in timeline:
            stdout.print(
                f"{each.at:%Y-%m-%d %H:%MZ}  {each.who}  {each.what}  {each.state_name}"
                f"  {each.comment}".rstrip(),
                markup=False,
            )
            for change in each.differences:
                stdout.print(f"    {change.label}: {change.old} → {change.new}", markup=False)


@app.command("open")
def open_(
    kind: Kind,
    node: Annotated[str, typer.Option(help="Code of the organisation node.")],
    values: Values = None,
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Open a record.

    [bold]Example:[/bold] commonweal records open donations.donation --node CN --set purpose=border
    --set recipient=School --set project=Library --set amount_cny=53000 --set pledge_date=2024-03-01
    """
    from commonweal.kernel.programmes.receipts import is_anonymous, receipt_of  # noqa: PLC0415
    from commonweal.kernel.programmes.services import record_open  # noqa: PLC0415

    with plain_errors():
        found_kind = _kind(kind)
        record = record_open(
            found_kind, node=node, values=_values(values), scope=scope_as(account), now=clock()
        )
        receipt = receipt_of(record) if is_anonymous(record) else ""
        if as_json:
            told = {"receipt": receipt} if receipt else {}
            print_json({**_document(found_kind, record), **told})
            return
        stdout.print(f"opened {record.code}", markup=False)
        if receipt:
            stdout.print(f"receipt, shown this once: {receipt}", markup=False)


@app.command()
def act(
    kind: Kind,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="Name of a transition.")],
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="One record, or many.")],
    values: Values = None,
    comment: Comment = "",
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Do an action on records: on all of them or, if one refuses, on none.

    [bold]Example:[/bold] commonweal records act donations.donation approve DN-2024-00001 --as wang
    """
    from commonweal.kernel.programmes.services import Context, records_act  # noqa: PLC0415

    with plain_errors():
        found_kind, scope, now = _kind(kind), scope_as(account), clock()
        ids = [_record(found_kind, code, scope).pk for code in codes]
        context = Context(scope, now, comment, _values(values))
        outcomes = records_act(found_kind, ids, action, context=context)
        if as_json:
            documents = [
                {**_document(found_kind, each.record), "is_done": each.is_done} for each in outcomes
            ]
            print_json({"records": documents})
            return
        for each in outcomes:
            stdout.print(each.message, markup=False)


@app.command()
def merge(
    kind: Kind,
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="Code of the record that goes on.")],
    duplicate: Annotated[str, typer.Argument(metavar="DUPLICATE", help="Code of the other.")],
    take: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Take its value of this field.")
    ] = None,
    comment: Comment = "",
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Merge a duplicate into the record that it duplicates.

    [bold]Example:[/bold] commonweal records merge donations.donation DN-2024-00001 DN-2024-00002
    """
    from commonweal.kernel.programmes.services import record_merge  # noqa: PLC0415

    with plain_errors():
        found_kind, scope = _kind(kind), scope_as(account)
        one, other = (_record(found_kind, each, scope) for each in (keep, duplicate))
        kept = record_merge(one, other, take=take or (), scope=scope, now=clock(), comment=comment)
        _said(found_kind, kept, f"{duplicate} is merged into {keep}", as_json=as_json)


@app.command("receipt")
def receipt_(
    text: Annotated[str, typer.Argument(metavar="RECEIPT", help="As it was shown, once.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show what became of a record that was opened without a name.

    [bold]Example:[/bold] commonweal records receipt GMI-2024-00001-3f9ac-01b72-88d4e-c6a05
    """
    from dataclasses import asdict  # noqa: PLC0415

    from commonweal.kernel.programmes import receipts  # noqa: PLC0415
    from commonweal.kernel.programmes.registry import type_of  # noqa: PLC0415

    with plain_errors():
        record = receipts.receipt_find(text)
        fields = receipts.receipt_fields(record)
        history = receipts.receipt_timeline(record)
        actions = [each.action for each in receipts.receipt_actions(record)]
        if as_json:
            who = {"type": type_of(record).id, "code": record.code, "state": record.state}
            told = [asdict(each) for each in history]
            print_json({**who, "fields": fields, "actions": actions, "history": told})
            return
        stdout.print(f"{record.code}  {record.state}", markup=False)
        for name, value in fields.items():
            if value not in (None, ""):
                stdout.print(f"{name}: {value}", markup=False)
        for each in history:
            line = f"{each.at:%Y-%m-%d %H:%MZ}  {each.what}  {each.state}  {each.comment}"
            stdout.print(line.rstrip(), markup=False)


def scope_as(account: str) -> Scope:
    """Return the scope of an account, or of who owns the machine."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415

    from commonweal.kernel.accounts.scopes import owner_scope, scope_of  # noqa: PLC0415

    if not account:
        return owner_scope(actor())
    user = get_user_model().objects.filter(username=account).first()
    if user is None:
        raise InputError(f"there is no account {account!r}")
    return scope_of(user, now=clock(), interface="cli")


def _kind(type_id: str) -> RecordType:
    from commonweal.kernel.programmes.registry import record_type  # noqa: PLC0415

    return record_type(type_id)


def _record(kind: RecordType, code: str, scope: Scope) -> Record:
    found = scope.visible(kind.model.objects.filter(code=code)).select_related("node").first()
    if found is None:
        raise InputError(f"there is no {kind.id} {code!r}, or it is not yours to see")
    return found


def _values(pairs: list[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair!r} is not FIELD=VALUE")
        found[name] = value
    return found


def _said(kind: RecordType, record: Record, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(kind, record))
    else:
        stdout.print(sentence, markup=False)


def _document(kind: RecordType, record: Record) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in kind.spec.fields}
    return {
        "id": str(record.pk),
        "code": record.code,
        "state": record.state,
        "node": record.node.code,
        "version": record.version,
        **{
            name: value if isinstance(value, str | int | float | datetime | None) else str(value)
            for name, value in fields.items()
            if not isinstance(value, UUID)
        },
    }
