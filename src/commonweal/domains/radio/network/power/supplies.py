"""Supplies of sites by kind: ``supplies.csv``, every figure with its status and source.

Plans are made and verified at the meters of elements; a supply says what the grid gives for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from commonweal.catalogue.reading import Strict, checked, csv_read
from commonweal.engines.radio.supply import Supply
from commonweal.errors import DefinitionError

_PATH: Final = Path(__file__).parent / "supplies.csv"


def _numbers(written: str) -> tuple[float, ...]:
    return tuple(map(float, written.split()))


Number = Annotated[float, Field(strict=False)]
Count = Annotated[int, Field(strict=False)]
Numbers = Annotated[tuple[float, ...], BeforeValidator(_numbers)]


class _Row(Strict):
    supply: str
    module_w: Number
    n_modules: Count
    loads: Numbers
    efficiencies: Numbers
    spare_modules: Count | None = None
    float_w: Number
    cooled_share: Number
    cop: Number
    cop_per_degc: Number
    free_below_degc: Number
    status: Literal["published", "measured", "assumed"]
    source: Annotated[str, Field(min_length=1)]


def supply_get(supply: str) -> Supply:
    """Return a kind of supply.

    Raises:
        DefinitionError: There is none of this name.
    """
    rows = {row.supply: row for row in (checked(_Row, each, at) for at, each in csv_read(_PATH))}
    if supply not in rows:
        raise DefinitionError(f"no supply is called {supply!r}", hint=f"there are {sorted(rows)}")
    return Supply(**rows[supply].model_dump(exclude={"supply", "status", "source"}))
