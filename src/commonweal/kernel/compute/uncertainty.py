"""How sure a fact is: from the lines of its lineage, through formulas, to one interval.

A line is a quantity times a factor. A quantity is as sure as its method (its estimated part less
so), a factor as sure as its row says; where no row says anything, the line's part of the total is
told as ``unstated`` instead of being taken for sure in silence. Lines that share a factor row are
wrong together, also where green power is taken out at the factor of what it covers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.catalogue import Formula, catalogue
from commonweal.catalogue.uncertainties import ESTIMATED, uncertainties
from commonweal.engines.uncertainty import Interval, Shape, Terms, propagated, simulated, variances
from commonweal.errors import InputError
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.periods import PeriodKind, period
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.catalogue import Indicator
    from commonweal.kernel.facts.models import Fact

_STEP: Final = 1e-4  # relative, of the slope of a formula; sums and ratios are smooth


@dataclass(frozen=True, slots=True)
class Part:
    """One source of error and what it makes up of the total's variance.

    ``factor`` is the reference of a factor row; empty for the error of a quantity.
    """

    carrier: str
    method: str
    factor: str
    half_share: float
    """95 %, of the quantity or factor itself."""
    variance_share: float


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A fact's interval, what it comes from, the largest first, and what nobody stated."""

    fact_id: int
    unit: str
    interval: Interval
    parts: tuple[Part, ...]
    unstated_share: float
    """Part of the total, by size, whose factor has no stated interval."""


@dataclass(frozen=True, slots=True)
class _Line:
    carrier: str
    kind: str
    method: str
    contribution: float
    quantity_share: float
    factor: str
    factor_share: float | None


def fact_uncertainty(
    fact: Fact,
    *,
    rng: np.random.Generator | None = None,
    n_draws: int = 100_000,
    quantity_shape: Shape = "normal",
    factor_shape: Shape = "normal",
) -> Uncertainty:
    """Return a fact's 95 % interval by propagation, or by simulation if ``rng`` is given.

    A ratio is taken for straight around its value.

    Raises:
        InputError: The fact has no data, or counts things, which are exact.
    """
    if fact.value is None:
        raise InputError(f"fact {fact.pk} has no data, so nothing is to be said of how sure it is")
    lines = list(_lines(fact, 1.0))
    if not lines:
        raise InputError(
            f"fact {fact.pk} of {fact.indicator} rests on no quantities with a method",
            hint="ask for a fact of energy or emissions",
        )
    terms, references = _terms(lines)
    interval = propagated(terms)
    if rng is not None:
        interval = simulated(
            terms,
            rng=rng,
            n_draws=n_draws,
            quantity_shape=quantity_shape,
            factor_shape=factor_shape,
        )
    sizes = np.abs(terms.contribution)
    silent = np.array([line.factor_share is None for line in lines])
    return Uncertainty(
        fact.pk,
        fact.unit,
        interval,
        _parts(lines, terms, references),
        float(sizes[silent].sum() / sizes.sum()) if sizes.sum() else 0.0,
    )


def _terms(lines: Sequence[_Line]) -> tuple[Terms, list[str]]:
    references = sorted({line.factor for line in lines})
    group = {reference: i for i, reference in enumerate(references)}
    return (
        Terms(
            np.array([line.contribution for line in lines]),
            np.array([line.quantity_share for line in lines]),
            np.array([line.factor_share or 0.0 for line in lines]),
            np.array([group[line.factor] for line in lines], np.int64),
        ),
        references,
    )


def _parts(lines: Sequence[_Line], terms: Terms, references: Sequence[str]) -> tuple[Part, ...]:
    found = variances(terms)
    whole = float(found.of_quantity.sum() + found.of_factor.sum()) or 1.0
    by_method: dict[tuple[str, str, float], float] = defaultdict(float)
    for line, variance in zip(lines, found.of_quantity.tolist(), strict=True):
        by_method[line.carrier, line.method, line.quantity_share] += variance
    parts = [Part(c, m, "", share, v / whole) for (c, m, share), v in by_method.items()]
    of_group = {line.factor: line for line in lines}
    for index, variance in zip(found.group.tolist(), found.of_factor.tolist(), strict=True):
        line = of_group[references[index]]
        if line.factor_share:
            share = line.factor_share
            parts.append(Part(line.carrier, "", line.factor, share, variance / whole))
    return tuple(sorted(parts, key=lambda part: -part.variance_share))


