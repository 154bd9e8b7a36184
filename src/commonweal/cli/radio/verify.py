"""``commonweal radio verify|counterfactual|efficiency``: what plans saved, and how efficiently."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.periods import period as period_read

if TYPE_CHECKING:
    from commonweal.domains.radio.energy_saving.verifying.prepared import Prepared

app = typer.Typer()


@app.command()
def verify(
    *,
    first: Annotated[str, typer.Option("--from", help="The first day, as 2024-12-10.")],
    last: Annotated[str, typer.Option("--to", help="The last day, included.")],
    node: Annotated[str, typer.Option(help="Only sites below this organisation node.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and open no record.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what each plan of these days saved, with its interval, and open it for verification.

    [bold]Example:[/bold] commonweal radio verify --from 2024-12-10 --to 2024-12-16 --dry-run
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.verifying import (  # noqa: PLC0415
            verification_prepare,
        )

        found = verification_prepare(
            first_date=_day(first),
            last_date=_day(last),
            node=node,
            scope=owner_scope(actor()),
            now=clock(),
            is_dry=dry_run,
        )
        if as_json:
            told = [_told(each, record.code if record else "") for each, record in found]
            print_json({"verifications": told})
            return
        for each, record in found:
            _show(each, record.code if record else "")


@app.command()
def counterfactual(plan: str, *, as_json: AsJson = False) -> None:
    """Show what was frozen for a plan, and check that it is what it was.

    [bold]Example:[/bold] commonweal radio counterfactual EP-2024-00001
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.models import Plan  # noqa: PLC0415
        from commonweal.domains.radio.energy_saving.verifying.document import (  # noqa: PLC0415
            document_read,
        )

        found = Plan.objects.filter(code=plan).first()
        if found is None:
            raise InputError(f"no plan {plan!r}", hint="see `commonweal radio plans`")
        if not found.counterfactual_sha256:
            raise InputError(
                f"nothing is frozen for {plan} yet: it is {found.state}",
                hint="a counterfactual is frozen when a plan is activated",
            )
        frozen = document_read(found.counterfactual_sha256)
        seen = frozen.model.acceptance
        told = {
            "plan": plan,
            "sha256": frozen.sha256,
            "frozen_at": frozen.document["frozen_at"],
            "baseline": frozen.document["baseline"],
            "n_groups": len(frozen.names),
            "left_out": frozen.document["left_out"],
            "cv_rmse": seen.cv_rmse,
            "nmbe": seen.nmbe,
            "daily_cv_rmse": seen.daily_cv_rmse,
            "n_hours": seen.n_hours,
        }
        if as_json:
            print_json(told)
            return
        first, last = frozen.document["baseline"]
        stdout.print(f"counterfactual {frozen.sha256}: as it was frozen")
        stdout.print(f"frozen {told['frozen_at']} for {plan} from {first} to {last}")
        stdout.print(
            f"{len(frozen.names)} sites; on days held back CV(RMSE) {seen.cv_rmse:.1%} an hour,"
            f" {seen.daily_cv_rmse:.1%} a day, NMBE {seen.nmbe:+.2%}"
        )
        for each in frozen.document["left_out"]:
            stdout.print(f"left out: {each['group']}: {each['reason']}", markup=False)


