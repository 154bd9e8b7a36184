"""``commonweal dual-control``: reasons of change, outlook and lights, shares, cost of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.domains.carbon.dual_control import allocating, explaining, portfolio, standing
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.disclosure.known import (
    boundary_get,
    latest_instant,
    node_children,
    node_get,
)
from commonweal.kernel.targets.selectors import target_get
from commonweal.periods import business_date, month, period

if TYPE_CHECKING:
    from commonweal.domains.carbon.dual_control.explaining import Explained
    from commonweal.domains.carbon.dual_control.standing import Standing

NAME: Final = "dual-control"

app = typer.Typer(
    no_args_is_help=True,
    help="Explain changes of energy and carbon, look ahead, share targets out, compare measures.",
)

AtNode = Annotated[str, typer.Option("--node", help="Organisation node; the whole operator.")]


@app.command()
def explain(
    indicator: Annotated[
        str, typer.Argument(help="energy_use, electricity_use, ghg_total_location.")
    ],
    base: Annotated[str, typer.Argument(help="First period.")],
    end: Annotated[str, typer.Argument(help="Second period.")],
    *,
    by: Annotated[str, typer.Option(help="node or carrier.")] = "node",
    activity: Annotated[str, typer.Option(help="Indicator of volume.")] = "information_traffic",
    node: AtNode = "",
    as_json: AsJson = False,
) -> None:
    """Tell a change by volume, structure, intensity and factor; nothing is left over.

    [bold]Example:[/bold] commonweal dual-control explain energy_use 2023 2024 --by node
    """
    with plain_errors():
        found = explaining.change_explain(
            indicator,
            period(base),
            period(end),
            node=node_get(node),
            boundary=boundary_get().code,
            by=by,
            activity=activity,
            as_of=latest_instant(),
        )
        if as_json:
            print_json(_explained(found))
            return
        stdout.print(f"{indicator} {base}: {_number(found.base.value, found)}", markup=False)
        for name, value in found.effects.items():
            stdout.print(f"  {name:<13}{value:+18,.{found.decimals}f}")
        stdout.print(f"{indicator} {end}: {_number(found.end.value, found)}", markup=False)


def _number(value: object, found: Explained) -> str:
    return f"{value:,.{found.decimals}f} {found.unit}"


def _explained(found: Explained) -> dict[str, Any]:
    return {
        "indicator": found.indicator,
        "unit": found.unit,
        "by": found.by,
        "activity": found.activity,
        "base": {"value": found.base.value, "fact_id": found.base.pk},
        "end": {"value": found.end.value, "fact_id": found.end.pk},
        "effects": found.effects,
        "parts": [
            {"key": each.key, "base": each.base, "end": each.end, "effects": each.effects}
            for each in found.parts
        ],
    }


@app.command()
def outlook(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Code of the group's target.")],
    year: Annotated[int, typer.Argument(help="The year whose end is looked at.")],
    *,
    through: Annotated[str, typer.Option(help="Last month that counts as known.")] = "",
    as_json: AsJson = False,
) -> None:
    """Forecast the year's end of every unit beside its path, with a warning light.

    [bold]Example:[/bold] commonweal dual-control outlook demo-energy-per-traffic 2024
    --through 2024-06
    """
    with plain_errors():
        found = target_get(target)
        whole, as_of = node_get(found.node), latest_instant()
        last = None
        if through:
            first = period(through).start_date
            last = month(first.year, first.month).start_date
        units = node_children(whole.code, at_date=period(str(year)).months[-1], as_of=as_of)
        rows = standing.standings(found, [whole, *units], year=year, as_of=as_of, through=last)
        if as_json:
            print_json({"target": target, "year": year, "units": [_stands(row) for row in rows]})
            return
        for row in rows:
            stdout.print(_sentence(row), markup=False)


def _stands(row: Standing) -> dict[str, Any]:
    seen = row.outlook
    return {
        "node": row.node.code,
        "light": str(row.light),
        "path": row.path,
        "value": seen.value,
        "low": seen.low,
        "high": seen.high,
        "months_known": seen.n_known,
        "gap_share": row.gap_share,
        "has_own_target": row.is_own,
    }


def _sentence(row: Standing) -> str:
    seen = row.outlook
    if seen.value is None or row.path is None:
        return f"{row.node.code:<10} {row.light:<8} no forecast: too few months, or no base"
    told = f"{seen.value:,.3f} ({seen.low:,.3f} to {seen.high:,.3f}), path {row.path:,.3f}"
    return f"{row.node.code:<10} {row.light:<8} {told}, {seen.n_known} months known"


@app.command()
def share(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A target for a total.")],
    year: Annotated[int, typer.Argument(help="The year that the shares are for.")],
    *,
    method: Annotated[
        str, typer.Option(help="proportional, benchmark or capability_potential.")
    ] = "proportional",
    as_json: AsJson = False,
) -> None:
    """Propose each unit's share of a total; they add up to it exactly, and wait for approval.

    [bold]Example:[/bold] commonweal dual-control share energy-total 2025 --method benchmark
    """
    with plain_errors():
        found = target_get(target)
        records = allocating.allocation_propose(
            found,
            node=node_get(found.node),
            year=year,
            method=method,
            scope=owner_scope(actor()),
            now=clock(),
        )
        rows = [
            {"code": each.code, "node": each.node.code, "amount": getattr(each, "amount")}  # noqa: B009 - a record's own column
            for each in records
        ]
        if as_json:
            print_json({"target": target, "year": year, "method": method, "shares": rows})
            return
        for row in rows:
            stdout.print(f"{row['code']}  {row['node']:<10}{row['amount']:>16,.2f}")
        stdout.print(f"{len(rows)} shares of {sum(row['amount'] for row in rows):,.2f}")


@app.command()
def measures(
    *,
    need: Annotated[float, typer.Option(help="Abatement needed a year, in tCO2e.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """List measures by what a tonne costs, and choose the cheapest that meet a need.

    [bold]Example:[/bold] commonweal dual-control measures --need 5000
    """
    with plain_errors():
        day = business_date(clock())
        found = portfolio.portfolio(owner_scope(actor()), day=day, need_tco2e_a=need)
        if as_json:
            rows = [
                {
                    "code": row.measure.code,
                    "title": row.measure.title,
                    "abatement_tco2e_a": row.measure.abatement_tco2e_a,
                    "cost_cny_a": row.cost_cny_a,
                    "cost_cny_t": row.cost_cny_t,
                    "is_chosen": row.is_chosen,
                }
                for row in found.rows
            ]
            chosen = found.choice
            print_json(
                {
                    "need_tco2e_a": need,
                    "measures": rows,
                    "abated_tco2e_a": chosen.abated_tco2e_a,
                    "cost_cny_a": chosen.cost_cny_a,
                    "bound_cny_a": chosen.bound_cny_a,
                    "is_met": chosen.is_met,
                }
            )
            return
        for row in found.rows:
            mark = "*" if row.is_chosen else " "
            tonnes = f"{row.measure.abatement_tco2e_a:>12,.0f} t"
            stdout.print(f"{mark} {row.cost_cny_t:>10,.0f} CNY/t {tonnes}  {row.measure.title}")
        verdict = "met" if found.choice.is_met else "not met"
        stdout.print(
            f"* chosen: {found.choice.abated_tco2e_a:,.0f} t a year for "
            f"{found.choice.cost_cny_a:,.0f} CNY a year; a need of {need:,.0f} t is {verdict}"
        )
