"""The organisation: importing, looking, moving, transferring."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.tree import Tree as Branch

from commonweal.cli.common import (
    AsJson,
    actor,
    clock,
    plain_errors,
    print_json,
    progress,
    stderr,
    stdout,
)
from commonweal.errors import InputError
from commonweal.kernel.org import imports, selectors, services
from commonweal.kernel.org.models import SiteOwnership
from commonweal.kernel.org.spans import known, valid_on
from commonweal.periods import business_date

if TYPE_CHECKING:
    from commonweal.kernel.org.imports import ImportResult

app = typer.Typer(no_args_is_help=True, help="Nodes, sites and meters, and who belongs to whom.")
_SHOWN_REJECTS = 20

On = Annotated[str, typer.Option("--on", help="Business day, as 2024-07-01; today if not given.")]
AsOf = Annotated[str, typer.Option("--as-of", help="What was known then: 2024-07-01T00:00+08:00.")]
From = Annotated[str, typer.Option("--from", help="First day on which it holds.")]
Until = Annotated[str, typer.Option("--until", help="Day after the last; empty is for good.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the event log.")]


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Tables of nodes, sites, meters and what they count.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do it all, keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring tables into the register; the same tables again change nothing.

    Rows that break a rule are listed and left out; the exit code is then 3.

    Example: commonweal org import nodes.csv sites.csv meters.xlsx --dry-run
    """
    with plain_errors():
        given: dict[str, Path] = {}
        for path in files:
            table = imports.table_of(path)
            if table in given:
                raise InputError(
                    f"{given[table]} and {path} are both {table}", hint="import them one by one"
                )
            given[table] = path
        with progress(quiet=as_json) as bar:
            tasks = {table: bar.add_task(table, total=100) for table in given}
            result = imports.org_import(
                **given,
                actor=actor(),
                now=clock(),
                dry_run=dry_run,
                progress=lambda table, share: bar.update(tasks[table], completed=share * 100),
            )
    print_json(asdict(result)) if as_json else _result_print(result)
    if result.rejects:
        raise typer.Exit(InputError.exit_code)


def _result_print(result: ImportResult) -> None:
    table = Table("table", "created", "updated", "unchanged", "rejected", box=None)
    for name, count in result.counts.items():
        table.add_row(name, *(f"{number:,}" for number in asdict(count).values()))
    stdout.print(table)
    for reject in result.rejects[:_SHOWN_REJECTS]:
        place = f"{reject.file} row {reject.row}"
        stderr.print(f"{place}: {reject.sentence}; {reject.hint}".rstrip("; "), markup=False)
    if len(result.rejects) > _SHOWN_REJECTS:
        stderr.print(f"… and {len(result.rejects) - _SHOWN_REJECTS:,} more; --json lists all")
    if result.dry_run:
        stderr.print("dry run: nothing was kept")


