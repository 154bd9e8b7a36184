"""``commonweal radio plan``: which layers sleep when; stored plans, and who sleeps when in them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.disclosure.known import node_get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.progress import Progress, TaskID

    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan

app = typer.Typer()
_SIGNS: Final = "█▓▒░"
"""On, RF channels off, carrier off, deep sleep."""
_PICTURE_SLOTS: Final = 96


@app.command()
def plan(  # noqa: PLR0913 - what a plan may be asked for
    *,
    date_: Annotated[str, typer.Option("--date", help="The first day, as 2024-12-10.")],
    days: Annotated[int, typer.Option(help="How many days.")] = 1,
    node: Annotated[str, typer.Option(help="Organisation node; the whole operator.")] = "",
    quantile: Annotated[
        float | None, typer.Option(help="Keep capacity for this quantile of demand.")
    ] = None,
    slots: Annotated[int | None, typer.Option(help="Slots a day: 96 or 24.")] = None,
    weights: Annotated[
        str | None, typer.Option(help="Worth of energy: none, price or carbon.")
    ] = None,
    audit: Annotated[int, typer.Option(help="Solve so many sectors with HiGHS, too.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan, and keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan which layers sleep when, province by province; a run that was cut off goes on.

    [bold]Example:[/bold] commonweal radio plan --date 2024-12-10 --days 7 --audit 20
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.planning.auditing import (  # noqa: PLC0415
            plan_audit,
        )
        from commonweal.domains.radio.energy_saving.planning.policy import (  # noqa: PLC0415
            policy_read,
        )
        from commonweal.domains.radio.energy_saving.planning.recording import (  # noqa: PLC0415
            plan_open,
        )
        from commonweal.domains.radio.energy_saving.planning.run import plan_run  # noqa: PLC0415

        if dry_run and audit:
            raise InputError("--audit needs a plan that is kept", hint="leave --dry-run out")
        policy = policy_read(quantile=quantile, slots_a_day=slots, weights=weights)
        with _told(quiet=as_json) as told:
            stored = plan_run(
                plan_date=_day(date_),
                days=days,
                node=node_get(node).code,
                policy=policy,
                now=clock(),
                is_dry=dry_run,
                progress=told,
            )
        audited = plan_audit(stored, n_sectors=audit) if audit else None
        code = "" if dry_run else plan_open(stored, scope=owner_scope(actor()), now=clock()).code
        if as_json:
            print_json({"plan": code, **_summary(stored), "audit": audited})
            return
        _print(stored, code, audited)


@app.command()
def plans(*, as_json: AsJson = False) -> None:
    """List stored plans.

    [bold]Example:[/bold] commonweal radio plans
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.models import Plan  # noqa: PLC0415
        from commonweal.domains.radio.energy_saving.planning.store import (  # noqa: PLC0415
            plans_stored,
        )

        records = {each.folder: each for each in Plan.objects.all()}
        rows = []
        for stored in plans_stored():
            record = records.get(stored.code)
            known = {"plan": record.code if record else "", "state": record.state if record else ""}
            rows.append(known | _summary(stored))
        if as_json:
            print_json({"plans": rows})
            return
        for row in rows:
            share = _percent(row["totals"]["saving_share"])
            stdout.print(
                f"{row['plan'] or '-':<13} {row['state'] or '-':<9} {row['plan_date']}"
                f" {row['days']:>2} d {row['totals']['n_sectors']:>9,} sectors {share:>7}"
                f"  {row['folder']}",
                soft_wrap=True,
            )
        if not rows:
            stdout.print("no plan yet: run `commonweal radio plan --date DATE`")


