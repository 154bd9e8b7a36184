"""``commonweal targets``: set targets and see where they stand."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.selectors import target_get, target_list, target_status
from commonweal.kernel.targets.services import target_rebase, target_set

if TYPE_CHECKING:
    from commonweal.kernel.targets.selectors import TargetStatus

app = typer.Typer(no_args_is_help=True, help="Set targets and see where they stand.")

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the target.")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List every target with its status.

    [bold]Example:[/bold] commonweal targets list
    """
    with plain_errors():
        found = [target_status(target) for target in target_list()]
        if as_json:
            print_json({"targets": [_document(status) for status in found]})
            return
        for status in found:
            stdout.print(_sentence(status), markup=False)
        stdout.print(f"{len(found)} targets")


@app.command()
def show(code: Code, *, as_json: AsJson = False) -> None:
    """Show one target: base, path, what was achieved, and the facts behind it.

    [bold]Example:[/bold] commonweal targets show energy-intensity-2025
    """
    with plain_errors():
        status = target_status(target_get(code))
        if as_json:
            print_json(_document(status))
            return
        stdout.print(_sentence(status), markup=False)
        for milestone in status.path:
            stdout.print(f"  {milestone.year}  {milestone.value:,.{status.decimals}f}")


@app.command("set")
def set_(  # noqa: PLR0913 - a target has this many terms
    code: Code,
    *,
    indicator: Annotated[str, typer.Option(help="Id of the indicator.")],
    change: Annotated[str, typer.Option(help="Change wanted: -0.2 is 20 % less.")],
    base: Annotated[str, typer.Option(help="Base year.")],
    end: Annotated[str, typer.Option(help="Target year.")],
    source: Annotated[str, typer.Option(help="Where the target is stated.")],
    node: Annotated[str, typer.Option(help="Organisation node.")] = "group",
    boundary: Annotated[str, typer.Option(help="Reporting boundary.")] = "operational",
    base_value: Annotated[str, typer.Option(help="Published base value.")] = "",
    milestone: Annotated[
        list[str] | None, typer.Option(help="Change asked of a year between: 2023:-0.08.")
    ] = None,
    rebase_threshold: Annotated[
        str, typer.Option(help="0.05: hold on to the base unless restated by more than 5 %.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Set a target, or change the one of this code; the event log keeps both.

    [bold]Example:[/bold] commonweal targets set intensity --indicator energy_per_traffic
    --change -0.15 --base 2020 --end 2025 --source "five-year plan"
    """
    with plain_errors():
        target = Target(
            code=code,
            indicator=indicator,
            node=node,
            boundary=boundary,
            base_period=base,
            target_period=end,
            change_share=_decimal(change),
            base_value=_decimal(base_value) if base_value else None,
            milestones=_milestones(milestone or []),
            rebase_threshold_share=_decimal(rebase_threshold) if rebase_threshold else None,
            source=source,
        )
        status = target_status(target_set(target, actor=actor(), now=clock()))
        if as_json:
            print_json(_document(status))
        else:
            stdout.print(_sentence(status), markup=False)


@app.command()
def rebase(
    code: Code,
    *,
    reason: Annotated[str, typer.Option(help="What changed: a merger, a method, an error.")],
    as_json: AsJson = False,
) -> None:
    """Recalculate the base of a target whose base year was restated by more than its threshold.

    The base before stays on record, and what was known with it.

    [bold]Example:[/bold] commonweal targets rebase intensity --reason "merger of two areas"
    """
    with plain_errors():
        row = target_rebase(target_get(code), reason=reason, actor=actor(), now=clock())
        if as_json:
            print_json(
                {
                    "target": code,
                    "base_value": row.value,
                    "change_share": row.change_share,
                    "fact_id": row.fact_id,
                    "reason": reason,
                }
            )
            return
        change = "" if row.change_share is None else f" ({row.change_share:+.2%})"
        stdout.print(f"{code}: the base is now {row.value.normalize():f}{change}", markup=False)


def _milestones(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        year, _, share = text.partition(":")
        found[year.strip()] = str(_decimal(share))
    return found


def _document(status: TargetStatus) -> dict[str, Any]:
    target = status.target
    terms = {
        name: getattr(target, name)
        for name in ("code", "indicator", "node", "boundary", "base_period", "target_period")
    }
    wanted = {"change_wanted_share": target.change_share, "source": target.source}
    found = {
        name: getattr(status, name)
        for name in (
            *("base_value", "end_value", "actual", "actual_year", "path_value"),
            *("change_share", "unit", "fact_ids"),
        )
    }
    path = [asdict(milestone) for milestone in status.path]
    return {**terms, **wanted, "status": str(status.status), **found, "path": path}


def _sentence(status: TargetStatus) -> str:
    target = status.target
    change = f"{(target.change_share * 100).normalize():+f} %"
    wanted = f"{change} from {target.base_period} to {target.target_period}"
    told = f"{target.code}: {target.indicator} of {target.node} {wanted}: {status.status}"
    if status.actual is None:
        return told
    value = f"{status.actual:,.{status.decimals}f} {status.unit} in {status.actual_year}"
    if status.change_share is None or status.path_value is None:
        return f"{told}, {value}"
    asked = f"{status.path_value:,.{status.decimals}f}"
    return f"{told}, {value} ({status.change_share * 100:+.1f} %), the path asks {asked}"


def _decimal(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise InputError(f"{text!r} is no number", hint="-0.2 is 20 % less") from None
    if not found.is_finite():
        raise InputError(f"{text!r} is no number", hint="-0.2 is 20 % less")
    return found
