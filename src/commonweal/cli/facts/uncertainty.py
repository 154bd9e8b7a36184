"""How sure a fact is, in the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, stdout
from commonweal.cli.facts.reading import FactId  # noqa: TC001 - typer reads the annotations
from commonweal.kernel.facts.selectors import fact_get

Shapes = Literal["normal", "lognormal", "triangular"]


def uncertainty(
    fact_id: FactId,
    *,
    draws: Annotated[int, typer.Option(help="Simulate so many totals; 0 propagates.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the simulation.")] = 1,
    shape: Annotated[Shapes, typer.Option(help="Of the factors' errors, if simulated.")] = "normal",
    as_json: AsJson = False,
) -> None:
    """Show a fact's 95 % interval and what it comes from.

    [bold]Example:[/bold] commonweal facts uncertainty 1234 --draws 100000 --shape lognormal
    """
    import numpy as np  # noqa: PLC0415 - help stays quick

    from commonweal.kernel.compute.uncertainty import fact_uncertainty  # noqa: PLC0415 - as above

    with plain_errors():
        fact = fact_get(fact_id)
        rng = np.random.default_rng(seed) if draws else None
        found = fact_uncertainty(fact, rng=rng, n_draws=draws, factor_shape=shape)
        if as_json:
            print_json(asdict(found))
            return
        at = found.interval
        stdout.print(
            f"{fact.indicator} of {fact.node}: {fact.value} {fact.unit}\n"
            f"95 % between {at.low:.6g} and {at.high:.6g} (±{at.half_share:.1%})"
        )
        for part in found.parts:
            name = part.factor or f"{part.carrier}, {part.method}"
            stdout.print(
                f"  {part.variance_share:6.1%} of the variance  {name}  ±{part.half_share:.1%}",
                markup=False,
            )
        if found.unstated_share:
            stdout.print(
                f"no interval is stated for the factors of {found.unstated_share:.1%} of it"
            )
