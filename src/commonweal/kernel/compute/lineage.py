"""How a value came to be, as stored with the fact: enough to compute it again by hand."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from commonweal.kernel.compute.values import activity_of, counted_carriers, shifted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from commonweal.catalogue import FactorChoice, Formula, Indicator
    from commonweal.kernel.compute.cube import Cube
    from commonweal.kernel.compute.values import Values, Weights
    from commonweal.periods import Period


def activity_lineage(
    indicator: Indicator,
    cube: Cube,
    found: Weights,
    months: Sequence[date],
    *,
    node: int,
    span: Period,
) -> dict[str, Any]:
    """Return the lines whose quantity × factor add up to the value."""
    by_year = _by_year(tuple(months), span)
    covered = [i for _, inside in by_year for i in inside]
    has_rows = cube.n_rows[node][:, found.selected] > 0
    lines = []
    for k in np.flatnonzero(has_rows[covered].any(axis=0)).tolist():
        combination = int(found.selected[k])
        for year, of_year in by_year:
            inside = [i for i in of_year if has_rows[i, k]]
            if not inside:
                continue
            carrier, place = cube.combinations[combination]
            line = {
                "carrier": carrier,
                "place": place,
                "year": year,
                "quantity": _plain(cube.quantity[node, inside, combination].sum()),
                "estimated": _plain(cube.estimated[node, inside, combination].sum()),
            }
            if choice := found.choices.get((combination, year)):
                line["factor"] = factor_line(choice)
                line["contribution"] = _plain(
                    (cube.quantity[node, inside, combination] * found.weight[inside, k]).sum()
                )
            lines.append(line)
    return {
        "activity": activity_of(indicator),
        "carriers": list(counted_carriers(indicator)),
        "lines": lines,
        "months_with_data": int(has_rows[covered].any(axis=1).sum()),
        "months": len(covered),
    }


@lru_cache(maxsize=64)
def _by_year(months: tuple[date, ...], span: Period) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return the places of a period's months by calendar year."""
    of_span = frozenset(span.months)
    covered = [(i, month.year) for i, month in enumerate(months) if month in of_span]
    return tuple(
        (year, tuple(i for i, other in covered if other == year))
        for year in sorted({year for _, year in covered})
    )


def factor_line(choice: FactorChoice) -> dict[str, Any]:
    """Return what must be known about a factor: value, unit, years, source and fallback steps."""
    row = choice.row
    return {
        "id": row.reference,
        "value": str(row.value),
        "unit": row.unit,
        "place": row.place,
        "data_year": row.data_year,
        "known_from": row.known_from.isoformat(),
        "source": row.source,
        "status": row.status,
        "steps": list(choice.steps),
    }


def formula_lineage(
    formula: Formula,
    known: Mapping[str, Values],
    periods: Sequence[Period],
    node: int,
    span: Period,
) -> dict[str, Any]:
    """Return the formula and what went into it."""
    place = {p: i for i, p in enumerate(periods)}
    inputs = []
    for name, item in formula.inputs.items():
        target = shifted(item.at, span)
        value = known[item.indicator].value[node, place[target]] if target in place else np.nan
        inputs.append(
            {
                "name": name,
                "indicator": item.indicator,
                "period": str(target) if target else "",
                "value": None if np.isnan(value) else _plain(value),
                "unit": item.unit,
            }
        )
    return {"formula": formula.formula, "inputs": inputs}


def _plain(number: float) -> str:
    """Write a float to 13 digits: those that sums agree on, whatever processor adds them."""
    return f"{float(number):.13g}"
