"""``commonweal radio fit``, ``calibrate`` and ``units``: power of stations from their meters."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, clock, instant_read, plain_errors, print_json, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.domains.radio.network.power.answering import Answers, Ready
    from commonweal.domains.radio.network.power.itu import Questions, Stations

app = typer.Typer()
_SLEEPS = ("rf_off", "carrier_off", "deep_sleep")


@app.command()
def fit(
    *,
    inventory: Annotated[Path, typer.Option(help="BS, CellName, RUType, Mode, …: BSinfo.csv")],
    load: Annotated[Path, typer.Option(help="Time, BS, CellName, load, ESMode1, …: CLdata.csv")],
    energy: Annotated[Path, typer.Option(help="Time, BS, Energy: ECdata.csv")],
    test: Annotated[Path | None, typer.Option(help="Hours to answer: Time, BS, Energy, w.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the answers go.")] = None,
    physics_only: Annotated[
        bool, typer.Option("--physics-only", help="Ask no boosted trees, even if installed.")
    ] = False,
    no_neighbours: Annotated[
        bool, typer.Option("--no-neighbours", help="Use no meter of an hour before or after.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the power of stations, answer the hours of a test file or tell the errors by split.

    Files are in the layout of the ITU's power modelling set. Clocks of meters and counters are
    matched; rows that cannot be read are told. Where the test file has energies, they are not
    used, and the answers are scored against them.

    [bold]Example:[/bold] commonweal radio fit --inventory BSinfo.csv --load CLdata.csv --energy
    ECdata.csv --test test.csv --out pred.csv
    """
    with plain_errors():
        from commonweal.domains.radio.network.power.answering import (  # noqa: PLC0415
            answered,
            errors_by_split,
            made_ready,
        )
        from commonweal.domains.radio.network.power.itu import stations_read  # noqa: PLC0415

        if (test is None) != (out is None):
            raise InputError("--test and --out belong together", hint="give both or neither")
        stations, questions = stations_read(inventory, load, energy, test)
        ready = made_ready(stations)
        answers = answered(
            ready,
            interpolating=not no_neighbours,
            with_boosted=questions is not None and not physics_only,
        )
        document = _summary(stations, ready, answers)
        if questions is not None and out is not None:
            document |= _answer(out, ready, answers, questions, stations)
        else:
            document["errors"] = list(errors_by_split(ready, with_boosted=not physics_only))
        if as_json:
            print_json(document)
            return
        _show(document)


def _summary(stations: Stations, ready: Ready, answers: Answers) -> dict[str, Any]:
    from commonweal.engines.radio.effects import effects_of  # noqa: PLC0415 - quick --help

    effects = []
    for name, found in zip(stations.modes, effects_of(ready.panel, answers.power), strict=True):
        if found.share is None:
            continue
        is_known = found.n_stations and abs(found.low) < float("inf")
        effects.append(
            {
                "mode": name,
                "effect_share": found.share,
                "interval": [found.low, found.high] if is_known else None,
                "n_stations": found.n_stations,
                "with": [stations.modes[k] for k in found.companions],
                "saves": found.saves,
            }
        )
    missing = stations.codes[~stations.in_inventory].tolist()
    return {
        "n_stations": len(stations.codes),
        "n_metered": int(answers.metered.sum()),
        "offset_h": ready.offset.hours,
        "offset_agreed_share": ready.offset.agreed_share,
        "left_out": stations.told.document(),
        "not_in_inventory": {"n": len(missing), "first": missing[:5]},
        "modes": effects,
    }


def _answer(
    out: Path, ready: Ready, answers: Answers, questions: Questions, stations: Stations
) -> dict[str, Any]:
    """Write the answers; return what the document tells of them."""
    from commonweal.domains.radio.network.power.answering import (  # noqa: PLC0415
        errors,
        questions_answered,
    )

    energy, model, reason = questions_answered(ready, answers, questions, stations)
    names = [name for name in ("Time", "BS", "w") if name in questions.rows.column_names]
    written = dict(zip(names, (questions.rows[name].to_pylist() for name in names), strict=True))
    said = ["" if value != value else f"{value:.8f}" for value in energy.tolist()]  # noqa: PLR0124 - NaN
    written |= {"Energy": said, "model": model, "reason": reason}
    order = [name for name in ("Time", "BS", "Energy", "w", "model", "reason") if name in written]
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(order)
            writer.writerows(zip(*(written[name] for name in order), strict=True))
    except OSError as fault:
        raise InputError(f"{out} cannot be written: {fault}") from fault
    reasons: dict[str, int] = {}
    for each in reason:
        reasons[each] = reasons.get(each, 0) + 1
    reasons.pop("", None)
    scored = errors(questions.energy, energy, questions.weight)
    return {
        "answered": sum(each != "" for each in said),
        "left_empty": said.count(""),
        "by_model": {name: model.count(name) for name in sorted(set(model) - {""})},
        "reasons": reasons,
        "score": scored if scored["n_rows"] else None,
        "out": str(out),
    }