@app.command("plan-show")
def plan_show(
    code: Annotated[str, typer.Argument(help="Code of the plan, or its folder.")],
    *,
    site: Annotated[str, typer.Option(help="Code of a site: who sleeps when.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a plan's totals, or who sleeps when at a site.

    [bold]Example:[/bold] commonweal radio plan-show EP-2024-0001 --site S-GD-000001
    """
    with plain_errors():
        stored, record = _found(code)
        if not site:
            if as_json:
                print_json({"plan": record} | _summary(stored))
                return
            _print(stored, record, None)
            return
        from commonweal.domains.radio.energy_saving.planning.at_grid import (  # noqa: PLC0415
            saving_of,
        )
        from commonweal.domains.radio.energy_saving.planning.inputs import (  # noqa: PLC0415
            policy_of,
        )

        sectors = stored.sectors(site=site)
        rows = [dict(row) for row in sectors.to_pylist()]
        if not rows:
            raise InputError(f"plan {code} has no sector at site {site!r}")
        totals = saving_of(sectors, policy_of(stored))
        if as_json:
            print_json({"plan": record, "folder": stored.code, "totals": totals, "sectors": rows})
            return
        for row in rows:
            _picture(stored, row)
        stdout.print("█ on  ▓ RF channels off  ▒ carrier off  ░ deep sleep")
        _print_saving(stored, totals)


def _found(code: str) -> tuple[StoredPlan, str]:
    from commonweal.domains.radio.energy_saving.models import Plan  # noqa: PLC0415
    from commonweal.domains.radio.energy_saving.planning.store import plan_read  # noqa: PLC0415

    record = Plan.objects.filter(code=code).first() or Plan.objects.filter(folder=code).first()
    return plan_read(record.folder if record else code), record.code if record else ""


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not a day", hint="write 2024-12-10") from fault


class _Told:
    """Shows a bar for each province."""

    def __init__(self, bar: Progress) -> None:
        """Begin without a bar."""
        self._bar = bar
        self._task: TaskID | None = None

    def begin(self, province: str, n_sectors: int) -> None:
        """Show the province's bar; a province that is kept is full at once."""
        self._task = self._bar.add_task(province, total=n_sectors or 1, completed=not n_sectors)

    def advance(self, n_sectors: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.advance(self._task, n_sectors)


@contextmanager
def _told(*, quiet: bool) -> Iterator[_Told]:
    with progress(quiet=quiet) as bar:
        yield _Told(bar)


def _summary(stored: StoredPlan) -> dict[str, Any]:
    said = stored.document
    named = ("plan_date", "days", "node", "slots_a_day", "totals", "sha256", "made_at")
    return {
        "folder": stored.code,
        **{name: said[name] for name in named},
        "quantile": said["policy"]["quantile"],
        "provinces": [part["code"] for part in said["provinces"]],
    }


def _print(stored: StoredPlan, code: str, audited: Mapping[str, Any] | None) -> None:
    totals = stored.document["totals"]
    lines = [f"{code or 'plan'}: {stored.first_date}, {stored.days} days"]
    lines[0] += f", {totals['n_sectors']:,} sectors at {totals['n_sites']:,} sites"
    lines += [f"saving expected {totals['expected_kwh']:,.1f} of {totals['all_on_kwh']:,.1f} kWh"]
    lines[1] += f" ({_percent(totals['saving_share'])})"
    lines[1] += f"; {totals['expected_at_quantile_kwh']:,.1f} kWh if all that is planned for comes"
    if "expected_at_grid_kwh" in totals:  # plans of earlier versions did not say
        lines[1] += f"\n{_at_grid(stored, totals)}"
    lines += [f"gap to the bound {_percent(totals['gap_share'])}"]
    lines[2] += f", left uncarried {_percent(totals['unserved_share'])} of what is planned for"
    lines += [f"awake: {n:>9,} sector-days  {why}" for why, n in totals["kept_awake"].items()]
    if totals.get("n_helped"):  # plans of earlier versions told nothing of it
        lines.append(
            f"covered by neighbours: {totals['n_helped']:,} sector-days without a coverage layer of"
            f" their own, saving {totals['helped_kwh']:,.1f} kWh of it"
        )
    lines += [f"inventory: {n:>5,}  {rule}" for rule, n in totals["findings"].items()]
    lines += [
        f"planned for {row['quantile']:.2f}: saves {_percent(row['saving_share'])}, leaves"
        f" {_percent(row['unserved_share_at_q99'])} uncarried if the 0.99 comes everywhere"
        for row in totals["safety"]
    ]
    if audited:
        lines.append(
            f"audit: {audited['n']} sectors, mean gap to HiGHS"
            f" {_percent(audited['mean_gap_share'])}, greatest"
            f" {_percent(audited['greatest_gap_share'])}; HiGHS took {audited['solver_s']:.1f} s"
        )
    lines.append(f"stored as {stored.code}" if code else "nothing was kept")
    for line in lines:
        stdout.print(line, markup=False, soft_wrap=True)


def _print_saving(stored: StoredPlan, totals: Mapping[str, float | None]) -> None:
    if totals["expected_kwh"] is None:
        stdout.print("saving expected: no data, nothing was forecast")
        return
    stdout.print(
        f"saving expected {totals['expected_kwh']:,.1f} of {totals['all_on_kwh']:,.1f} kWh\n"
        + _at_grid(stored, totals),
        markup=False,
        soft_wrap=True,
    )


def _at_grid(stored: StoredPlan, totals: Mapping[str, Any]) -> str:
    from commonweal.domains.radio.energy_saving.planning.inputs import policy_of  # noqa: PLC0415

    policy = policy_of(stored)
    return (
        "that is at the elements' meters; from the grid"
        f" {totals['expected_at_grid_kwh']:,.1f} kWh less, with the supply {policy.supply!r} at"
        f" {policy.outdoor_degc:g} °C"
    )


def _percent(share: float | None) -> str:
    return "no data" if share is None else f"{100 * share:.2f}%"


def _picture(stored: StoredPlan, row: Mapping[str, Any]) -> None:
    why = f", awake: {row['kept_awake']}" if row["kept_awake"] else ""
    if helper := row.get("helped_by"):
        why += f", covered by {helper}: up to {row['helped_mbit_s']:.1f} Mbit/s"
    stdout.print(f"{row['day']} {row['site_code']} sector {row['sector']}{why}", markup=False)
    wide = _PICTURE_SLOTS // stored.slots_a_day
    ends = "0     6     12    18    "  # a sign an hour
    for cell, modes in zip(row["cell_ids"], stored.modes_of(row), strict=True):
        quarters = modes.repeat(wide)
        line = "".join(_SIGNS[mode] for mode in quarters[:: _PICTURE_SLOTS // len(ends)].tolist())
        stdout.print(f"  {cell:<28} {line}", markup=False)
    stdout.print(f"  {'hour':<28} {ends}", markup=False)
