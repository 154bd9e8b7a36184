"""Evaluating every indicator of the catalogue for some periods, without recording anything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from commonweal.catalogue import Formula, catalogue
from commonweal.errors import InputError, StateError
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.compute.cube import cube, organisation
from commonweal.kernel.compute.values import (
    Values,
    activity_of,
    activity_values,
    counted_carriers,
    formula_values,
    shifted,
    weights,
)
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Node
from commonweal.periods import Period, PeriodKind, month_add

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from commonweal.catalogue import Catalogue, Indicator
    from commonweal.kernel.compute.cube import Cube, Organisation
    from commonweal.kernel.compute.values import Weights


@dataclass(frozen=True, kw_only=True)
class Computation:
    """All values of some periods, not yet recorded.

    ``periods`` are those asked for, then those that formulas refer to.
    """

    boundary: str
    snapshot: datetime
    org: Organisation
    months: tuple[date, ...]
    periods: tuple[Period, ...]
    n_asked: int
    wanted: tuple[str, ...] = ()
    cubes: dict[str, Cube]
    weights: dict[str, Weights]
    values: dict[str, Values]

    @cached_property
    def asked(self) -> tuple[Period, ...]:
        """The periods that will be recorded."""
        return self.periods[: self.n_asked]

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each node by its code."""
        return {code: i for i, code in enumerate(self.org.code)}

    @cached_property
    def standing(self) -> dict[str, list[tuple[str, date, date, Decimal | None]]]:
        """Facts that stood at the snapshot for the periods referred to, by indicator."""
        facts = facts_as_of(
            boundary=self.boundary,
            indicators=self.wanted or None,
            periods=self.periods[self.n_asked :],
            as_of=self.snapshot,
        ).values_list("indicator", "node", "start_date", "end_date", "value")
        found = defaultdict(list)
        for indicator, node, start, end, value in facts.iterator():
            found[indicator].append((node, start, end, value))
        return found

    @property
    def inputs(self) -> dict[str, Any]:
        """Hashes of every segment read, by dataset."""
        return {name: list(h) for part in self.cubes.values() for name, h in part.inputs.items()}


def evaluate(
    periods: Sequence[Period],
    *,
    boundary: str,
    snapshot: datetime,
    indicators: Collection[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Computation:
    """Compute values without recording anything: one pass per source, then factors, then formulas.

    A formula that refers to another period takes what is asked for in the same call, else the fact
    that stands for it, else nothing: no other period is computed on the way. With ``indicators``,
    only these and what their formulas need are computed.

    Raises:
        InputError: No period, a point in time, or a period that splits a month.
        StateError: There is no organisation yet.
    """
    asked = tuple(dict.fromkeys(periods))
    if not asked or any(span.kind is PeriodKind.POINT for span in asked):
        raise InputError("compute needs periods of at least a month", hint="write 2024 or 2024-03")
    if split := next((p for p in asked if {p.start_date.day, p.end_date.day} != {1}), None):
        raise InputError(
            f"period {split} splits a month, and nothing is known of a part of a month",
            hint="write whole months, as 2024-01..2024-06",
        )
    if not Node.objects.exists():
        raise StateError("there is no organisation yet", hint="see: commonweal org import --help")
    book = catalogue()
    wanted = _needed(indicators, book)
    entries = [book.indicators[i] for i in book.order if i in wanted]
    spans = _with_references(asked, entries)
    months = _months(asked)
    done = Computation(
        boundary=boundary,
        snapshot=snapshot,
        org=organisation(months, boundary, snapshot),
        months=months,
        periods=spans,
        n_asked=len(asked),
        wanted=tuple(entry.id for entry in entries),
        cubes={},
        weights={},
        values={},
    )
    request = ActivityRequest(months, snapshot, carriers=_carriers(entries) if indicators else ())
    for entry in entries:
        if isinstance(entry.source, Formula):
            computed = formula_values(entry, entry.source, done.values, spans, book)
        else:
            source = activity_of(entry)
            if source not in done.cubes:
                progress(f"reading {source}")
                done.cubes[source] = cube(source, request, done.org)
            part = done.cubes[source]
            done.weights[entry.id] = weights(entry, part, months, book, snapshot)
            computed = activity_values(entry, part, done.weights[entry.id], months, spans)
        done.values[entry.id] = _published(entry, computed, done)
    return done


def _needed(indicators: Collection[str], book: Catalogue) -> set[str]:
    """Return these indicators with all that their formulas lead to; every one if none is named."""
    todo, found = list(indicators or book.order), set[str]()
    while todo:
        name = todo.pop()
        if name not in book.indicators:
            raise InputError(f"no indicator {name!r} in the catalogue")
        source = book.indicators[name].source
        if name not in found and isinstance(source, Formula):
            todo += [item.indicator for item in source.inputs.values()]
        found.add(name)
    return found


def _carriers(entries: Sequence[Indicator]) -> tuple[str, ...]:
    counted = (counted_carriers(entry) for entry in entries if activity_of(entry))
    return tuple(sorted({carrier for each in counted for carrier in each}))


def _with_references(asked: tuple[Period, ...], entries: Sequence[Indicator]) -> tuple[Period, ...]:
    """Add the periods that formulas and gaps refer to, behind those asked for."""
    shifts = {
        item.at
        for entry in entries
        if entry.source.kind == "formula"
        for item in entry.source.inputs.values()
        if item.at
    }
    shifts |= {"year_before" for entry in entries if entry.gap}
    others = {target for at in shifts for span in asked if (target := shifted(at, span))}
    return (*asked, *sorted(others - set(asked)))


def _months(spans: Sequence[Period]) -> tuple[date, ...]:
    """Return every month from the first to the last that any period covers."""
    covered = sorted({month for span in spans for month in span.months})
    n_months = (covered[-1].year - covered[0].year) * 12 + covered[-1].month - covered[0].month + 1
    return tuple(month_add(covered[0], i) for i in range(n_months))


def _published(entry: Indicator, computed: Values, done: Computation) -> Values:
    """Fill the periods that formulas refer to with the facts that stood for them at the snapshot.

    So a change against last year is measured from the figure that was published for it.
    """
    referred = list(enumerate(done.periods))[done.n_asked :]
    if not referred:
        return computed
    column = {(span.start_date, span.end_date): i for i, span in referred}
    value, withheld = computed.value.copy(), computed.withheld.copy()
    withheld[:, done.n_asked :] = False  # what was published stands, whatever is known now
    for node, start, end, number in done.standing.get(entry.id, ()):
        if (place := done.place.get(node)) is not None:
            value[place, column[start, end]] = np.nan if number is None else float(number)
    return Values(value, computed.estimated_share, withheld)
