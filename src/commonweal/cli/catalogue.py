"""``commonweal catalogue``: what is defined, what is computed, which factor answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime  # noqa: TC003 - Typer reads the annotations
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError
from commonweal.periods import BUSINESS_ZONE, business_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonweal.catalogue import Catalogue, FactorChoice, FactorTable, Indicator


def _catalogue() -> Catalogue:
    from commonweal.catalogue import catalogue  # noqa: PLC0415 - units take a second to load

    return catalogue()


app = typer.Typer(no_args_is_help=True, help="Indicators, factors, carriers and places.")


@app.command(name="coverage")
def coverage_command(*, as_json: AsJson = False) -> None:
    """Show how many indicators are computed and planned, by domain.

    [bold]commonweal catalogue coverage --json[/bold]
    """
    from commonweal.catalogue.coverage import coverage  # noqa: PLC0415 - as above

    with plain_errors():
        rows = coverage(_catalogue())
    if as_json:
        print_json({row.domain: asdict(row) for row in rows})
        return
    _print_table(
        ("domain", "computed", "planned", "reported figures computed", "of"),
        (
            (
                row.domain,
                row.n_computed,
                row.n_planned,
                row.n_reported_computed,
                row.n_reported_computed + row.n_reported_planned,
            )
            for row in rows
        ),
    )


@app.command(name="list")
def list_command(
    *,
    domain: Annotated[str, typer.Option(help="Only this domain.")] = "",
    status: Annotated[str, typer.Option(help="computed or planned.")] = "",
    as_json: AsJson = False,
) -> None:
    """List indicators.

    [bold]commonweal catalogue list --domain carbon --status computed[/bold]
    """
    with plain_errors():
        known = _catalogue()
        domains = {indicator.domain for indicator in known.indicators.values()}
        _among("domain", domain, {"", *known.domains, *domains})
        _among("status", status, {"", "computed", "planned"})
    found = [
        indicator
        for indicator in known.indicators.values()
        if domain in ("", indicator.domain) and status in ("", indicator.status)
    ]
    if as_json:
        print_json({"indicators": [_brief(indicator) for indicator in found]})
        return
    _print_table(
        ("id", "name", "unit", "kind", "status", "domain"),
        ((i.id, i.name["en"], i.unit, i.kind, i.status, i.domain) for i in found),
    )


@app.command()
def show(
    indicator_id: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False
) -> None:
    """Show one indicator: definition, formula, inputs, factors, frameworks, examples.

    [bold]commonweal catalogue show energy_per_traffic[/bold]
    """
    with plain_errors():
        known = _catalogue().indicators
        _among("indicator", indicator_id, set(known))
        indicator = known[indicator_id]
    document = indicator.model_dump(mode="json") | {
        "bounds": [bound if isfinite(bound) else None for bound in indicator.bounds],
        "multipliers": {carrier: str(number) for carrier, number in indicator.multipliers.items()},
        "scale": str(indicator.scale),
    }
    if as_json:
        print_json(document)
        return
    stdout.print(
        f"[bold]{indicator.id}[/bold]  {' · '.join(indicator.name.values())}", soft_wrap=True
    )
    for line in _lines(indicator):
        stdout.print(line, markup=False, soft_wrap=True)


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """Compile our definitions and those in the home folder; exit code 4 if one is wrong.

    [bold]commonweal catalogue check[/bold]
    """
    with plain_errors():
        known = _catalogue()
    counts = {
        "indicators": len(known.indicators),
        "computed": len(known.order),
        "examples": sum(len(indicator.examples) for indicator in known.indicators.values()),
        "factors": len(known.factors),
        "factor rows": sum(len(table.rows) for table in known.factors.values()),
        "carriers": len(known.carriers),
        "places": len(known.places),
    }
    if as_json:
        print_json(counts)
    else:
        stdout.print(
            "the catalogue is sound: " + ", ".join(f"{n} {k}" for k, n in counts.items()),
            soft_wrap=True,
        )


@app.command()
def factors(
    factor_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    place: Annotated[str, typer.Option(help="Which place asks, such as CN-GD.")] = "",
    year: Annotated[int, typer.Option(help="For which year; with --place, what answers.")] = 0,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"],
            help="As known at this day or instant; now if not given.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List a factor's rows as known at a day, or show which row answers a place and year.

    [bold]commonweal catalogue factors grid_average --place CN-XZ --year 2024[/bold]
    """
    at = clock() if known_at is None else known_at
    at = at if at.tzinfo else at.replace(tzinfo=BUSINESS_ZONE)
    with plain_errors():
        known = _catalogue()
        _among("factor", factor_id, set(known.factors))
        table = known.factors[factor_id]
        _among("place", place, {"", *known.places})
        if place and year:
            choices = [
                table.find(carrier=carrier, place=place, year=year, known_at=at)
                for carrier in sorted(table.carriers)
            ]
            _print_choices(choices, as_json=as_json)
            return
    _print_rows(table, place=place, year=year, known_at=at, as_json=as_json)