@app.command()
def template(
    table: Annotated[
        str,
        typer.Argument(help="nodes, sites, meters, meter_roles, virtual_meters or site_shares."),
    ],
    *,
    out: Annotated[Path | None, typer.Option("--out", help="File ending in .csv or .xlsx.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write an empty table to fill in, with an example row that the import skips.

    Example: commonweal org template sites --out sites.xlsx
    """
    path = out or Path(f"{table}.xlsx")
    with plain_errors():
        imports.template_write(table, path)
    print_json({"table": table, "file": path}) if as_json else stdout.print(path)


@app.command()
def tree(*, on: On = "", as_of: AsOf = "", as_json: AsJson = False) -> None:
    """Show the organisation of one day.

    Example: commonweal org tree --on 2024-07-01 --as-of 2024-03-01T00:00+08:00
    """
    with plain_errors():
        held = selectors.tree(_day(on), _instant(as_of))
    above = [held.code[i] if i >= 0 else None for i in held.parent.tolist()]
    if as_json:
        rows = zip(held.code, held.kind, held.place, above, held.depth.tolist(), strict=True)
        names = ("code", "kind", "place", "parent", "depth")
        print_json({"nodes": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    branches = {-1: Branch("", hide_root=True)}
    for i, (code, kind, place) in enumerate(zip(held.code, held.kind, held.place, strict=True)):
        label = f"[bold]{code}[/bold] [dim]{kind} {place}[/dim]"
        branches[i] = branches[int(held.parent[i])].add(label)
    stdout.print(branches[-1])


@app.command()
def move(
    node: str,
    parent: str,
    from_: From,
    *,
    until: Until = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Put a node, with all below it, under another parent from a day on.

    Example: commonweal org move GD-03 GD-04 --from 2024-07-01 --reason "reform"
    """
    with plain_errors():
        services.node_move(
            node=node,
            parent=parent,
            from_date=_day(from_),
            until_date=_day(until) if until else None,
            reason=reason,
            actor=actor(),
            now=clock(),
        )
    _done({"node": node, "parent": parent, "from_date": from_}, as_json=as_json)


@app.command()
def merge(
    node: str, into: str, from_: From, *, reason: Reason = "", as_json: AsJson = False
) -> None:
    """End a node on a day and give its children and sites to another.

    Example: commonweal org merge GD-03 GD-04 --from 2024-07-01
    """
    with plain_errors():
        services.node_merge(
            node=node,
            into=into,
            from_date=_day(from_),
            reason=reason,
            actor=actor(),
            now=clock(),
        )
    _done({"node": node, "into": into, "from_date": from_}, as_json=as_json)


@app.command()
def transfer(
    node: str,
    sites_: Annotated[list[str], typer.Argument(metavar="SITES")],
    from_: From,
    *,
    until: Until = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Give sites to another node from a day on.

    Example: commonweal org transfer GD-04 S-GD-000001 S-GD-000002 --from 2024-07-01
    """
    with plain_errors():
        n_moved = services.site_transfer(
            sites=sites_,
            node=node,
            from_date=_day(from_),
            until_date=_day(until) if until else None,
            reason=reason,
            actor=actor(),
            now=clock(),
        )
    _done({"node": node, "n_moved": n_moved, "from_date": from_}, as_json=as_json)


@app.command()
def boundary(
    code: str,
    from_: From,
    share: Annotated[list[str], typer.Option("--share", help="NODE=SHARE, as GD=0.51.")],
    *,
    approach: Annotated[str, typer.Option(help="operational_control or equity_share.")],
    name: Annotated[str, typer.Option(help="Its name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Set a reporting boundary: which nodes count from a day on, and with which share.

    Example: commonweal org boundary equity --approach equity_share --from 2024-01-01 --share G=1
    """
    who, now = actor(), clock()
    with plain_errors():
        shares = [_share(text) for text in share]
        names = {"en": name or code}
        services.boundary_set(code=code, approach=approach, names=names, actor=who, now=now)
        for node, counted in shares:
            services.boundary_share_set(
                boundary=code,
                node=node,
                share=counted,
                from_date=_day(from_),
                actor=who,
                now=now,
            )
    _done({"boundary": code, "shares": dict(shares), "from_date": from_}, as_json=as_json)


@app.command()
def sites(
    node: Annotated[str, typer.Option("--node", help="Only those of this node and below.")] = "",
    *,
    on: On = "",
    as_of: AsOf = "",
    limit: Annotated[int, typer.Option(min=1, help="Most sites to list.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List sites and who runs them on one day.

    Example: commonweal org sites --node GD --on 2024-07-01 --limit 10
    """
    with plain_errors():
        day, at = _day(on), _instant(as_of)
        rows = SiteOwnership.objects.filter(known(at), valid_on(day))
        if node:
            rows = rows.filter(node__in=selectors.subtree_ids(node, day, at))
    n_sites = rows.count()
    columns = ("site__code", "site__kind", "site__place", "node__code", "site__name")
    found = list(rows.order_by("site__code").values_list(*columns)[:limit])
    if as_json:
        names = ("code", "kind", "place", "node", "name")
        listed = [dict(zip(names, row, strict=True)) for row in found]
        print_json({"n_sites": n_sites, "sites": listed})
        return
    table = Table("site", "kind", "place", "run by", "name", box=None)
    for row in found:
        table.add_row(*row)
    stdout.print(table)
    stderr.print(f"{len(found):,} of {n_sites:,} sites")


def _day(written: str) -> date:
    if not written:
        return business_date(clock())
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not a day: {fault}", hint="write 2024-07-01") from fault


def _instant(written: str) -> datetime | None:
    if not written:
        return None
    try:
        return datetime.fromisoformat(written)
    except ValueError as fault:
        raise InputError(
            f"{written!r} is not an instant: {fault}", hint="write 2024-07-01T00:00+08:00"
        ) from fault


def _share(written: str) -> tuple[str, Decimal]:
    node, _, share = written.partition("=")
    try:
        return node, Decimal(share)
    except InvalidOperation as fault:
        raise InputError(f"{written!r} is not NODE=SHARE", hint="write GD=0.51") from fault


def _done(document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        stdout.print(", ".join(f"{name} {value}" for name, value in document.items()))
