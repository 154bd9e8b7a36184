"""Values of indicators for every node and period: factors, sums over time, formulas.

Axes: ``node × period``. NaN is no data; it is never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import MissingFactorError
from commonweal.periods import Period, period
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.catalogue import Catalogue, FactorChoice, Formula, Indicator
    from commonweal.kernel.compute.cube import Cube

    Floats = NDArray[np.float64]

# Sources of which each indicator is its own carrier: what people declare, what programmes record.
_SPARE_DECIMALS: Final = 4  # kept beyond the printed ones, so that sums of facts still reconcile
_MAX_DECIMALS: Final = 9
_OWN_SOURCES: Final = {"submission": "submissions", "records": "records"}


@dataclass(frozen=True, slots=True)
class Values:
    """One indicator, shape (node, period); ``estimated_share`` is NaN where it has no meaning.

    ``withheld`` tells no data apart that would be data if every factor were known: what is computed
    from it is withheld, too, even where the input is optional.
    """

    value: Floats
    estimated_share: Floats
    withheld: NDArray[np.bool_]


def activity_of(indicator: Indicator) -> str:
    """Return the source that an indicator counts, or "" for a formula."""
    source = indicator.source
    return source.activity if source.kind == "activity" else _OWN_SOURCES.get(source.kind, "")


def counted_carriers(indicator: Indicator) -> tuple[str, ...]:
    """Return the carriers that an indicator counts; a declared or recorded one counts itself."""
    source = indicator.source
    return tuple(source.carriers) if source.kind == "activity" else (indicator.id,)


def shifted(at: str, of: Period) -> Period | None:
    """Return the period that a formula's input refers to, None if it has no such period.

    ``at`` is empty (the same period), ``year_before``, or a written period of the same kind.
    """
    if not at:
        return of
    if at == "year_before":
        return of.year_before
    fixed = period(at)
    return fixed if fixed.kind is of.kind else None


@dataclass(frozen=True, slots=True)
class Weights:
    """What each combination of a cube contributes to an indicator, by month.

    ``choices`` holds the factor behind every weight by (combination, year).
    """

    selected: NDArray[np.int64]  # combinations counted, (k,)
    weight: Floats  # (month, k)
    choices: Mapping[tuple[int, int], FactorChoice]
    missing: NDArray[np.bool_]  # (month, k), where a quantity has no factor


def weights(
    indicator: Indicator,
    cube: Cube,
    months: Sequence[date],
    catalogue: Catalogue,
    known_at: datetime,
) -> Weights:
    """Find the factor of every combination that has a quantity in a year.

    Raises:
        MissingFactorError: A quantity has no factor, no fallback is declared, and the indicator
            does not say that its value is to be withheld then.
    """
    carriers = counted_carriers(indicator)
    selected = np.array(
        [i for i, (carrier, _) in enumerate(cube.combinations) if carrier in carriers],
        dtype=np.int64,
    )
    weight = np.zeros((len(months), len(selected)))
    choices: dict[tuple[int, int], FactorChoice] = {}
    has_data = cube.n_rows[:, :, selected].sum(axis=0) > 0
    factor = indicator.source.factor if indicator.source.kind == "activity" else None
    withholds = indicator.source.kind == "activity" and indicator.source.missing == "withhold"
    missing = np.zeros(weight.shape, dtype=np.bool_)
    for k, combination in enumerate(selected.tolist()):
        carrier, place = cube.combinations[combination]
        scale = float(indicator.multiplier(carrier)) if indicator.source.kind == "activity" else 1.0
        for m, month in enumerate(months):
            if not has_data[m, k]:
                continue
            if not factor:
                weight[m, k] = scale
                continue
            key = (combination, month.year)
            try:
                if key not in choices:
                    choices[key] = catalogue.factors[factor].find(
                        carrier=carrier, place=place, year=month.year, known_at=known_at
                    )
            except MissingFactorError:
                if not withholds:
                    raise
                missing[m, k] = True
                continue
            weight[m, k] = float(choices[key].row.value) * scale
    return Weights(selected, weight, choices, missing)


def period_matrix(months: Sequence[date], periods: Sequence[Period], *, last: bool) -> Floats:
    """Return which months count for which period, shape (month, period)."""
    matrix = np.zeros((len(months), len(periods)))
    place = {month: i for i, month in enumerate(months)}
    for p, span in enumerate(periods):
        covered = [place[month] for month in span.months if month in place]
        matrix[covered[-1:] if last else covered, p] = 1.0
    return matrix


def activity_values(
    indicator: Indicator,
    cube: Cube,
    found: Weights,
    months: Sequence[date],
    periods: Sequence[Period],
) -> Values:
    """Add up quantity times weight over combinations and the months of each period."""
    matrix = period_matrix(months, periods, last=indicator.rollup.over_time == "last")
    quantity = np.einsum("nmk,mk->nm", cube.quantity[:, :, found.selected], found.weight) @ matrix
    estimated = np.einsum("nmk,mk->nm", cube.estimated[:, :, found.selected], found.weight) @ matrix
    has_data = (cube.n_rows[:, :, found.selected].sum(axis=2) @ matrix) > 0
    withheld = np.zeros(has_data.shape, dtype=np.bool_)
    if found.missing.any():
        unknown = (cube.n_rows[:, :, found.selected] * found.missing).sum(axis=2)
        withheld = (unknown @ matrix) > 0
        has_data &= ~withheld
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(quantity > 0, estimated / quantity, 0.0)
    return Values(np.where(has_data, quantity, np.nan), np.where(has_data, share, np.nan), withheld)


def out_of_bounds(indicator: Indicator, value: Floats) -> NDArray[np.bool_]:
    """Return where values, as they would be recorded, lie outside their indicator's bounds."""
    low, high = indicator.bounds
    published = np.round(value, kept_places(indicator))  # -1e-12 is 0, and in order
    return np.asarray((published < low) | (published > high))