def _print_choices(choices: Sequence[FactorChoice], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"choices": [{**choice.row.model_dump(), "steps": choice.steps} for choice in choices]}
        )
        return
    for choice in choices:
        row = choice.row
        stdout.print(f"{row.carrier}: {row.value} {row.unit}", markup=False, soft_wrap=True)
        stdout.print(
            f"  {row.source}; {row.status}; known from {row.known_from}",
            markup=False,
            soft_wrap=True,
        )
        for step in choice.steps:
            stdout.print(f"  fallback: {step}", markup=False, soft_wrap=True)


def _print_rows(
    table: FactorTable, *, place: str, year: int, known_at: datetime, as_json: bool
) -> None:
    known_date = business_date(known_at)
    rows = [
        row
        for row in table.rows
        if row.known_from <= known_date and place in ("", row.place) and year in (0, row.data_year)
    ]
    if as_json:
        print_json({"factor": table.id, "rows": [row.model_dump() for row in rows]})
        return
    _print_table(
        ("carrier", "place", "data year", "value", "unit", "known from", "source", "status"),
        (
            (r.carrier, r.place, r.data_year, r.value, r.unit, r.known_from, r.source, r.status)
            for r in rows
        ),
    )


def _brief(indicator: Indicator) -> dict[str, Any]:
    keys = {"id", "name", "unit", "kind", "status", "domain", "reported"}
    return indicator.model_dump(mode="json", include=keys)


def _lines(indicator: Indicator) -> Iterable[str]:
    low, high = indicator.bounds
    yield f"{indicator.kind} in {indicator.unit}, {indicator.decimals} decimals, {indicator.status}"
    yield f"domain {indicator.domain}, in {indicator.file}; bounds {low} to {high}"
    yield (
        f"rolls up by {indicator.rollup.over_org} over the organisation, "
        f"by {indicator.rollup.over_time} over time"
    )
    source = indicator.source
    if source.kind == "formula":
        yield f"= {source.formula}"
        for name, item in source.inputs.items():
            at = f" at {item.at}" if item.at else ""
            optional = ", optional" if item.optional else ""
            yield f"  {name}: {item.indicator} in {item.unit}{at}{optional}"
    elif source.kind == "activity":
        factor = f" × {source.factor}" if source.factor else ""
        yield f"= activity {source.activity} ({', '.join(source.carriers)}){factor}"
    else:
        yield f"from {source.kind}"
    for framework, ids in indicator.frameworks.items():
        yield f"{framework}: {', '.join(ids)}"
    for example in indicator.examples:
        yield f"example, {example.note}: {example.inputs} → {example.value}"


def _among(noun: str, wanted: str, allowed: set[str]) -> None:
    if wanted not in allowed:
        near = get_close_matches(wanted, allowed, n=3) or sorted(allowed - {""})[:20]
        raise InputError(f"{noun} {wanted!r} is unknown", hint=f"perhaps: {', '.join(near)}")


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(*columns)
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    stdout.print(table)