def _lines(fact: Fact, slope: float) -> Iterator[_Line]:
    """Yield a fact's lines, in the unit of the fact first asked for."""
    entry = catalogue().indicators.get(fact.indicator)
    if entry is None:
        return
    if isinstance(entry.source, Formula):
        inputs = _inputs(fact)
        for name, each in inputs.items():
            yield from _lines(each, slope * _slope(entry, entry.source, inputs, name))
    elif "lines" in fact.lineage:
        for line in fact.lineage["lines"]:
            yield from _of_line(entry, line, fact, slope)


def _of_line(entry: Indicator, line: dict[str, Any], fact: Fact, slope: float) -> Iterator[_Line]:
    """Yield the line's measured and estimated parts."""
    quantity, rough = float(line["quantity"]), float(line["estimated"])
    if not quantity:
        return
    carrier = catalogue().carriers.get(line["carrier"])
    kind = "declared" if entry.source.kind == "submission" else carrier.kind if carrier else ""
    scale = 1.0
    if entry.source.kind == "activity" and "contribution" not in line:
        scale = float(entry.multiplier(line["carrier"]))
    whole = float(line.get("contribution", quantity * scale))
    factor, share = _factor(line.get("factor"), fact)
    known_at = _known_at(fact)
    for part, of in ((quantity - rough, kind), (rough, ESTIMATED)):
        stated = uncertainties().of_quantity(of, known_at)
        if part and stated is not None:
            yield _Line(
                line["carrier"],
                of,
                stated.method,
                slope * whole * part / quantity,
                float(stated.share),
                factor,
                share,
            )


def _factor(line: dict[str, Any] | None, fact: Fact) -> tuple[str, float | None]:
    """Return a factor row's reference and its stated half width; none is needed without factor."""
    if line is None:
        return "", 0.0
    table = catalogue().factors.get(line["id"].split("/")[0])
    rows = table.rows if table else ()
    row = next((row for row in rows if row.reference == line["id"]), None)
    if row is not None and row.uncertainty_share is not None:
        return line["id"], float(row.uncertainty_share)
    stated = uncertainties().of_table(line["id"].split("/")[0], _known_at(fact))
    return line["id"], float(stated.share) if stated else None


def _slope(entry: Indicator, source: Formula, inputs: dict[str, Fact], name: str) -> float:
    """Return by how much the formula's value rises with one input, in the units of both facts."""
    units = {
        each: float(conversion(fact.unit, source.inputs[each].unit))
        for each, fact in inputs.items()
    }
    values = {each: float(fact.value or 0) * units[each] for each, fact in inputs.items()}
    step = abs(values[name]) * _STEP or _STEP
    around = (values | {name: values[name] + s} for s in (step, -step))
    above, below = (float(entry.evaluate(each)) for each in around)
    return (above - below) / (2 * step) * units[name]


def _inputs(fact: Fact) -> dict[str, Fact]:
    """Return the facts that a formula's fact was made of, as they stood when it was recorded."""
    rows = [r for r in fact.lineage.get("inputs", ()) if r["period"] and r["value"] is not None]
    spans = {row["period"]: period(row["period"]) for row in rows}
    found = facts_as_of(
        boundary=fact.boundary,
        indicators=[row["indicator"] for row in rows],
        nodes=[fact.node],
        periods=[span for span in spans.values() if span.kind is not PeriodKind.POINT],
        as_of=fact.recorded_at,
    ).select_related("batch")
    known = {(each.indicator, each.start_date, each.end_date): each for each in found}
    keys = {}
    for row in rows:
        span = spans[row["period"]]
        keys[row["name"]] = (row["indicator"], span.start_date, span.end_date)
    return {
        name: known[key]
        for name, key in keys.items()
        if key in known and known[key].value is not None
    }


def _known_at(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact.batch.parameters.get("snapshot", str(fact.recorded_at)))