@app.command()
def efficiency(
    *,
    period: Annotated[str, typer.Option("--period", help="Whole months: 2024-12, 2024-Q4, 2024.")],
    node: Annotated[str, typer.Option(help="Only sites below this organisation node.")] = "",
    latency_ms: Annotated[
        float | None,
        typer.Option(help="Mean latency from end to end, as probes measured it; else no data."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the report: .html or .json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Assess the network's energy efficiency: bit/J by class of area, extrapolated to the whole.

    [bold]Example:[/bold] commonweal radio efficiency --period 2024-12 --out efficiency.html
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.verifying.assessing import (  # noqa: PLC0415
            assessment,
            assessment_html,
        )

        if out and out.suffix not in {".html", ".json"}:
            raise InputError(f"{out} is neither .html nor .json")
        found = assessment(period_read(period), node=node, latency_ms=latency_ms)
        if out:
            as_text = json.dumps(found, ensure_ascii=False, indent=1)
            text = as_text if out.suffix == ".json" else assessment_html(found)
            out.write_text(text, encoding="utf-8")
        if as_json:
            print_json(found)
            return
        part, metrics = found["network_under_test"], found["metrics"]
        stdout.print(
            f"{part['node']} {part['period']}: {metrics['data_efficiency_bit_j']:,.1f} bit/J"
            f" at {part['n_sites_measured']} of {part['n_sites']} sites"
        )
        by_latency = metrics["latency_efficiency_per_s_j"]
        stdout.print(
            "by latency: no data, as no mean latency was given"
            if by_latency is None
            else f"by latency: {by_latency:.4g} 1/(s·J) at {latency_ms:g} ms from end to end"
        )
        table = Table("classes", "class", "sites", "measured", "bit/J")
        for name, each in found["extrapolation"].items():
            for row in each["classes"]:
                value = row["data_efficiency_bit_j"]
                shown = "not measured" if value is None else f"{value:,.1f}"
                counts = (str(row["n_sites"]), str(row["n_sites_measured"]))
                table.add_row(name, row["class"], *counts, shown)
        stdout.print(table)
        if out:
            stdout.print(f"wrote {out}", markup=False)


def _told(each: Prepared, code: str) -> dict[str, Any]:
    saving, seen = each.saving, each.service
    return {
        "verification": code,
        "plan": each.plan.code,
        "node": each.node,
        **each.values,
        "is_significant": saving.is_significant,
        "is_accepted": each.is_accepted,
        "saved_share": saving.saved_share,
        "model_alone_kwh": saving.model_alone_kwh,
        "holdout_alone_kwh": saving.holdout_alone_kwh if saving.n_holdout else None,
        "as_treated_kwh": saving.as_treated_kwh,
        "bias_share": saving.bias_share,
        "holdout_weight": saving.holdout_weight,
        "n_acting_group_days": saving.n_acting,
        "n_holdout_group_days": saving.n_holdout,
        "n_slept_holdout": saving.n_slept_holdout,
        "n_odd": saving.n_odd,
        "n_compared_site_days": seen.n_compared,
        "unmetered_expected_kwh": each.unmetered_expected_kwh,
    }


def _show(each: Prepared, code: str) -> None:
    saving, values = each.saving, each.values
    stdout.print(
        f"[bold]{each.plan.code}[/bold] at {each.node}, {each.days[0]} to {each.days[-1]}"
        + (f": opened as {code}" if code else ": nothing opened")
    )
    table = Table(show_header=False)
    span = f"{saving.low_kwh:,.1f} to {saving.high_kwh:,.1f}"
    table.add_row("saved kWh", f"{saving.saved_kwh:,.1f} ({saving.confidence:.0%}: {span})")
    table.add_row("of what would be drawn", f"{saving.saved_share:.2%}")
    table.add_row("planned kWh", f"{values['expected_kwh']:,.1f}")
    table.add_row("partners' part kWh", f"{each.partner_kwh:,.1f}")
    table.add_row("metered", f"{saving.metered_share:.1%}")
    table.add_row("site-days held out", f"{saving.n_holdout}, {saving.n_slept_holdout} slept")
    table.add_row("correction by them", f"{saving.bias_share:+.2%}")
    table.add_row("drawn after waking kWh", f"{each.rebound_kwh:,.1f}, in the saving already")
    lost, error = values["lost_traffic_share"], values["lost_traffic_error"]
    sure = "" if error is None else f", standard error {error:.1%}"
    table.add_row("traffic lost", ("not known" if lost is None else f"{lost:.1%}") + sure)
    accepted = "accepted" if each.is_accepted else "NOT accepted"
    table.add_row(
        "model", f"CV(RMSE) {values['cv_rmse']:.1%}, NMBE {values['nmbe']:+.2%}: {accepted}"
    )
    stdout.print(table)
    if not saving.is_significant:
        stdout.print("no saving is shown: the interval holds 0")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is no day", hint="write 2024-12-31") from fault