def kept_places(indicator: Indicator) -> int:
    """Return how many decimals of a value are recorded."""
    return min(indicator.decimals + _SPARE_DECIMALS, _MAX_DECIMALS)


def formula_values(
    indicator: Indicator,
    formula: Formula,
    known: Mapping[str, Values],
    periods: Sequence[Period],
    catalogue: Catalogue,
) -> Values:
    """Evaluate a formula on its inputs; the estimated part of a sum is the sum of its parts'.

    An input that is missing gives no data, unless the definition says that it is optional. One
    that is out of its bounds is refused as a fact, so nothing is told that was made of it.
    """
    place = {span: i for i, span in enumerate(periods)}
    shape = next(iter(known.values())).value.shape
    inputs: dict[str, Floats] = {}
    estimated: dict[str, Floats] = {}
    withheld = np.zeros(shape, dtype=np.bool_)
    for name, item in formula.inputs.items():
        scale = float(conversion(catalogue.indicators[item.indicator].unit, item.unit))
        values = known[item.indicator]
        column = np.full(shape, np.nan)
        rough = np.full(shape, np.nan)
        for p, span in enumerate(periods):
            target = shifted(item.at, span)
            if target in place:
                column[:, p] = values.value[:, place[target]] * scale
                rough[:, p] = values.estimated_share[:, place[target]]
                withheld[:, p] |= values.withheld[:, place[target]]
                withheld[:, p] |= out_of_bounds(
                    catalogue.indicators[item.indicator], values.value[:, place[target]]
                )
        inputs[name], estimated[name] = column, column * rough
    value = np.asarray(indicator.evaluate(inputs), dtype=np.float64)
    value = np.where(withheld, np.nan, value)
    if indicator.rollup.over_org != "sum":
        return Values(value, np.full(shape, np.nan), withheld)
    rough = np.asarray(indicator.evaluate(estimated), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(value > 0, rough / value, 0.0)
    return Values(value, np.where(np.isnan(value), np.nan, share), withheld)
