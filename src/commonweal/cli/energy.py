"""``commonweal energy``: replace meters, say who uses what, balance sites, reconcile two routes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from django.conf import settings
from rich.table import Table

from commonweal.cli.common import (
    AsJson,
    actor,
    clock,
    instant_read,
    plain_errors,
    print_json,
    stderr,
    stdout,
)
from commonweal.errors import InputError
from commonweal.kernel.org import selectors, services

app = typer.Typer(no_args_is_help=True, help="Meters, shared sites, energy balance, two routes.")

From = Annotated[str, typer.Option("--from", help="First day on which it holds.")]
Until = Annotated[str, typer.Option("--until", help="Day after the last; empty is for good.")]
AsOf = Annotated[str, typer.Option("--as-of", help="What was known then: 2024-07-01T00:00+08:00.")]
Period = Annotated[str, typer.Argument(help="Whole months: 2024, 2024-Q1 or 2024-03.")]
_SHOWN = 20


@app.command()
def replace(
    meter: str,
    new_meter: str,
    at: Annotated[str, typer.Option("--at", help="Instant, as 2024-03-05T10:30+08:00.")],
    final: Annotated[float, typer.Option("--final", help="Register of the old meter then.")],
    *,
    first: Annotated[float, typer.Option("--first", help="Register of the new one then.")] = 0.0,
    multiplier: Annotated[float, typer.Option(help="Of the new one; as before if 0.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Replace a meter with both registers: nothing is lost and nothing counts twice.

    Example: commonweal energy replace M-1 M-1b --at 2024-03-05T10:30+08:00 --final 98213.4
    """
    from commonweal.domains.carbon.energy.services import meter_replace_read  # noqa: PLC0415

    with plain_errors():
        instant = instant_read(at)
        if instant is None:
            raise InputError("--at is empty", hint="write 2024-03-05T10:30+08:00")
        folder = settings.HOME / "replacements"
        folder.mkdir(parents=True, exist_ok=True)
        meter_replace_read(
            meter=meter,
            new_code=new_meter,
            replaced_at=instant,
            final_register=final,
            first_register=first,
            folder=folder,
            changes={"multiplier": multiplier} if multiplier else None,
            actor=actor(),
            now=clock(),
        )
    _done({"meter": meter, "replaced_by": new_meter, "at": instant.isoformat()}, as_json=as_json)


@app.command()
def role(
    meter: str, counts: str, from_: From, *, until: Until = "", as_json: AsJson = False
) -> None:
    """Say what a meter counts: import, export, pv, generator, tenant, a use, or reference.

    Example: commonweal energy role M-GD-000007 cooling --from 2024-01-01
    """
    with plain_errors():
        services.meter_role_set(
            meter=meter,
            role=counts,
            from_date=_day(from_),
            until_date=_day(until) if until else None,
            actor=actor(),
            now=clock(),
        )
    _done({"meter": meter, "role": counts, "from_date": from_}, as_json=as_json)


@app.command()
def virtual(
    meter: str, expression: str, from_: From, *, until: Until = "", as_json: AsJson = False
) -> None:
    """Make a meter the sum of others; codes with a hyphen stand in square brackets.

    Example: commonweal energy virtual IT-LOAD "[M-1] + [M-2] - 0.5 * [M-3]" --from 2024-01-01
    """
    with plain_errors():
        services.meter_expression_set(
            meter=meter,
            expression=expression,
            from_date=_day(from_),
            until_date=_day(until) if until else None,
            actor=actor(),
            now=clock(),
        )
    _done({"meter": meter, "expression": expression, "from_date": from_}, as_json=as_json)


@app.command()
def share(  # noqa: PLR0913 - an agreement has this many terms
    agreement: str,
    site: str,
    party: str,
    from_: From,
    *,
    kind: Annotated[
        str, typer.Option(help="tower_company, partner_operator or tenant.")
    ] = "tenant",
    part: Annotated[str, typer.Option("--part", help="Their share, as 0.4.")] = "",
    meter: Annotated[str, typer.Option("--meter", help="The sub-meter that measures it.")] = "",
    until: Until = "",
    as_json: AsJson = False,
) -> None:
    """Say who else uses a site's electricity, by share or by sub-meter.

    Example: commonweal energy share T-0001 S-GD-000001 "Tower company" --part 0.4 --from 2024-01-01
    """
    with plain_errors():
        services.site_share_set(
            code=agreement,
            site=site,
            party=party,
            party_kind=kind,
            share=_share(part) if part else None,
            meter=meter,
            from_date=_day(from_),
            until_date=_day(until) if until else None,
            actor=actor(),
            now=clock(),
        )
    _done({"agreement": agreement, "site": site, "party": party}, as_json=as_json)


