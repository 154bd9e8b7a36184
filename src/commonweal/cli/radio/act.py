"""``commonweal radio act``: carry a plan out, safely; stop it, hold cells, and say why."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import (
    AsJson,
    actor,
    clock,
    instant_read,
    plain_errors,
    print_json,
    progress,
    stdout,
)
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonweal.domains.radio.energy_saving.acting.adapter import Adapter
    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.acting.steps import Step
    from commonweal.domains.radio.energy_saving.models import Plan

app = typer.Typer()

PlanCode = Annotated[str, typer.Argument(metavar="PLAN", help="As EP-2024-00001.")]
Release = Annotated[int, typer.Option(help="Spelling of TS 28.541: 16 or 19.")]
Fallback = Annotated[bool, typer.Option("--lock", help="Use administrativeState for NR, too.")]


@app.command()
def act(  # noqa: PLR0913 - what acting may be asked for
    plan: PlanCode,
    *,
    adapter: Annotated[str, typer.Option(help="simulator or files.")] = "simulator",
    from_: Annotated[str, typer.Option("--from", help="Begin with the slot of this time.")] = "",
    until: Annotated[str, typer.Option(help="End before this time.")] = "",
    speed: Annotated[
        float, typer.Option(help="How much faster than time; 0 waits for nothing.")
    ] = 0,
    release: Release = 16,
    lock: Fallback = False,
    seed: Annotated[int, typer.Option(help="Of the generated network.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Act on an active plan slot by slot: guarded, journalled, stopped within one slot.

    [bold]Example:[/bold] commonweal radio act EP-2024-00001 --adapter files --speed 1
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.acting.reading import (  # noqa: PLC0415
            schedule_read,
        )
        from commonweal.domains.radio.energy_saving.acting.running import (  # noqa: PLC0415
            active_check,
            manner_of,
            plan_act,
            plan_get,
            usual_before,
        )

        found = plan_get(plan)
        active_check(found)
        schedule = schedule_read(found)
        steps = plan_act(
            found,
            schedule,
            _adapter(adapter, found, schedule, release=release, lock=lock, seed=seed),
            scope=owner_scope(actor()),
            from_at=_instant(from_) or (clock() if speed else None),
            until_at=_instant(until),
            manner=manner_of(schedule),
            usual=usual_before(schedule),
            wait=_waiting(speed),
        )
        done = list(_shown(steps, schedule.n_slots, quiet=as_json))
        if as_json:
            print_json({"plan": found.code, "steps": [_step(schedule, each) for each in done]})
            return
        _sum(found, done)


def _adapter(
    name: str, plan: Plan, schedule: Schedule, *, release: int, lock: bool, seed: int
) -> Adapter:
    from commonweal.domains.radio.energy_saving.acting import files, nrm  # noqa: PLC0415
    from commonweal.domains.radio.energy_saving.acting.simulating import (  # noqa: PLC0415
        simulator_of,
    )

    if name == "files":
        actuator = nrm.Actuator.STATE if lock else nrm.Actuator.CONTROL
        folder = files.outbox_path(plan.code)
        return files.Files(schedule, folder, release=release, actuator=actuator)
    if name == "simulator":
        return simulator_of(plan, schedule, seed=seed)
    raise InputError(f"there is no adapter {name!r}", hint="simulator, or files")


def _waiting(speed: float) -> Callable[[datetime], None]:
    """Return what waits for an instant, by a clock that runs so much faster."""
    began, first = clock(), list[datetime]()

    def wait(at: datetime) -> None:
        first.append(at)
        if speed > 0:
            origin = began if speed != 1 else first[0]
            passed = (at - first[0]).total_seconds() / speed
            due = origin + timedelta(seconds=passed)
            time.sleep(max(0.0, (due - clock()).total_seconds()))

    return wait


def _shown(steps: Iterator[Step], n_slots: int, *, quiet: bool) -> Iterator[Step]:
    with progress(quiet=quiet) as bar:
        task = bar.add_task("acting", total=n_slots)
        for step in steps:
            bar.advance(task)
            yield step


def _step(schedule: Schedule, step: Step) -> dict[str, Any]:
    return {
        "at": step.at,
        "is_stopped": step.is_stopped,
        "asleep": step.n_asleep,
        "woken": step.n_woken,
        "slept": step.n_slept,
        "deferred": step.n_deferred,
        "held": step.n_held,
        "answers": step.answers,
        "woken_by": step.woken_by,
        "troubles": [[schedule.cells[each.place].cell_id, each.code] for each in step.troubles],
        "holds": step.holds,
    }


def _sum(plan: Plan, done: list[Step]) -> None:
    for step in done:
        if not (step.woken_by or step.troubles or step.is_stopped):
            continue
        local = f"{step.at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
        causes = ", ".join(f"{count} {reason}" for reason, count in sorted(step.woken_by.items()))
        troubles = ", ".join(sorted({each.code for each in step.troubles}))
        stopped = "stopped: everything is woken" if step.is_stopped else ""
        held = f"{len(step.holds)} held" if step.holds else ""
        line = "; ".join(part for part in (stopped, causes, troubles, held) if part)
        stdout.print(f"{local}  {line}", markup=False)
    most = max((step.n_asleep for step in done), default=0)
    stdout.print(
        f"{plan.code}: {len(done)} slots, {sum(step.n_slept for step in done)} fell asleep,"
        f" {sum(step.n_woken for step in done)} woke, {most} asleep at most,"
        f" {done[-1].n_asleep if done else 0} at the end"
    )


@app.command()
def why(
    cell: Annotated[str, typer.Argument(metavar="CELL", help="As S-GD-000001-1-n78.")],
    *,
    at: Annotated[str, typer.Option(help="As 2024-12-10T03:15, by the business clock.")] = "",
    language: Annotated[str, typer.Option(help="en, zh-hant or zh-hans.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Say in words why a cell sleeps or is awake at an hour.

    [bold]Example:[/bold] commonweal radio why S-GD-000001-1-n78 --at 2024-12-10T03:15
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.acting.why import (  # noqa: PLC0415
            why as answer_why,
        )

        found = answer_why(cell, _instant(at) or clock(), language)
        if as_json:
            names = ("cell_id", "at", "is_asleep", "mode", "code", "sentences", "facts")
            print_json({name: getattr(found, name) for name in names})
            return
        for sentence in found.sentences:
            stdout.print(sentence, markup=False)


@app.command()
def export(
    plan: PlanCode,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    release: Release = 16,
    lock: Fallback = False,
    as_json: AsJson = False,
) -> None:
    """Write a plan as 3GPP NRM (TS 28.541) and as O1 edits with their inverses.

    [bold]Example:[/bold] commonweal radio export EP-2024-00001 --out plan --release 19
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.acting import exporting  # noqa: PLC0415
        from commonweal.domains.radio.energy_saving.acting.nrm import Actuator  # noqa: PLC0415
        from commonweal.domains.radio.energy_saving.acting.running import plan_get  # noqa: PLC0415

        actuator = Actuator.STATE if lock else Actuator.CONTROL
        found = exporting.plan_export(plan_get(plan), out, release=release, actuator=actuator)
        if as_json:
            print_json({"plan": plan, "files": found.files, "cells": found.n_cells})
            return
        stdout.print(f"{plan}: {found.n_cells} cells, {found.n_edits} edits")
        n_netconf = sum(name.startswith("netconf/") for name in found.files)
        stdout.print(f"  {out}/plan.yaml, {out}/edits.jsonl", markup=False)
        stdout.print(f"  {out}/netconf: {n_netconf} documents", markup=False)


