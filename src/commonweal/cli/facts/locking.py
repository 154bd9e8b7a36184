"""Closing periods and opening them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.kernel.facts import selectors, services
from commonweal.periods import period

if TYPE_CHECKING:
    from commonweal.kernel.facts.models import PeriodLock


PeriodText = Annotated[str, typer.Argument(metavar="PERIOD", help="2024-03, 2024-Q1, 2024 …")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the event log.")]


def lock(when: PeriodText, *, reason: Reason, as_json: AsJson = False) -> None:
    """Close a period: facts inside it are refused until it is unlocked.

    [bold]Example:[/bold] commonweal facts lock 2024 --reason "report published"
    """
    with plain_errors():
        done = services.period_lock(period=period(when), reason=reason, actor=actor(), now=clock())
        _print_lock(done, as_json=as_json)


def unlock(when: PeriodText, *, reason: Reason, as_json: AsJson = False) -> None:
    """Open a locked period again.

    [bold]Example:[/bold] commonweal facts unlock 2024 --reason "assurance finding 3"
    """
    with plain_errors():
        done = services.period_unlock(
            period=period(when), reason=reason, actor=actor(), now=clock()
        )
        _print_lock(done, as_json=as_json)


def locks(*, as_json: AsJson = False) -> None:
    """List the periods that are closed.

    [bold]Example:[/bold] commonweal facts locks
    """
    with plain_errors():
        found = [_lock(item) for item in selectors.period_locks()]
        if as_json:
            print_json({"locks": found})
            return
        for item in found:
            stdout.print("  ".join(str(value) for value in item.values()), markup=False)
        stdout.print(f"{len(found)} periods are locked")


def late(*, as_json: AsJson = False) -> None:
    """List rows that came in for a closed period after it was closed; they wait.

    [bold]Example:[/bold] commonweal facts late
    """
    from commonweal.kernel.compute.late import rows_late  # noqa: PLC0415 - loads the engine

    with plain_errors():
        found = [
            {
                "closed": str(each.lock),
                "dataset": each.dataset,
                "file": each.name,
                "rows": each.n_rows,
                "known_at": each.known_at.isoformat(),
                "sha256": each.sha256,
            }
            for each in rows_late()
        ]
        if as_json:
            print_json({"late": found})
            return
        for row in found:
            shown = ("closed", "dataset", "file", "rows", "known_at")
            stdout.print("  ".join(str(row[name]) for name in shown), markup=False)
        stdout.print(f"{sum(int(str(row['rows'])) for row in found):,} rows wait")


def _lock(item: PeriodLock) -> dict[str, Any]:
    return {
        "first_day": item.start_date.isoformat(),
        "end": item.end_date.isoformat(),
        "locked_by": item.locked_by,
        "locked_at": item.locked_at.isoformat(),
        "reason": item.reason,
        "unlocked_by": item.unlocked_by,
    }


def _print_lock(item: PeriodLock, *, as_json: bool) -> None:
    if as_json:
        print_json(_lock(item))
    else:
        stdout.print(f"{item} is {'unlocked' if item.unlocked_at else 'locked'}")
