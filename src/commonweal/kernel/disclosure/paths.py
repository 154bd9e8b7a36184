"""Targets in a report: where they stand, and the path from base to end as a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.known import fact_period
from commonweal.kernel.disclosure.lineage import indicator_name
from commonweal.kernel.disclosure.tree import Cell, Chart, Figure, Series, Table, Text
from commonweal.kernel.disclosure.wording import NO_DATA, period_text, quantity_text, unit_text
from commonweal.kernel.facts.selectors import fact_series
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.selectors import TargetStatus, target_status
from commonweal.periods import PeriodKind, period

if TYPE_CHECKING:
    from decimal import Decimal

    from commonweal.kernel.disclosure.charts import Scene
    from commonweal.kernel.disclosure.definitions import ChartSpec
    from commonweal.kernel.facts.models import Fact

_WORDS = {
    "year": {"zh-hant": "年份", "zh-hans": "年份", "en": "Year"},
    "path": {"zh-hant": "目標路徑", "zh-hans": "目标路径", "en": "Target path"},
}


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target's status in words, and its chart."""

    name: str
    status: str
    base: str
    base_period: str
    end: str
    end_period: str
    actual: Figure
    actual_period: str
    path: str
    change_share: Decimal | None
    chart: Chart


def target_of(indicator: str, scene: Scene) -> TargetStatus | None:
    """Return where the target of an indicator and node stands; None if none is set."""
    target = (
        Target.objects.filter(indicator=indicator, node=scene.node.code, boundary=scene.boundary)
        .order_by("target_period", "code")
        .first()
    )
    if target is None:
        return None
    return target_status(target, as_of=scene.as_of, year=_last_year(scene))


def _last_year(scene: Scene) -> int:
    """Return the year that a report is about: later years are not told, even if known."""
    return (scene.period.end_date - timedelta(days=1)).year


def target_quantity(found: TargetStatus, value: Decimal | None, language: str) -> str:
    """Return one of a target's values as printed."""
    if value is None:
        return NO_DATA[language]
    return quantity_text(value, found.unit, found.decimals, language)


def path_value(found: TargetStatus, year: int) -> Decimal | None:
    """Return what the path asks of a year."""
    return next((each.value for each in found.path if each.year == year), None)


def path_chart(spec: ChartSpec, scene: Scene) -> Chart:
    """Draw the yearly values beside the path that leads to the target."""
    found = target_of(spec.indicators[0], scene)
    return _chart(spec.id, spec.title[scene.language], found, scene)


def target_view(indicator: str, scene: Scene) -> TargetView | None:
    """Return a target in words and as a chart; None if none is set."""
    found = target_of(indicator, scene)
    if found is None:
        return None
    language = scene.language
    name = indicator_name(indicator, language)
    newest = found.fact_ids[-1:] if found.actual is not None else ()
    return TargetView(
        name=name,
        status=found.status.value,
        base=target_quantity(found, found.base_value, language),
        base_period=period_text(period(found.target.base_period), language),
        end=target_quantity(found, found.end_value, language),
        end_period=period_text(period(found.target.target_period), language),
        actual=Figure(
            target_quantity(found, found.actual, language), newest, has_data=bool(newest)
        ),
        actual_period=str(found.actual_year or ""),
        path=target_quantity(found, found.path_value, language),
        change_share=found.change_share,
        chart=_chart("path", name, found, scene),
    )


def _chart(chart_id: str, title: str, found: TargetStatus | None, scene: Scene) -> Chart:
    language = scene.language
    if found is None:
        return Chart(chart_id, "line", title, "", 0, (), (), Table(title, (), ()))
    facts = fact_series(
        indicator=found.target.indicator,
        node=scene.node.code,
        boundary=scene.boundary,
        kind=PeriodKind.YEAR,
        as_of=scene.as_of,
    )
    actual = {
        year: fact
        for fact in facts
        if fact.value is not None
        and (year := fact_period(fact).start_date.year) <= _last_year(scene)
    }
    path = {each.year: each.value for each in found.path}
    years = sorted(actual.keys() | path.keys())
    name = indicator_name(found.target.indicator, language)
    head = [_WORDS["year"][language], name, _WORDS["path"][language]]
    rows = tuple(
        (
            Cell((Text(str(year)),)),
            Cell((_actual(found, actual.get(year), language),), is_numeric=True),
            Cell((Figure(target_quantity(found, path.get(year), language)),), is_numeric=True),
        )
        for year in years
    )
    return Chart(
        id=chart_id,
        form="line",
        title=title,
        unit=unit_text(found.unit, language),
        decimals=found.decimals,
        categories=tuple(str(year) for year in years),
        series=(
            Series(name, tuple(actual[y].value if y in actual else None for y in years)),
            Series(head[2], tuple(path.get(year) for year in years), is_reference=True),
        ),
        table=Table(
            title,
            tuple(Cell((Text(text),), is_numeric=i > 0) for i, text in enumerate(head)),
            rows,
        ),
    )


def _actual(found: TargetStatus, fact: Fact | None, language: str) -> Figure:
    if fact is None:
        return Figure(NO_DATA[language], has_data=False)
    return Figure(target_quantity(found, fact.value, language), (fact.pk,), sort_key=fact.value)