@app.command()
def stop(
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    node: Annotated[str, typer.Option(help="Everything below this organisation node.")] = "",
    plan: Annotated[str, typer.Option(help="Only this plan, for good.")] = "",
    cell: Annotated[str, typer.Option(help="Only this cell.")] = "",
    hours: Annotated[float, typer.Option(help="How long the hold lasts.")] = 24,
    kind: Annotated[str, typer.Option(help="manual, event, complaint or partner.")] = "manual",
    as_json: AsJson = False,
) -> None:
    """Wake everything below a node, or one cell, for some hours; or stop a plan for good.

    [bold]Example:[/bold] commonweal radio stop --node GD --reason "typhoon"
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.acting import stopping  # noqa: PLC0415

        who, now = owner_scope(actor()), clock()
        if plan:
            code = stopping.plan_stop(plan, scope=who, now=now, reason=reason)
        else:
            code = stopping.hold_open(
                node=node, cell_id=cell, kind=kind, reason=reason, hours=hours, scope=who, now=now
            )
        if as_json:
            print_json({"code": code})
            return
        stdout.print(f"{code}: in force from the next slot on", markup=False)


@app.command()
def holds(*, as_json: AsJson = False) -> None:
    """List what is held awake now.

    [bold]Example:[/bold] commonweal radio holds
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.models import holds_in_force  # noqa: PLC0415

        rows: list[dict[str, Any]] = [
            {
                "code": each.code,
                "node": each.node.code,
                "cell": each.cell_id,
                "kind": each.kind,
                "reason": each.reason,
                "from": each.from_at,
                "until": each.until_at,
            }
            for each in holds_in_force(clock()).select_related("node").order_by("code")
        ]
        if as_json:
            print_json({"holds": rows})
            return
        for row in rows:
            until = f"{row['until'].astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
            what = row["cell"] or f"all below {row['node']}"
            stdout.print(f"{row['code']}  until {until}  {what}  {row['kind']}: {row['reason']}")
        if not rows:
            stdout.print("nothing is held")


@app.command()
def lift(
    code: Annotated[str, typer.Argument(metavar="HOLD", help="As EH-2024-00001.")],
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    as_json: AsJson = False,
) -> None:
    """Lift a hold; its cells sleep again as the plan says.

    [bold]Example:[/bold] commonweal radio lift EH-2024-00001 --reason "antenna repaired"
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.acting.holds import holds_lift  # noqa: PLC0415
        from commonweal.domains.radio.energy_saving.models import Hold  # noqa: PLC0415

        found = list(Hold.objects.filter(code=code))
        if not found:
            raise InputError(f"there is no hold {code!r}", hint="see `commonweal radio holds`")
        lifted = holds_lift(found, scope=owner_scope(actor()), now=clock(), reason=reason)
        if as_json:
            print_json({"lifted": lifted})
            return
        stdout.print(f"{lifted[0]} is lifted")


def _instant(written: str) -> datetime | None:
    """Return an instant as written; without a zone it is by the business clock."""
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return instant_read(written)  # says what is wrong
    return at.replace(tzinfo=BUSINESS_ZONE) if at.tzinfo is None else at
