"""``commonweal meters``: correct what the register says of a meter, with a reason."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError
from commonweal.kernel.org import services

app = typer.Typer(no_args_is_help=True, help="Meters: correct what the register says of them.")

_NUMBERS = ("multiplier", "rollover_at", "max_rate_per_h")
_DAYS = ("installed_date", "removed_date")
Code = Annotated[str, typer.Argument(metavar="METER", help="Code of the meter.")]
Values = Annotated[
    list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="May be repeated.")
]


@app.command()
def correct(
    meter: Code,
    values: Values = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the event log.")],
    as_json: AsJson = False,
) -> None:
    """Correct what the register says of a meter, for all its readings.

    Facts stay as they are until they are computed again; look with `compute --dry-run`.

    Example: commonweal meters correct M-001 --set multiplier=40 --reason "ratio of the plate"
    """
    with plain_errors():
        changes = _changes(values or [], (*_NUMBERS, *_DAYS))
        services.meter_update(
            meter=meter, changes=changes, reason=reason, actor=actor(), now=clock()
        )
    _done({"meter": meter, **changes}, as_json=as_json)


def _changes(written: list[str], known: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in written:
        name, _, value = text.partition("=")
        if name not in known:
            raise InputError(f"{name!r} cannot be set", hint=f"it may be: {', '.join(known)}")
        try:
            found[name] = _day(value) if name in _DAYS else float(value)
        except ValueError as fault:
            raise InputError(f"{name} is {value!r}, which is no number") from fault
    return found


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not a day: {fault}", hint="write 2024-07-01") from fault


def _done(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        stdout.print(", ".join(f"{name} {value}" for name, value in document.items()), markup=False)
