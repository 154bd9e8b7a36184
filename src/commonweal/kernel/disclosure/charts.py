"""Charts and tables of a report or a page, built from known facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.known import Known, node_name
from commonweal.kernel.disclosure.lineage import indicator_name
from commonweal.kernel.disclosure.tree import Cell, Chart, Figure, Series, Table, Text
from commonweal.kernel.disclosure.wording import (
    NO_DATA,
    number_text,
    percent_text,
    period_text,
    scaled,
    unit_text,
)
from commonweal.periods import Period, month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.disclosure.definitions import ChartSpec, ColumnSpec, TableSpec
    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.org.models import Node

_HEAD = {
    "rank": {"zh-hant": "位次", "zh-hans": "位次", "en": "Rank"},
    "node": {"zh-hant": "單位", "zh-hans": "单位", "en": "Organisation"},
    "period": {"zh-hant": "期間", "zh-hans": "期间", "en": "Period"},
}


@dataclass(frozen=True)
class Scene:
    """What every chart of one page has in common."""

    language: str
    period: Period
    node: Node
    children: tuple[Node, ...]
    known: Known
    boundary: str
    as_of: datetime
    parts: Mapping[str, Node] = field(default_factory=dict)
    """Nodes below that a text names, by code."""


def months_of(period: Period) -> tuple[Period, ...]:
    """Return the months of a period, as periods."""
    return tuple(month(first.year, first.month) for first in period.months)


def figure(fact: Fact | None, *, unit: str, decimals: int | None, language: str) -> Figure:
    """Return a fact's number without its unit, for a table or a chart's text."""
    if fact is None or fact.value is None:
        return Figure(NO_DATA[language], (fact.pk,) if fact else (), has_data=False)
    places = fact.decimals if decimals is None else decimals
    value = scaled(fact.value, fact.unit, unit or fact.unit)
    is_share = unit_text(unit or fact.unit, language) == ""
    text = percent_text(value, places, language) if is_share else number_text(value, places)
    return Figure(text, (fact.pk,), sort_key=value)


def chart_build(spec: ChartSpec, scene: Scene) -> Chart:
    """Build a chart over months or children."""
    return _over_children(spec, scene) if spec.over == "children" else _over_months(spec, scene)


def _unit(spec: ChartSpec | ColumnSpec, indicator: str, language: str) -> str:
    return spec.unit.get(language) or catalogue().indicators[indicator].unit


def _over_months(spec: ChartSpec, scene: Scene) -> Chart:
    language, months = scene.language, months_of(scene.period)
    lines: list[tuple[str, bool, tuple[Figure, ...]]] = []
    for indicator in spec.indicators:
        unit = _unit(spec, indicator, language)
        shifts = ((False, months), (True, tuple(m.year_before for m in months)))
        for is_before, periods in shifts[: 2 if spec.compare_year_before else 1]:
            facts = (scene.known.get(indicator, scene.node.code, each) for each in periods)
            figures = tuple(
                figure(fact, unit=unit, decimals=spec.decimals, language=language) for fact in facts
            )
            name = indicator_name(indicator, language)
            if spec.compare_year_before:
                shown = scene.period.year_before if is_before else scene.period
                name = (
                    f"{name} {period_text(shown, language)}"
                    if len(spec.indicators) > 1
                    else period_text(shown, language)
                )
            lines.append((name, is_before, figures))
    return Chart(
        id=spec.id,
        form=spec.form,
        title=spec.title[language],
        unit=unit_text(_unit(spec, spec.indicators[0], language), language),
        decimals=spec.decimals,
        categories=tuple(period_text(each, language) for each in months),
        series=tuple(
            Series(name, tuple(f.sort_key for f in figures), is_reference=is_before)
            for name, is_before, figures in lines
        ),
        table=_series_table(spec, scene.language, months, lines),
    )


def _series_table(
    spec: ChartSpec,
    language: str,
    months: Sequence[Period],
    lines: Sequence[tuple[str, bool, tuple[Figure, ...]]],
) -> Table:
    head = (
        Cell((Text(_HEAD["period"][language]),)),
        *(Cell((Text(name),), is_numeric=True) for name, _, _ in lines),
    )
    rows = tuple(
        (
            Cell((Text(period_text(each, language)),)),
            *(Cell((figures[index],), is_numeric=True) for _, _, figures in lines),
        )
        for index, each in enumerate(months)
    )
    return Table(spec.title[language], head, rows)


def ranked(indicator: str, scene: Scene, period: Period | None = None) -> list[tuple[Node, Fact]]:
    """Return the children that have data, the best first; the largest where none is better."""
    found = []
    for child in scene.children:
        fact = scene.known.get(indicator, child.code, period or scene.period)
        if fact is not None and fact.value is not None:
            found.append((child, fact))
    sign = 1 if catalogue().indicators[indicator].better == "lower" else -1
    return sorted(found, key=lambda pair: (sign * (pair[1].value or Decimal(0)), pair[0].code))


def _over_children(spec: ChartSpec, scene: Scene) -> Chart:
    language, indicator = scene.language, spec.indicators[0]
    unit = _unit(spec, indicator, language)
    rows = [
        (node, figure(fact, unit=unit, decimals=spec.decimals, language=language))
        for node, fact in ranked(indicator, scene)
    ]
    name = indicator_name(indicator, language)
    return Chart(
        id=spec.id,
        form=spec.form,
        title=spec.title[language],
        unit=unit_text(unit, language),
        decimals=spec.decimals,
        categories=tuple(node_name(node, language) for node, _ in rows),
        series=(Series(name, tuple(shown.sort_key for _, shown in rows)),),
        keys=tuple(node.code for node, _ in rows),
        regions=tuple(_region(node) for node, _ in rows),
        table=Table(
            spec.title[language],
            (Cell((Text(_HEAD["node"][language]),)), Cell((Text(name),), is_numeric=True)),
            tuple(
                (
                    Cell((Text(node_name(node, language)),), node=node.code),
                    Cell((shown,), is_numeric=True),
                )
                for node, shown in rows
            ),
        ),
    )


def _region(node: Node) -> str:
    place = catalogue().places.get(node.place)
    return place.adcode if place else ""


def table_build(spec: TableSpec, scene: Scene) -> Table:
    """Build a table of the children, best first by the sorting column; those without data last."""
    language = scene.language
    order = [node for node, _ in ranked(spec.sort, scene)]
    order += [node for node in scene.children if node not in order]
    head = [Cell((Text(_HEAD["rank"][language]),)), Cell((Text(_HEAD["node"][language]),))]
    for column in spec.columns:
        unit = unit_text(_unit(column, column.indicator, language), language)
        name = indicator_name(column.indicator, language)
        head.append(Cell((Text(f"{name} ({unit})" if unit else name),), is_numeric=True))
    rows = [
        (
            Cell((Text(str(place)),)),
            Cell((Text(node_name(node, language)),), node=node.code),
            *(_cell(column, node, scene) for column in spec.columns),
        )
        for place, node in enumerate(order, start=1)
    ]
    return Table(spec.title[language], tuple(head), tuple(rows))


def _cell(column: ColumnSpec, node: Node, scene: Scene) -> Cell:
    fact = scene.known.get(column.indicator, node.code, scene.period)
    unit = _unit(column, column.indicator, scene.language)
    shown = figure(fact, unit=unit, decimals=column.decimals, language=scene.language)
    return Cell((shown,), is_numeric=True)
