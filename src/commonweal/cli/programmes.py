"""``commonweal programmes``: which there are, how their records flow, what is due."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stderr, stdout

app = typer.Typer(
    no_args_is_help=True,
    help="Programmes: which there are, how their records flow, files in and out, reminders.",
)

Kind = Annotated[str, typer.Argument(metavar="TYPE", help="As donations.donation.")]


class Form(StrEnum):
    """How a flow is drawn."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List every programme with its types of record.

    [bold]Example:[/bold] commonweal programmes list
    """
    from commonweal.kernel.programmes.registry import programmes  # noqa: PLC0415 - quick --help
    from commonweal.kernel.programmes.values import named  # noqa: PLC0415

    with plain_errors():
        found = programmes().values()
        if as_json:
            documents = [
                {
                    "id": each.id,
                    "domain": each.domain,
                    "name": each.spec.name,
                    "types": [*each.types],
                }
                for each in found
            ]
            print_json({"programmes": documents})
            return
        for each in found:
            stdout.print(f"{each.id}  {named(each.spec.name)}", markup=False)
            for kind in each.types.values():
                stdout.print(f"    {kind.id}  {named(kind.spec.name)}", markup=False)


@app.command()
def show(kind: Kind, *, as_json: AsJson = False) -> None:
    """Show a type of record: its fields, states and transitions, and who may do them.

    [bold]Example:[/bold] commonweal programmes show donations.donation
    """
    from commonweal.kernel.programmes.registry import record_type  # noqa: PLC0415
    from commonweal.kernel.programmes.values import named  # noqa: PLC0415

    with plain_errors():
        spec = record_type(kind).spec
        if as_json:
            print_json({"id": kind, **spec.model_dump(mode="json", by_alias=True)})
            return
        stdout.print(f"{kind}  {named(spec.name)}", markup=False)
        for name, each in spec.fields.items():
            unit = f" ({each.unit})" if each.unit else ""
            stdout.print(f"  {name}{unit}  {named(each.name)}", markup=False)
        for step in spec.transitions:
            approvals = f", {step.approvals} people" if step.approvals > 1 else ""
            stdout.print(
                f"  {step.action}: {', '.join(step.start)} → {step.to}  {step.role}{approvals}",
                markup=False,
            )


@app.command()
def diagram(
    kind: Kind,
    form: Annotated[Form, typer.Option(help="How it is drawn.")] = Form.MERMAID,
    out: Annotated[Path | None, typer.Option(help="Write it here instead of showing it.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Draw how a record flows from state to state.

    [bold]Example:[/bold] commonweal programmes diagram donations.donation --form svg --out flow.svg
    """
    from commonweal.errors import InputError  # noqa: PLC0415
    from commonweal.kernel.programmes import diagrams  # noqa: PLC0415
    from commonweal.kernel.programmes.registry import record_type  # noqa: PLC0415

    with plain_errors():
        drawn = getattr(diagrams, f"flow_{form.value}")(record_type(kind))
        if out is not None:
            try:
                out.write_text(drawn, encoding="utf-8")
            except OSError as fault:
                raise InputError(f"{out} cannot be written: {fault.strerror}") from fault
        if as_json:
            print_json({"type": kind, "form": form.value, "path": out, "text": drawn})
        else:
            typer.echo(f"wrote {out}" if out is not None else drawn, nl=out is not None)


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """Check every programme: definitions, models and rules fit one another.

    [bold]Example:[/bold] commonweal programmes check
    """
    from commonweal.kernel.programmes.registry import programmes, record_types  # noqa: PLC0415

    with plain_errors():
        n_programmes, n_types = len(programmes()), len(record_types())
        if as_json:
            print_json({"n_programmes": n_programmes, "n_types": n_types})
        else:
            stdout.print(f"{n_programmes} programmes with {n_types} types of record are in order")


@app.command()
def remind(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say who would be reminded and send nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remind people of what is due or overdue, each once; run it daily.

    [bold]Example:[/bold] commonweal programmes remind --dry-run
    """
    from commonweal.kernel.programmes.reminders import (  # noqa: PLC0415
        reminders_due,
        reminders_send,
    )

    with plain_errors():
        if dry_run:
            due = reminders_due(now=clock())
            rows = [
                {"to": each.to, "stage": each.stage, "type": each.kind.id, "code": each.record.code}
                for each in due
            ]
            if as_json:
                print_json({"reminders": rows})
                return
            for row in rows:
                stdout.print("{to}: {stage} {type} {code}".format(**row), markup=False)
            stdout.print(f"{len(rows)} reminders")
            return
        sent = reminders_send(now=clock())
        if as_json:
            print_json(
                {
                    "n_messages": sent.n_messages,
                    "n_reminders": sent.n_reminders,
                    "without_address": sent.without_address,
                }
            )
            return
        stdout.print(f"{sent.n_reminders} reminders in {sent.n_messages} messages")
        if sent.without_address:
            stderr.print(f"without an address: {', '.join(sent.without_address)}", markup=False)