@app.command()
def gaps(
    method: str,
    from_: From,
    *,
    site: Annotated[str, typer.Option("--site", help="Only there; everywhere if empty.")] = "",
    as_json: AsJson = False,
) -> None:
    """Choose how months without data are estimated: same_month_last_year, neighbour_days, none.

    Example: commonweal energy gaps same_month_last_year --from 2023-01-01
    """
    with plain_errors():
        services.gap_rule_set(
            method=method, site=site, from_date=_day(from_), actor=actor(), now=clock()
        )
    _done({"method": method, "site": site or "every site", "from_date": from_}, as_json=as_json)


@app.command()
def balance(
    written: Period,
    *,
    node: Annotated[str, typer.Option("--node", help="Only its sites and those below.")] = "",
    as_of: AsOf = "",
    as_json: AsJson = False,
) -> None:
    """Balance every site: what came in, what left, what was used for what, what is open.

    Example: commonweal energy balance 2024 --node GD
    """
    from commonweal.domains.carbon.energy.balance import balance as balance_of  # noqa: PLC0415
    from commonweal.periods import period  # noqa: PLC0415

    with plain_errors():
        span, at = period(written), instant_read(as_of)
        nodes = selectors.subtree_ids(node, span.start_date, at) if node else None
        found = balance_of(span, nodes=nodes, as_of=at)
    if as_json:
        print_json(asdict(found))
        return
    table = Table("site", "came in", "fed in", "others", "own", "measured", "unaccounted", box=None)
    listed = sorted(found.sites, key=lambda each: (-each.n_open, -each.supplied))
    for each in listed[:_SHOWN]:
        measured = sum(each.uses.values())
        columns = (each.supplied, each.exported, each.of_others, each.own, measured)
        mark = f" open in {each.n_open} months" if each.n_open else ""
        rest = f"{each.unaccounted:,.1f}{mark}" if each.has_uses else "–"
        table.add_row(each.site, *(f"{kwh:,.1f}" for kwh in columns), rest)
    stdout.print(table)
    stderr.print(
        f"{len(listed):,} sites, kWh; {found.n_ordinary:,} more have meters from the grid alone: "
        f"{found.ordinary_kwh:,.1f} kWh"
    )


@app.command()
def routes(
    written: Period,
    *,
    node: Annotated[str, typer.Option("--node", help="Only this one and those below it.")] = "",
    as_of: AsOf = "",
    as_json: AsJson = False,
) -> None:
    """Reconcile readings with bills: the difference of each unit, term by term, to the Wh.

    Example: commonweal energy routes 2024 --node GD
    """
    from commonweal.domains.carbon.energy.routes import routes as routes_of  # noqa: PLC0415
    from commonweal.periods import period  # noqa: PLC0415

    with plain_errors():
        found = routes_of(period(written), as_of=instant_read(as_of))
        if node:
            found = tuple(row for row in found if node in {row.node, row.parent})
    if as_json:
        print_json({"nodes": [asdict(row) for row in found]})
        return
    table = Table("node", "readings kWh", "bills kWh", "difference", "of which", box=None)
    for row in found[:_SHOWN]:
        terms = [f"{name} {wh / 1000:+,.3f}" for name, wh in row.terms_wh.items() if wh]
        amounts = (row.from_readings_wh, row.from_bills_wh, row.difference_wh)
        table.add_row(row.node, *(f"{wh / 1000:,.3f}" for wh in amounts), "\n".join(terms))
    stdout.print(table)
    if len(found) > _SHOWN:
        stderr.print(f"{_SHOWN} of {len(found):,} nodes; --json lists all, --node one")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not a day: {fault}", hint="write 2024-07-01") from fault


def _share(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation as fault:
        raise InputError(f"{written!r} is not a share", hint="write 40 % as 0.4") from fault


def _done(document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        stdout.print(", ".join(f"{name} {value}" for name, value in document.items()))
