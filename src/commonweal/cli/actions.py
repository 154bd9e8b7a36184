"""``commonweal actions``: what is proposed, and the cheapest set of it that meets a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.periods import business_date

if TYPE_CHECKING:
    from commonweal.domains.improvement.actions.asking import Answer

app = typer.Typer(
    no_args_is_help=True,
    help="Take up proposed actions, list them, and choose the cheapest set that meets a target.",
)


@app.command()
def propose(*, as_json: AsJson = False) -> None:
    """Take up what programmes propose: each once; close what nobody proposes any more.

    [bold]Example:[/bold] commonweal actions propose
    """
    from commonweal.domains.improvement.actions.proposing import actions_propose  # noqa: PLC0415

    with plain_errors():
        found = actions_propose(scope=owner_scope(actor()), now=clock())
        if as_json:
            print_json({"opened": found.opened, "changed": found.changed, "lapsed": found.lapsed})
            return
        stdout.print(
            f"{len(found.opened)} opened, {len(found.changed)} changed, {len(found.lapsed)} lapsed"
        )


@app.command(name="list")
def list_(
    *,
    state: Annotated[str, typer.Option(help="Only those in this state, as assessed.")] = "",
    as_json: AsJson = False,
) -> None:
    """List actions: what each costs and saves, and how far it is.

    [bold]Example:[/bold] commonweal actions list --state assessed
    """
    from commonweal.domains.improvement.actions.models import Action  # noqa: PLC0415

    with plain_errors():
        rows = Action.objects.select_related("node").order_by("code")
        rows = rows.filter(state=state) if state else rows
        if as_json:
            print_json(
                [
                    {
                        "code": each.code,
                        "title": each.title,
                        "node": each.node.code,
                        "state": each.state,
                        "capex_cny": each.capex_cny,
                        "saving_kwh_a": each.saving_kwh_a,
                        "abatement_tco2e_a": each.abatement_tco2e_a,
                        "start_year": each.start_year,
                    }
                    for each in rows
                ]
            )
            return
        for each in rows:
            told = f"{each.abatement_tco2e_a:>10,.0f} t/a {each.capex_cny / 10**6:>8,.2f} M CNY"
            line = f"{each.code}  {each.state:<9}{told}  {each.title}"
            stdout.print(line, markup=False, soft_wrap=True)


@app.command()
def portfolio(
    *,
    target: Annotated[float, typer.Option(help="Abatement needed in the last year, tCO2e.")],
    budget: Annotated[float, typer.Option(help="What may be spent a year, CNY.")],
    first_year: Annotated[int, typer.Option(help="First year; the next one.")] = 0,
    years: Annotated[int, typer.Option(help="How many years.", min=1, max=20)] = 8,
    keeps: Annotated[str, typer.Option(help="Code of a target whose path is to be kept.")] = "",
    carbon: Annotated[float, typer.Option(help="Price of carbon, CNY per tCO2e.")] = 0.0,
    rate: Annotated[float, typer.Option(help="Discount rate, as a share.")] = 0.06,
    as_json: AsJson = False,
) -> None:
    """Choose the cheapest actions that meet a target within a yearly budget; nothing is recorded.

    [bold]Example:[/bold] commonweal actions portfolio --target 9000 --budget 6000000
    """
    from commonweal.domains.improvement.actions.asking import Ask, answer  # noqa: PLC0415

    with plain_errors():
        now = clock()
        ask = Ask(
            first_year=first_year or business_date(now).year + 1,
            n_years=years,
            target_tco2e_a=target,
            budget_cny_a=budget,
            target=keeps,
            carbon_cny_t=carbon,
            rate_share=rate,
        )
        found = answer(ask, scope=owner_scope(actor()))
        if as_json:
            print_json(_told(found))
            return
        for action, year in found.chosen:
            stdout.print(f"{year}  {action.code}  {action.title}", markup=False, soft_wrap=True)
        stdout.print(_sentence(found), soft_wrap=True)


def _told(found: Answer) -> dict[str, Any]:
    plan = found.plan
    return {
        "years": found.ask.years,
        "chosen": [{"code": action.code, "start": year} for action, year in found.chosen],
        "cost_cny": round(plan.result.cost_cny, 2),
        "bound_cny": round(plan.bound_cny, 2),
        "gap_share": round(plan.gap_share, 6),
        "is_met": plan.result.is_met,
        "needed": {name: row.tolist() for name, row in found.need.items()},
        "saved": {name: row.tolist() for name, row in plan.result.saved.items()},
        "shortfall": {name: row.tolist() for name, row in plan.result.shortfall.items()},
        "spend_cny": plan.result.spend_cny.tolist(),
        "chance": {name: row.tolist() for name, row in found.chance.by_year.items()},
    }


def _sentence(found: Answer) -> str:
    plan, last = found.plan, found.ask.years[-1]
    verdict = "met" if plan.result.is_met else "not met"
    worst = max((float(row.max()) for row in plan.result.shortfall.values()), default=0.0)
    lacking = "" if plan.result.is_met else f" (up to {worst:,.0f} a year are lacking)"
    return (
        f"{len(found.chosen)} actions, net cost {plan.result.cost_cny:,.0f} CNY at present value, "
        f"at most {plan.gap_cny:,.0f} above the least; "
        f"{plan.result.saved['tco2e'][-1]:,.0f} tCO2e in {last}; targets {verdict}{lacking}"
    )
