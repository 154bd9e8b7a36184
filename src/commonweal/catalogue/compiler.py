"""Compiles indicators: dimensions proved, inputs known, cycles refused, examples recomputed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from math import isclose, isnan
from typing import TYPE_CHECKING

from commonweal.catalogue import formulas
from commonweal.catalogue.indicators import Activity, Formula, Indicator, IndicatorEntry, Records
from commonweal.errors import DefinitionError, InputError
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonweal.catalogue.carriers import Carrier
    from commonweal.catalogue.factors import FactorTable

_ROLLUPS_OF_KIND = {
    "flow": ({"sum", "none"}, {"sum", "none"}),
    "stock": ({"sum", "none"}, {"last"}),
    "cumulative": ({"sum", "none"}, {"last"}),
    "target": ({"none"}, {"last"}),
    "ratio": ({"recompute"}, {"recompute"}),
    "derived": ({"recompute"}, {"recompute"}),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """An entry with where it stands."""

    entry: IndicatorEntry
    domain: str
    file: str

    @property
    def where(self) -> str:
        """How messages name the entry."""
        return f"{self.file}, indicator {self.entry.id!r}"


def indicators_compile(
    stated: Iterable[Stated],
    *,
    carriers: Mapping[str, Carrier],
    factors: Mapping[str, FactorTable],
) -> dict[str, Indicator]:
    """Return compiled indicators by id.

    Raises:
        DefinitionError: An id occurs twice, or an entry breaks a rule of its kind or its units.
    """
    entries: dict[str, Stated] = {}
    for item in stated:
        if (first := entries.setdefault(item.entry.id, item)) is not item:
            raise DefinitionError(f"{item.where} is already defined in {first.file}")
    compiled = {}
    for name, item in entries.items():
        try:
            _check_kind(item.entry)
            _check_gap(item.entry, entries)
            _check_apart(item.entry, entries)
            compiled[name] = _compiled(item, entries, carriers=carriers, factors=factors)
            _check_examples(compiled[name])
        except (InputError, DefinitionError) as fault:
            raise DefinitionError(f"{item.where}: {fault}", hint=fault.hint) from fault
    return compiled


def order_of(indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """Return the ids of computed indicators, inputs first; independent ones in alphabetical order.

    An indicator that needs itself at an earlier period is a cycle as well: the chain of years
    would never end.

    Raises:
        DefinitionError: Formulas need one another in a circle; the message shows the path.
    """
    graph = {
        name: sorted({item.indicator for item in indicator.source.inputs.values()})
        if isinstance(indicator.source, Formula)
        else []
        for name, indicator in sorted(indicators.items())
    }
    try:
        names = tuple(TopologicalSorter(graph).static_order())
    except CycleError as fault:
        path = " → ".join(reversed(fault.args[1]))
        raise DefinitionError(
            f"indicators need one another in a circle: {path}",
            hint="let one of them be computed from activities or records",
        ) from fault
    return tuple(name for name in names if indicators[name].status == "computed")


def _check_kind(entry: IndicatorEntry) -> None:
    over_org, over_time = _ROLLUPS_OF_KIND[entry.kind]
    if entry.rollup.over_org not in over_org or entry.rollup.over_time not in over_time:
        raise DefinitionError(
            f"a {entry.kind} cannot roll up by {entry.rollup.over_org} over the organisation and "
            f"{entry.rollup.over_time} over time",
            hint="ratios are recomputed from added inputs, flows add, stocks take the last value",
        )
    if not entry.bounds[0] < entry.bounds[1]:
        raise DefinitionError(f"bounds {entry.bounds} are empty or reversed")
    if entry.status == "computed" and isinstance(entry.source, Records) and not entry.source.of:
        raise DefinitionError("status is computed, but no source says from what")


def _check_apart(entry: IndicatorEntry, entries: Mapping[str, Stated]) -> None:
    if not entry.apart_from:
        return
    if entry.source.kind not in {"submission", "records"}:
        raise DefinitionError("only what is declared or recorded stays apart from others")
    for name in entry.apart_from:
        if name not in entries or entries[name].entry.status != "computed":
            raise DefinitionError(f"apart from {name!r}, which is not computed")


def _check_gap(entry: IndicatorEntry, entries: Mapping[str, Stated]) -> None:
    if entry.gap is None:
        return
    if entry.gap.to not in entries:
        raise DefinitionError(f"gap to the unknown indicator {entry.gap.to!r}")
    other = entries[entry.gap.to].entry
    if other.unit != entry.unit:
        raise DefinitionError(f"gap to {other.id!r}, which is in {other.unit}, not {entry.unit}")
    if entry.status == "computed" and other.status == "planned":
        raise DefinitionError(f"gap to {other.id!r}, which is only planned")


def _compiled(
    item: Stated,
    entries: Mapping[str, Stated],
    *,
    carriers: Mapping[str, Carrier],
    factors: Mapping[str, FactorTable],
) -> Indicator:
    entry, scale, multipliers = item.entry, Fraction(1), {}
    if isinstance(entry.source, Formula):
        scale = _formula_scale(entry, entry.source, entries)
    elif isinstance(entry.source, Activity):
        multipliers = {
            name: _multiplier(entry, entry.source, name, carriers=carriers, factors=factors)
            for name in entry.source.carriers
        }
    fields = {name: getattr(entry, name) for name in IndicatorEntry.model_fields}
    return Indicator(
        **fields, domain=item.domain, file=item.file, scale=scale, multipliers=multipliers
    )


def _formula_scale(
    entry: IndicatorEntry, source: Formula, entries: Mapping[str, Stated]
) -> Fraction:
    used = formulas.names(source.tree)
    if unknown := sorted(used - set(source.inputs)):
        raise DefinitionError(f"formula {source.formula!r} uses {unknown[0]!r}, which is no input")
    if unused := sorted(set(source.inputs) - used):
        raise DefinitionError(f"input {unused[0]!r} is not used by formula {source.formula!r}")
    for name, item in source.inputs.items():
        if item.indicator not in entries:
            raise DefinitionError(f"input {name!r} is the unknown indicator {item.indicator!r}")
        conversion(entries[item.indicator].entry.unit, item.unit)
        if entry.status == "computed" and entries[item.indicator].entry.status == "planned":
            raise DefinitionError(f"computed from {item.indicator!r}, which is only planned")
    if entry.rollup.over_org == "sum" and not formulas.is_additive(source.tree):
        raise DefinitionError(
            f"formula {source.formula!r} is no sum of its inputs, so it cannot roll up by sum",
            hint="a ratio or derived indicator is recomputed from added inputs",
        )
    return formulas.scale(source.tree, source.units, entry.unit)


def _multiplier(
    entry: IndicatorEntry,
    source: Activity,
    name: str,
    *,
    carriers: Mapping[str, Carrier],
    factors: Mapping[str, FactorTable],
) -> Fraction:
    if name not in carriers:
        raise DefinitionError(f"carrier {name!r} is not in carriers.toml")
    if source.factor is None:
        return conversion(carriers[name].unit, entry.unit)
    if source.factor not in factors:
        raise DefinitionError(f"factor {source.factor!r} is unknown")
    table = factors[source.factor]
    if name not in table.carriers:
        raise DefinitionError(f"factor {table.id!r} has no row for carrier {name!r}")
    return conversion(f"({table.unit(name)}) * ({carriers[name].unit})", entry.unit)


def _check_examples(indicator: Indicator) -> None:
    if not isinstance(indicator.source, Formula):
        return
    if indicator.status == "computed" and not indicator.examples:
        raise DefinitionError("a computed formula needs at least one worked example")
    for example in indicator.examples:
        value = indicator.evaluate(example.inputs)
        if isinstance(example.value, str):
            agrees = isnan(float(value))
        else:
            agrees = isclose(float(value), example.value, rel_tol=1e-9, abs_tol=1e-12)
        if not agrees:
            raise DefinitionError(f"example {example.note!r} gives {value}, not {example.value}")
