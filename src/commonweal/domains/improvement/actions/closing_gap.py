"""What a target asks of actions: the energy that closes the distance to its path, each year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.catalogue.indicators import Activity, Formula
from commonweal.engines.portfolio import need_of_total
from commonweal.errors import InputError
from commonweal.kernel.disclosure.known import latest_instant
from commonweal.kernel.facts.selectors import fact_series
from commonweal.kernel.targets.selectors import lower_is_better, target_get, target_status
from commonweal.periods import PeriodKind
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from commonweal.catalogue.indicators import Indicator
    from commonweal.kernel.targets.models import Target

    Floats = NDArray[np.float64]


_STEP_KWH: Final = 1e6


def need_kwh(code: str, *, years: Sequence[int], growth_share: float) -> Floats:
    """Return the electricity to be saved in each year so that a target keeps its path, ``[y]``.

    The last year known goes on: a total grows with the business, and so does what an intensity is
    divided by. After the target's own years its last value holds.

    Args:
        code: The target's code.
        years: Calendar years of the horizon.
        growth_share: Growth of the business a year.

    Raises:
        InputError: There is no such target, or it asks for more of something, or has no base, or
            electricity does not count for it.
    """
    target = target_get(code)
    status = target_status(target)
    known = _years_known(target)
    before = [year for year in known if year < years[0]]
    if not lower_is_better(target) or not status.path or not before:
        raise InputError(
            f"target {code} asks for nothing that savings can close",
            hint="take one for less energy, with a figure of its base year and one before "
            f"{years[0]}",
        )
    last = max(before)
    path = {each.year: float(each.value) for each in status.path}
    ceiling = np.array([path.get(year, path[max(path)]) for year in years])
    grown = (1 + growth_share) ** (np.array(years) - last)
    slope = _per_kwh(target.indicator, _inputs(target, last), last)
    if slope <= 0:
        raise InputError(
            f"target {code}: saving electricity does not lower {target.indicator}",
            hint="take a target for energy, or for energy per something",
        )
    if catalogue().indicators[target.indicator].kind == "ratio":
        return need_of_total(np.full(len(years), known[last]), ceiling) / slope * grown
    return need_of_total(known[last] * grown, ceiling) / slope


def _years_known(target: Target, indicator: str = "") -> Mapping[int, float]:
    facts = fact_series(
        indicator=indicator or target.indicator,
        node=target.node,
        boundary=target.boundary,
        kind=PeriodKind.YEAR,
    )
    return {fact.start_date.year: float(fact.value) for fact in facts if fact.value is not None}


def _inputs(target: Target, year: int) -> dict[str, float]:
    """Return every indicator that the target's rests on, in its own unit, in a year."""
    found: dict[str, float] = {}
    todo = [target.indicator]
    while todo:
        indicator = todo.pop()
        source = catalogue().indicators[indicator].source
        known = _years_known(target, indicator)
        if indicator in found or year not in known:
            continue
        found[indicator] = known[year]
        if isinstance(source, Formula):
            todo += [each.indicator for each in source.inputs.values()]
    return found


def _per_kwh(indicator: str, known: Mapping[str, float], year: int) -> float:
    """Return by how much an indicator changes with a kilowatt-hour of electricity."""
    entry = catalogue().indicators[indicator]
    if isinstance(entry.source, Activity):
        return _counted(entry, year) if "electricity" in entry.source.carriers else 0.0
    if not isinstance(entry.source, Formula) or indicator not in known:
        return 0.0
    base, ahead = {}, {}
    for name, each in entry.source.inputs.items():
        if each.indicator not in known or each.at:
            continue
        unit = float(conversion(catalogue().indicators[each.indicator].unit, each.unit))
        base[name] = known[each.indicator] * unit
        ahead[name] = base[name] + _STEP_KWH * _per_kwh(each.indicator, known, year) * unit
    return float(entry.evaluate(ahead) - entry.evaluate(base)) / _STEP_KWH


def _counted(entry: Indicator, year: int) -> float:
    """Return what a kilowatt-hour counts for, by the nation's factor where there is one."""
    multiplier = float(entry.multiplier("electricity"))
    if not isinstance(entry.source, Activity) or entry.source.factor is None:
        return multiplier
    table = catalogue().factors[entry.source.factor]
    found = table.find(carrier="electricity", place="CN", year=year, known_at=latest_instant())
    return multiplier * float(found.row.value)
