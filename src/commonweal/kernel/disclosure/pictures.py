"""Pictures from numbers: flows, changes, paths with a fan, steps of cost; each with its table.

Whoever has numbers that are no facts, such as a forecast or a decomposition, builds a ``Chart``
here. A page shows it by ``{% include "web/chart.html" with chart=… %}``, a report file as SVG.
Titles and names come translated; ``language`` is that of the table's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.kernel.disclosure.picture_spans import intervals, timeline
from commonweal.kernel.disclosure.picture_tables import (
    column_rows,
    number_cell,
    table,
    with_unit,
    word,
    words_cell,
)
from commonweal.kernel.disclosure.tree import Chart, Flow, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Flow",
    "Measure",
    "Series",
    "Step",
    "fan",
    "intervals",
    "plain",
    "sankey",
    "steps",
    "timeline",
    "waterfall",
]

_FORMS: Final = {"bar", "line", "ranking", "map"}


@dataclass(frozen=True, slots=True)
class Step:
    """One column of a waterfall: a change, or a level that stands on the ground."""

    name: str
    value: Decimal
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """One step of a cost curve: what it saves is its width, what that costs its height."""

    name: str
    width: Decimal
    height: Decimal


def sankey(
    id: str,  # noqa: A002 - the contract's name
    *,
    title: str,
    unit: str,
    decimals: int,
    flows: Sequence[Flow],
    language: str,
) -> Chart:
    """Return flows between named places; a flow of nothing is told in the table, not drawn.

    Raises:
        InputError: A flow is negative or leads back to where it came from.
    """
    for flow in flows:
        if flow.value < 0:
            raise InputError(f"flow {flow.source} → {flow.target} is negative: {flow.value}")
    drawn = tuple(flow for flow in flows if flow.value)
    names = _in_order(drawn)
    head = (word("from", language), word("to", language), with_unit(title, unit))
    rows = [
        (
            words_cell(flow.source),
            words_cell(flow.target),
            number_cell(flow.value, decimals, language),
        )
        for flow in flows
    ]
    return Chart(
        id=id,
        form="sankey",
        title=title,
        unit=unit,
        decimals=decimals,
        categories=names,
        series=(),
        flows=drawn,
        table=table(title, head, rows, n_words=2),
    )


def _in_order(flows: Sequence[Flow]) -> tuple[str, ...]:
    """Return the places such that every flow leads forward.

    Raises:
        InputError: They go round in a circle.
    """
    left = dict.fromkeys(name for flow in flows for name in (flow.source, flow.target))
    order: list[str] = []
    while left:
        entered = {flow.target for flow in flows if flow.source in left}
        free = [name for name in left if name not in entered]
        if not free:
            raise InputError(
                f"flows go round in a circle among {', '.join(left)}",
                hint="a Sankey picture leads from sources to uses",
            )
        order += free
        for name in free:
            del left[name]
    return tuple(order)


def waterfall(
    id: str,  # noqa: A002 - the contract's name
    *,
    title: str,
    unit: str,
    decimals: int,
    steps: Sequence[Step],
    language: str,
) -> Chart:
    """Return levels and the changes that lead from one to the next."""
    head = (word("part", language), word("level", language), word("change", language))
    rows = [
        (
            words_cell(step.name),
            number_cell(step.value, decimals, language) if step.is_total else words_cell(""),
            words_cell("")
            if step.is_total
            else number_cell(step.value, decimals, language, signed=True),
        )
        for step in steps
    ]
    return Chart(
        id=id,
        form="waterfall",
        title=title,
        unit=unit,
        decimals=decimals,
        categories=tuple(step.name for step in steps),
        series=(Series(title, tuple(step.value for step in steps)),),
        totals=tuple(step.is_total for step in steps),
        table=table(title, head, rows),
    )


def fan(  # noqa: PLR0913 - the parts of a picture
    id: str,  # noqa: A002 - the contract's name
    *,
    title: str,
    unit: str,
    decimals: int,
    categories: Sequence[str],
    lines: Sequence[Series],
    low: Sequence[Decimal | None],
    high: Sequence[Decimal | None],
    language: str,
) -> Chart:
    """Return lines over periods, with a band where a forecast may lie.

    Raises:
        InputError: A line or a limit has not one value (or None) for each category.
    """
    _same_length(id, categories, (*(line.values for line in lines), low, high))
    names = (line.name for line in lines)
    head = (word("category", language), *names, word("low", language), word("high", language))
    columns = [*(line.values for line in lines), low, high]
    return Chart(
        id=id,
        form="fan",
        title=title,
        unit=unit,
        decimals=decimals,
        categories=tuple(categories),
        series=tuple(lines),
        low=tuple(low),
        high=tuple(high),
        table=table(title, head, column_rows(categories, columns, decimals, language)),
    )


def steps(
    id: str,  # noqa: A002 - the contract's name
    *,
    title: str,
    unit: str,
    decimals: int,
    measures: Sequence[Measure],
    width_unit: str,
    language: str,
) -> Chart:
    """Return a cost curve, the cheapest first: width is the quantity, height its cost in ``unit``.

    Raises:
        InputError: A measure has no width.
    """
    for measure in measures:
        if measure.width <= 0:
            raise InputError(f"measure {measure.name!r} is {measure.width} wide, not above 0")
    ordered = sorted(measures, key=lambda measure: measure.height)
    head = (
        word("measure", language),
        with_unit(title, unit),
        width_unit,
        with_unit(word("up_to", language), width_unit),
    )
    places, rows, up_to = _places(ordered), [], Decimal(0)
    for measure in ordered:
        up_to += measure.width
        shown = (measure.width, up_to)
        rows.append(
            (
                words_cell(measure.name),
                number_cell(measure.height, decimals, language),
                *(number_cell(value, places, language) for value in shown),
            )
        )
    return Chart(
        id=id,
        form="steps",
        title=title,
        unit=unit,
        decimals=decimals,
        categories=tuple(measure.name for measure in ordered),
        series=(Series(title, tuple(measure.height for measure in ordered)),),
        widths=tuple(measure.width for measure in ordered),
        width_unit=width_unit,
        table=table(title, head, rows),
    )


def plain(  # noqa: PLR0913 - the parts of a picture
    id: str,  # noqa: A002 - the contract's name
    *,
    form: str,
    title: str,
    unit: str,
    decimals: int,
    categories: Sequence[str],
    series: Sequence[Series],
    language: str,
    keys: Sequence[str] = (),
    regions: Sequence[str] = (),
) -> Chart:
    """Return bars, lines, a ranking or a map of any numbers.

    Raises:
        InputError: The form is none of these, or a column has not one value for each category.
    """
    if form not in _FORMS:
        raise InputError(f"chart {id}: no form {form!r}", hint=f"one of {', '.join(_FORMS)}")
    _same_length(id, categories, [each.values for each in series])
    _same_length(id, categories, [each for each in (keys, regions) if each])
    first = word("place" if keys or regions else "category", language)
    head = (first, *(with_unit(each.name, unit) for each in series))
    rows = column_rows(categories, [each.values for each in series], decimals, language, keys)
    return Chart(
        id=id,
        form=form,
        title=title,
        unit=unit,
        decimals=decimals,
        categories=tuple(categories),
        series=tuple(series),
        keys=tuple(keys),
        regions=tuple(regions),
        table=table(title, head, rows),
    )


def _places(measures: Sequence[Measure]) -> int:
    """Return decimals that tell the narrowest step from nothing; at most 3."""
    return max((min(3, max(0, -m.width.adjusted())) for m in measures), default=0)


def _same_length(
    chart_id: str, categories: Sequence[str], columns: Iterable[Sequence[object]]
) -> None:
    for column in columns:
        if len(column) != len(categories):
            raise InputError(
                f"chart {chart_id}: {len(column)} values for {len(categories)} categories",
                hint="give None where there is no value",
            )
