"""One indicator of one node: its definition and its series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.disclosure.charts import Scene, chart_build, figure, months_of
from commonweal.kernel.disclosure.definitions import ChartSpec
from commonweal.kernel.disclosure.known import fact_period, known_load, node_name
from commonweal.kernel.disclosure.tree import Cell, Figure, Table, Text
from commonweal.kernel.disclosure.wording import percent_text, period_text, unit_text
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.periods import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.catalogue import Indicator
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.facts.models import Fact
    from commonweal.web.pages.scope import Scope


_KINDS: Final = {
    "flow": {"zh-hant": "期間量", "zh-hans": "期间量", "en": "flow over a period"},
    "stock": {"zh-hant": "時點量", "zh-hans": "时点量", "en": "stock at a date"},
    "ratio": {"zh-hant": "比率", "zh-hans": "比率", "en": "ratio of sums"},
    "cumulative": {"zh-hant": "累計量", "zh-hans": "累计量", "en": "cumulative"},
    "target": {"zh-hant": "目標值", "zh-hans": "目标值", "en": "target"},
    "derived": {"zh-hant": "導出值", "zh-hans": "导出值", "en": "derived"},
}


@dataclass(frozen=True, slots=True)
class InputName:
    """An indicator that a formula uses."""

    name: str
    indicator: str
    title: str
    unit: str
    at: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What the catalogue says of an indicator."""

    id: str
    names: Mapping[Language, str]
    unit: str
    kind: str
    status: str
    formula: str
    inputs: tuple[InputName, ...]
    carriers: tuple[str, ...]
    factor: str
    frameworks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """Everything the indicator page shows."""

    scope: Scope
    title: str
    node_name: str
    definition: Definition
    chart: Chart
    years: Table


def definition_of(indicator: Indicator, language: Language) -> Definition:
    """Return an indicator's definition in words."""
    book, source = catalogue(), indicator.source
    inputs = source.inputs if source.kind == "formula" else {}
    carriers = source.carriers if source.kind == "activity" else ()
    return Definition(
        id=indicator.id,
        names=indicator.name,
        unit=unit_text(indicator.unit, language) or "%",
        kind=_KINDS[indicator.kind][language],
        status=indicator.status,
        formula=source.formula if source.kind == "formula" else "",
        inputs=tuple(
            InputName(
                name,
                item.indicator,
                book.indicators[item.indicator].name[language],
                item.unit,
                item.at,
            )
            for name, item in inputs.items()
        ),
        carriers=tuple(
            book.carriers[each].name[language] for each in carriers if each in book.carriers
        ),
        factor=(source.factor or "") if source.kind == "activity" else "",
        frameworks=tuple(
            f"{framework.upper().replace('_', ' ')} {clause.removeprefix('GSMA ')}"
            for framework, clauses in indicator.frameworks.items()
            for clause in clauses
        ),
    )


def indicator_get(indicator_id: str) -> Indicator:
    """Return an indicator.

    Raises:
        InputError: The catalogue has none of that id.
    """
    indicator = catalogue().indicators.get(indicator_id)
    if indicator is None:
        raise InputError(f"no indicator {indicator_id!r} in the catalogue")
    return indicator


def indicator_page(scope: Scope, indicator_id: str) -> IndicatorPage:
    """Build the page of one indicator for the scope's node.

    Raises:
        InputError: The catalogue has none of that id.
    """
    indicator = indicator_get(indicator_id)
    months = months_of(scope.period)
    known = known_load(
        [([indicator.id], [scope.node.code], {*months, *(each.year_before for each in months)})],
        boundary=scope.boundary.code,
        as_of=scope.as_of,
    )
    spec = ChartSpec(
        id="series",
        form="bar" if indicator.kind == "flow" else "line",
        over="months",
        indicators=(indicator.id,),
        title={**indicator.name},
        decimals=indicator.decimals,
        compare_year_before=True,
    )
    scene = Scene(
        scope.language, scope.period, scope.node, (), known, scope.boundary.code, scope.as_of
    )
    years = [
        fact
        for fact in facts_as_of(
            boundary=scope.boundary.code,
            indicators=[indicator.id],
            nodes=[scope.node.code],
            as_of=scope.as_of,
        ).order_by("start_date")
        if fact.period_kind != PeriodKind.MONTH
    ]
    return IndicatorPage(
        scope=scope,
        title=indicator.name[scope.language],
        node_name=node_name(scope.node, scope.language),
        definition=definition_of(indicator, scope.language),
        chart=chart_build(spec, scene),
        years=_years(years, indicator, scope.language),
    )


def _years(facts: list[Fact], indicator: Indicator, language: str) -> Table:
    words = {
        "zh-hant": ("各期數值", "期間", "數值", "較上年"),
        "zh-hans": ("各期数值", "期间", "数值", "较上年"),
        "en": ("Values by period", "Period", "Value", "Against the year before"),
    }[language]
    head = (Cell((Text(words[1]),)), *(Cell((Text(word),), is_numeric=True) for word in words[2:]))
    return Table(words[0], head, tuple(_rows(facts, indicator, language)))


def _rows(facts: list[Fact], indicator: Indicator, language: str) -> Iterator[tuple[Cell, ...]]:
    by_period = {fact_period(fact): fact for fact in facts}
    for span, fact in by_period.items():
        shown = figure(fact, unit=indicator.unit, decimals=None, language=language)
        before = by_period.get(span.year_before)
        change: Text | Figure = Text("")
        if before is not None and before.value and fact.value is not None:
            share = (fact.value - before.value) / before.value
            sign = "+" if share > 0 else ""
            change = Figure(sign + percent_text(share, 1, language), sort_key=share)
        yield (
            Cell((Text(period_text(span, language)),)),
            Cell((shown,), is_numeric=True),
            Cell((change,), is_numeric=True),
        )
