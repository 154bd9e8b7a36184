"""The units of a total: which facts add up to it, and what each of them adds.

A total is split twice: by its formula, as long as that is a plain sum, into indicators that count
something; and over the organisation and the months into what each node itself adds. So the units
add up to the total, and what they leave is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import Formula, catalogue
from commonweal.errors import InputError, StateError
from commonweal.kernel.compute.selectors import snapshot_of
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import node_parents
from commonweal.periods import Period, PeriodKind, month_add
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from commonweal.kernel.facts.models import Fact

_NOISE_SHARE: Final = 1e-9  # of a node's value: what rounding of its children leaves


@dataclass(frozen=True, slots=True)
class Unit:
    """What one node itself adds to the total in one period by one indicator."""

    fact: Fact
    amount: float
    """In the total's unit."""
    scale: float
    """From the fact's unit to the total's."""
    below: float
    """What nodes below add to the fact, in the fact's unit; the unit is the rest."""

    @property
    def key(self) -> str:
        """Its name in the draw: indicator, node and period."""
        return f"{self.fact.indicator}|{self.fact.node}|{self.fact.period}"


@dataclass(frozen=True, slots=True)
class Population:
    """A total and its units in order of their keys."""

    total: Fact
    units: tuple[Unit, ...]

    @property
    def unexplained(self) -> float:
        """What the units leave of the total, in its unit: rounding, or facts that are missing."""
        return float(self.total.value or 0) - float(sum(unit.amount for unit in self.units))


def population(
    *, indicator: str, node: str, boundary: str, period: Period, as_of: datetime | None = None
) -> Population:
    """Return the units of a total as they were known at an instant.

    Months are the units in time where every month of the period has the total as a fact.

    Raises:
        InputError: There is no such indicator.
        StateError: The total is no fact of that instant, or has no value.
    """
    if indicator not in catalogue().indicators:
        raise InputError(f"no indicator {indicator!r} in the catalogue")
    terms = {"boundary": boundary, "as_of": as_of}
    own = facts_as_of(indicators=[indicator], nodes=[node], periods=[period], **terms)  # type: ignore[arg-type]
    total = own.select_related("batch").first()
    if total is None or total.value is None:
        raise StateError(
            f"{indicator} of {node} in {period} is no fact, or has no value",
            hint=f"compute it first: commonweal compute {period}",
        )
    months = [Period(m, month_add(m, 1), PeriodKind.MONTH) for m in period.months]
    told = facts_as_of(indicators=[indicator], nodes=[node], periods=months, **terms).count()  # type: ignore[arg-type]
    spans = months if told == len(months) else [period]
    scales = scales_of(indicator)
    facts = facts_as_of(indicators=scales, periods=spans, **terms).select_related("batch")  # type: ignore[arg-type]
    units = _units(list(facts), node, scales, period.months, snapshot_of(total))
    return Population(total, tuple(sorted(units, key=lambda unit: unit.key)))


def scales_of(indicator: str) -> Mapping[str, float]:
    """Return the indicators that add up to one, with the factor of each to its unit.

    A formula that is no plain sum of the same period stands for itself.

    >>> scales_of("ghg_total_location")["scope1_declared"]
    1.0
    """
    entry = catalogue().indicators[indicator]
    source = entry.source
    if not isinstance(source, Formula) or any(item.at for item in source.inputs.values()):
        return {indicator: 1.0}
    names = list(source.inputs)
    single = [float(entry.evaluate({n: float(n == each) for n in names})) for each in names]
    mixed = float(entry.evaluate({n: float(i + 2) for i, n in enumerate(names)}))
    if not np.isclose(mixed, sum(s * (i + 2) for i, s in enumerate(single))):
        return {indicator: 1.0}
    found: dict[str, float] = {}
    for scale, item in zip(single, source.inputs.values(), strict=True):
        unit = catalogue().indicators[item.indicator].unit
        to_input = scale * float(conversion(unit, item.unit))
        for leaf, below in scales_of(item.indicator).items():
            found[leaf] = found.get(leaf, 0.0) + to_input * below
    return found


def _units(
    facts: Sequence[Fact],
    top: str,
    scales: Mapping[str, float],
    months: tuple[date, ...],
    as_of: datetime,
) -> list[Unit]:
    parent_of = Parents(months, as_of)
    value = {(f.indicator, f.node, f.start_date): f for f in facts if f.value is not None}
    below: dict[tuple[str, str, date], float] = {}
    for (indicator, node, day), fact in value.items():
        if parent := parent_of(node, day):
            key = (indicator, parent, day)
            below[key] = below.get(key, 0.0) + float(fact.value or 0)
    units = []
    for (indicator, node, day), fact in value.items():
        if not _is_under(node, top, day, parent_of):
            continue
        children = below.get((indicator, node, day), 0.0)
        own = float(fact.value or 0) - children
        if (indicator, node, day) in below and abs(own) <= _NOISE_SHARE * abs(children) + 1e-5:
            continue
        units.append(Unit(fact, own * scales[indicator], scales[indicator], children))
    return units


def _is_under(node: str, top: str, day: date, parent_of: Parents) -> bool:
    while node and node != top:
        node = parent_of(node, day)
    return node == top


class Parents:
    """The parent of a node by code and first day of a span, as known then; empty for none."""

    def __init__(self, months: tuple[date, ...], as_of: datetime) -> None:
        """Read who was above whom in these months."""
        found = node_parents(months, as_of)
        codes = dict(Node.objects.values_list("pk", "code"))
        self._month = {month: i for i, month in enumerate(months)}
        self._parents = {
            codes[node_id]: [codes.get(parent, "") for parent in row]
            for node_id, row in zip(
                found.node_id.tolist(), found.parent_node_id.tolist(), strict=True
            )
        }

    def __call__(self, node: str, day: date) -> str:
        """Return the code of the node above in the month of that day."""
        row = self._parents.get(node)
        return row[self._month[day]] if row else ""

    def below(self, node: str, day: date) -> set[str]:
        """Return a node and everything below it."""
        month, found, todo = self._month[day], {node}, [node]
        children: dict[str, list[str]] = {}
        for code, row in self._parents.items():
            children.setdefault(row[month], []).append(code)
        while todo:
            more = set(children.get(todo.pop(), ())) - found
            found |= more
            todo.extend(more)
        return found
