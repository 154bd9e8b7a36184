"""Facts in the terminal: a list, one with its lineage, all versions of one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, actor, plain_errors, print_json, stdout
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.facts import selectors
from commonweal.kernel.programmes.behind import records_behind
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.programmes.behind import Behind


FactId = Annotated[int, typer.Argument(metavar="ID", help="Number of the fact.")]


def list_(
    *,
    boundary: Annotated[str, typer.Option(help="Reporting boundary.")] = "operational",
    indicator: Annotated[list[str] | None, typer.Option(help="Repeat for several.")] = None,
    node: Annotated[list[str] | None, typer.Option(help="Repeat for several.")] = None,
    when: Annotated[
        list[str] | None, typer.Option("--period", help="2024-03, 2024 … Repeat for several.")
    ] = None,
    as_of: Annotated[str, typer.Option(help="As known then: 2025-03-18T08:00+08:00.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List the facts that are current, or were at an instant.

    [bold]Example:[/bold] commonweal facts list --indicator energy_use --period 2024
    """
    with plain_errors():
        found = selectors.facts_as_of(
            boundary=boundary,
            indicators=indicator,
            nodes=node,
            periods=[period(text) for text in when] if when else None,
            as_of=_instant(as_of) if as_of else None,
        )
        facts, n_found = list(found[:limit]), found.count()
        if as_json:
            print_json({"n_found": n_found, "facts": [_fact(fact) for fact in facts]})
            return
        _print_facts(facts)
        stdout.print(f"{len(facts)} of {n_found} facts")


def show(
    pk: FactId,
    *,
    records: Annotated[int, typer.Option(min=0, help="Show so many of the records counted.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show one fact with its lineage, the records it counts and its batch.

    [bold]Example:[/bold] commonweal facts show 42 --records 100
    """
    with plain_errors():
        fact = selectors.fact_get(pk)
        counted = records_behind(fact, scope=owner_scope(actor()), limit=records, summed=True)
        document = _fact(fact) | {"lineage": fact.lineage, "batch": _batch(fact)}
        if counted is not None:
            document["records"] = _records(counted)
        if as_json:
            print_json(document)
            return
        for name, value in document.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            stdout.print(f"{name:>16}  {text}", markup=False)


def history(pk: FactId, *, as_json: AsJson = False) -> None:
    """Show every version of a fact, with the reasons of its restatements.

    [bold]Example:[/bold] commonweal facts history 42
    """
    with plain_errors():
        facts = list(selectors.fact_history(selectors.fact_get(pk)))
        if as_json:
            print_json({"facts": [_fact(fact) for fact in facts]})
        else:
            _print_facts(facts)


def _fact(fact: Fact) -> dict[str, Any]:
    names = (
        "id indicator node boundary value unit decimals method estimated_share "
        "recorded_at superseded_at reason leaf_index"
    )
    document = {name: getattr(fact, name) for name in names.split()}
    for name in ("value", "estimated_share"):
        value = document[name]
        document[name] = None if value is None else format(value, "f")
    for name in ("recorded_at", "superseded_at"):
        document[name] = document[name].isoformat() if document[name] else None
    return document | {"period": str(fact.period)}


def _records(counted: Behind) -> dict[str, Any]:
    added = counted.sum
    return {
        "type": counted.kind.id,
        "n_counted": added.n_visible + added.n_hidden if added else None,
        "total": format(added.total, "f") if added else None,
        "agrees": added.agrees if added else None,
        "shown": [
            {
                "code": row.code,
                "node": row.node,
                "day": row.day.isoformat(),
                "contribution": format(row.contribution, "f"),
            }
            for row in counted.rows
        ],
    }


def _batch(fact: Fact) -> dict[str, Any]:
    batch = fact.batch
    return {
        "id": batch.pk,
        "engine": batch.engine,
        "version": batch.version,
        "parameters": batch.parameters,
        "inputs": batch.inputs,
        "actor": batch.actor,
        "tree_size": batch.tree_size,
        "root_hash": batch.root_hash,
    }


def _print_facts(facts: Iterable[Fact]) -> None:
    table = Table(box=None, header_style="bold")
    for name in ("id", "indicator", "node", "period"):
        table.add_column(name, no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    for name in ("unit", "method", "recorded", "reason"):
        table.add_column(name)
    for fact in facts:
        recorded = f"{fact.recorded_at:%Y-%m-%d %H:%M}"
        value = fact.printed or "no data"
        table.add_row(
            *(str(fact.pk), fact.indicator, fact.node, str(fact.period)),
            *(value, fact.unit, fact.method, recorded, fact.reason),
        )
    stdout.print(table)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no instant", hint="write 2025-03-18T08:00+08:00") from None