def _show(document: dict[str, Any]) -> None:
    stdout.print(
        f"{document['n_stations']:,} stations, {document['n_metered']:,} of them metered; counters"
        f" name an hour {document['offset_h']} h later than meters"
        f" ({document['offset_agreed_share']:.0%} of the stations that tell agree)"
    )
    for each in document["left_out"]:
        stdout.print(f"left out: {each['n_rows']} rows of {each['reason']}, lines {each['lines']}")
    for each in document["modes"]:
        stdout.print(_mode_line(each), markup=False)
    for each in document.get("errors", ()):
        wrong = f"MAPE {each['mape_share']:7.2%}  WMAPE {each['wmape_share']:7.2%}"
        stdout.print(f"{each['split']:<30} {each['model']:<26} {wrong}  {each['n_rows']:,} rows")
    if "answered" in document:
        stdout.print(f"{document['answered']:,} hours answered, {document['left_empty']:,} empty")
        for reason, n in document["reasons"].items():
            stdout.print(f"{n:>9,}  {reason}", markup=False)
        if document["score"]:
            stdout.print(f"against the file: MAPE {document['score']['mape_share']:.2%}")


def _mode_line(each: dict[str, Any]) -> str:
    if each["interval"] is None:
        within = f"no interval from {each['n_stations']} stations"
    else:
        low, high = each["interval"]
        within = f"{low:+.1%} to {high:+.1%} at {each['n_stations']} stations"
    found = "saves" if each["saves"] else "no saving found"
    beside = f", together with {', '.join(each['with'])}" if each["with"] else ""
    return f"{each['mode']}: {each['effect_share']:+.1%} ({within}): {found}{beside}"


@app.command()
def calibrate(
    *,
    days: Annotated[int, typer.Option(help="How many days of reports.")] = 14,
    until: Annotated[str, typer.Option(help="The days before this one; before today.")] = "",
    as_of: Annotated[str, typer.Option(help="As known at this instant; now if empty.")] = "",
    as_json: AsJson = False,
) -> None:
    """Find from the meters what each element truly draws, and what each sleep mode truly saves.

    Kept under its instant: plans made afterwards use it. A mode whose interval holds 0 counts as
    saving nothing.

    [bold]Example:[/bold] commonweal radio calibrate --days 14 --until 2024-12-01
    """
    with plain_errors():
        from commonweal.domains.radio.network.power.calibrating import (  # noqa: PLC0415
            calibrate as found_of,
        )

        at = instant_read(as_of)
        day = _day(until) if until else None
        found = found_of(now=clock(), as_of=at, days=days, until=day)
        if as_json:
            print_json(found.document | {"kept_as": found.path.stem})
            return
        document = found.document
        low, middle, high = document["factor_quantiles"]
        stdout.print(
            f"{document['n_metered']:,} of {document['n_elements']:,} elements metered; factors"
            f" {low:.3f}, {middle:.3f}, {high:.3f} (5 %, median, 95 %)"
        )
        for each in document["errors"]:
            stdout.print(f"{each['split']:<20} {each['mape_share']:.2%}")
        for each in document["modes"]:
            stdout.print(_part_line(each), markup=False)
        stdout.print(f"kept as {found.path.stem}")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not a day", hint="write 2024-12-10") from fault


def _part_line(each: dict[str, Any]) -> str:
    name = each["mode"].replace("_", " ")
    if each["interval"] is None:
        return f"{name}: {each['n_elements']} elements, too few to tell; the model's saving stands"
    low, high = each["interval"]
    within = f"{low:.0%} to {high:.0%} of what the model promises, {each['n_elements']} elements"
    return f"{name}: {within}: {'saves' if each['saves'] else 'no saving found'}"


@app.command()
def units(*, as_json: AsJson = False) -> None:
    """List models of radio units: idle, full load, what each mode saves, and from where that is.

    Savings are of the idle power; where meters told, as calibrated last, with the interval.

    [bold]Example:[/bold] commonweal radio units
    """
    with plain_errors():
        from commonweal.domains.radio.network.power.league import units_league  # noqa: PLC0415

        rows = units_league()
        if as_json:
            print_json({"units": rows})
            return
        table = Table("model", "idle W", "full W", "RF off", "carrier off", "deep sleep", "status")
        for row in rows:
            saved = [_saving(row["savings"].get(name)) for name in _SLEEPS]
            watts = (f"{row['on_w']:,.0f}", f"{row['full_w']:,.0f}")
            table.add_row(row["ru_model"], *watts, *saved, row["status"])
        stdout.print(table)


def _saving(found: dict[str, Any] | None) -> str:
    if found is None:
        return "–"
    if found["interval"] is None:
        return f"{found['share']:.0%}"
    low, high = found["interval"]
    return f"{found['share']:.0%} ({low:.0%} to {high:.0%})"
