"""The board of a programme: its figures by time, place and organisation, and where records stand.

The public page is the same without records: figures, what they mean, and nothing that leads inside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Count

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.charts import Scene, chart_build, months_of, table_build
from commonweal.kernel.disclosure.definitions import (
    ChartSpec,
    ColumnSpec,
    TableSpec,
    report_paths,
)
from commonweal.kernel.disclosure.known import known_load, node_children, node_name, node_trail
from commonweal.kernel.org.selectors.nodes import subtree_ids
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.board import Crumb
from commonweal.web.pages.brought import Link, links
from commonweal.web.pages.tiles import Tile, large_unit, tile_build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from commonweal.kernel.accounts.scopes import Scope as Access
    from commonweal.kernel.disclosure.tree import Chart, Table
    from commonweal.kernel.programmes.registry import Programme, RecordType
    from commonweal.web.pages.scope import Scope

_CHARTS = 2


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many records of a type stand in a state."""

    state: str
    name: str
    n_records: int
    is_final: bool


@dataclass(frozen=True, slots=True)
class Register:
    """One type of record: what it is called, where its records stand, whether one may open more."""

    type_id: str
    model: str
    name: str
    states: tuple[StateCount, ...]
    n_records: int
    may_open: bool


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """Everything the board shows; ``registers`` is empty on the public page."""

    scope: Scope
    id: str
    title: str
    about: str
    trail: tuple[Crumb, ...]
    tiles: tuple[Tile, ...]
    charts: tuple[Chart, ...]
    places: Chart | None
    parts: Table | None
    children: tuple[Crumb, ...]
    registers: tuple[Register, ...]
    links: tuple[Link, ...]
    """Pages that the programme brings beside this one."""
    report: str
    is_public: bool


def programme_page(programme: Programme, scope: Scope, access: Access | None) -> ProgrammePage:
    """Build the board of a programme for the scope's node.

    Args:
        programme: Which.
        scope: Node, period, instant, language.
        access: Whose view of the records; None gives the public page.
    """
    node, span, language = scope.node, scope.period, scope.language
    day = max(span.start_date, span.months[-1]) if span.months else span.start_date
    children = node_children(node.code, at_date=day, as_of=scope.as_of)
    shown = [each for each in programme.spec.indicators if each in catalogue().indicators]
    months = months_of(span)
    known = known_load(
        [
            (shown, [node.code], {span, span.year_before}),
            (shown[:_CHARTS], [node.code], {*months, *(each.year_before for each in months)}),
            (shown, [child.code for child in children], {span}),
        ],
        boundary=scope.boundary.code,
        as_of=scope.as_of,
    )
    scene = Scene(language, span, node, children, known, scope.boundary.code, scope.as_of)
    has = [each for each in children if any(known.get(one, each.code, span) for one in shown)]
    trail = node_trail(node, at_date=day, as_of=scope.as_of)
    return ProgrammePage(
        scope=scope,
        id=programme.id,
        title=named(programme.spec.name),
        about=named(programme.spec.about),
        trail=tuple(Crumb(each.code, node_name(each, language)) for each in trail),
        tiles=tuple(tile_build(scene, each) for each in shown),
        charts=tuple(chart_build(_monthly(each, scene), scene) for each in shown[:_CHARTS]),
        places=chart_build(_map(shown[0]), scene) if has and node.place == "CN" else None,
        parts=table_build(_parts(shown, language), replace(scene, children=tuple(has)))
        if has
        else None,
        children=tuple(Crumb(each.code, node_name(each, language)) for each in children),
        registers=tuple(_registers(programme, scope, access, day)) if access else (),
        links=links(programme, access) if access else (),
        report=programme.id if programme.id in report_paths() else "",
        is_public=access is None,
    )


def _monthly(indicator: str, scene: Scene) -> ChartSpec:
    entry = catalogue().indicators[indicator]
    unit = large_unit(scene.known.get(indicator, scene.node.code, scene.period))
    return ChartSpec(
        id=f"monthly-{indicator.replace('_', '-')}",
        form="bar" if entry.kind == "flow" else "line",
        over="months",
        indicators=(indicator,),
        title={**entry.name},
        unit={**unit},
        decimals=1 if unit else entry.decimals,
        compare_year_before=True,
    )


def _map(indicator: str) -> ChartSpec:
    entry = catalogue().indicators[indicator]
    return ChartSpec(
        id="places",
        form="map",
        over="children",
        indicators=(indicator,),
        title={**entry.name},
        decimals=entry.decimals,
    )


def _parts(shown: list[str], language: str) -> TableSpec:
    title = {"zh-hant": "下屬單位", "zh-hans": "下属单位", "en": "Organisations below"}
    columns = tuple(ColumnSpec(indicator=each) for each in shown)
    return TableSpec(id="parts", title={language: title[language]}, columns=columns, sort=shown[0])


def _registers(programme: Programme, scope: Scope, access: Access, day: date) -> Iterator[Register]:
    """Yield each type with the records that may be seen, below the scope's node."""
    nodes = subtree_ids(scope.node.code, day)
    for kind in programme.types.values():
        rows = access.visible(kind.model.objects.filter(node_id__in=nodes))
        counts = dict(rows.values_list("state").annotate(n=Count("pk")).order_by())
        yield Register(
            type_id=kind.id,
            model=str(kind.model._meta.model_name),  # noqa: SLF001 - public _meta
            name=named(kind.spec.name),
            states=tuple(_states(kind, counts)),
            n_records=sum(counts.values()),
            may_open=access.holds(kind.spec.opened_by, scope.node.pk),
        )


def _states(kind: RecordType, counts: dict[str, int]) -> Iterator[StateCount]:
    for each in kind.spec.states:
        yield StateCount(each.id, named(each.name), counts.get(each.id, 0), each.final)
