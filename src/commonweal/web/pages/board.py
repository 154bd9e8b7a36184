"""The overview of one node: totals, trend, provinces, target, freshness and quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Max, Sum

from commonweal.kernel.compute.models import Finding
from commonweal.kernel.disclosure.charts import Scene, chart_build, months_of
from commonweal.kernel.disclosure.definitions import ChartSpec
from commonweal.kernel.disclosure.known import known_load, node_children, node_name, node_trail
from commonweal.kernel.disclosure.paths import TargetView, target_view
from commonweal.kernel.disclosure.wording import percent_text
from commonweal.lake.models import Source
from commonweal.web.pages.tiles import Tile, is_small, tile_build

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.facts.models import Fact
    from commonweal.web.pages.scope import Scope

# Indicator, and the unit and decimals it is shown in; a small node's in the unit of its facts.
_TILES: Final[tuple[tuple[str, dict[str, str], int], ...]] = (
    ("energy_use", {"zh-hant": "萬噸標準煤", "zh-hans": "万吨标准煤", "en": "ktce"}, 2),
    ("electricity_use", {"zh-hant": "億千瓦時", "zh-hans": "亿千瓦时", "en": "GWh"}, 2),
    ("ghg_total_location",
     {"zh-hant": "萬噸二氧化碳當量", "zh-hans": "万吨二氧化碳当量", "en": "ktco2e"}, 2),
    ("information_traffic", {"zh-hant": "PB", "zh-hans": "PB", "en": "PB"}, 1),
    ("energy_per_traffic", {}, 2),
    ("carbon_per_traffic", {}, 2),
)  # fmt: skip
_MONTHLY: Final = ChartSpec(
    id="monthly", form="bar", over="months", indicators=("energy_use",), compare_year_before=True,
    decimals=2, unit=_TILES[0][1],
    title={"zh-hant": "各月綜合能耗", "zh-hans": "各月综合能耗", "en": "Energy use by month"},
)  # fmt: skip
_INTENSITY: Final = ChartSpec(
    id="intensity", form="line", over="months", indicators=("energy_per_traffic",),
    compare_year_before=True, decimals=2,
    title={"zh-hant": "各月單位信息流量綜合能耗", "zh-hans": "各月单位信息流量综合能耗",
           "en": "Energy per unit of traffic by month"},
)  # fmt: skip
_MAP: Final = ChartSpec(
    id="map", form="map", over="children", indicators=("energy_per_traffic",), decimals=2,
    title={"zh-hant": "各省單位信息流量綜合能耗", "zh-hans": "各省单位信息流量综合能耗",
           "en": "Energy per unit of traffic by province"},
)  # fmt: skip
_RANKING: Final = _MAP.model_copy(update={
    "id": "ranking", "form": "ranking",
    "title": {"zh-hant": "下屬單位排名", "zh-hans": "下属单位排名",
              "en": "Ranking of organisations"},
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quality:
    """How fresh and how sound the data are."""

    n_files: int
    n_accepted: int
    n_rejected: int
    n_findings: int
    latest_at: datetime | None
    estimated: str


@dataclass(frozen=True, slots=True)
class Crumb:
    """One node above this one."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Everything the overview shows."""

    scope: Scope
    title: str
    trail: tuple[Crumb, ...]
    tiles: tuple[Tile, ...]
    monthly: Chart
    intensity: Chart
    provinces: Chart | None
    ranking: Chart | None
    target: TargetView | None
    quality: Quality
    children: tuple[Crumb, ...]


def board_page(scope: Scope) -> BoardPage:
    """Build the overview of the scope's node."""
    node, language, span = scope.node, scope.language, scope.period
    day = max(span.start_date, span.months[-1]) if span.months else span.start_date
    children = node_children(node.code, at_date=day, as_of=scope.as_of)
    months = months_of(span)
    named = [indicator for indicator, _, _ in _TILES]
    known = known_load(
        [
            (named, [node.code], {span, span.year_before}),
            (
                ["energy_use", "energy_per_traffic"],
                [node.code],
                {*months, *(each.year_before for each in months)},
            ),
            (["energy_per_traffic"], [child.code for child in children], {span}),
        ],
        boundary=scope.boundary.code,
        as_of=scope.as_of,
    )
    scene = Scene(language, span, node, children, known, scope.boundary.code, scope.as_of)
    is_map = node.place == "CN" and len(children) > 1
    trail = node_trail(node, at_date=day, as_of=scope.as_of)
    return BoardPage(
        scope=scope,
        title=node_name(node, language),
        trail=tuple(Crumb(each.code, node_name(each, language)) for each in trail),
        tiles=tuple(tile_build(scene, *tile) for tile in _TILES),
        monthly=chart_build(_monthly(scene), scene),
        intensity=chart_build(_INTENSITY, scene),
        provinces=chart_build(_MAP, scene) if is_map else None,
        ranking=chart_build(_RANKING, scene) if children else None,
        target=target_view("energy_per_traffic", scene),
        quality=_quality(scope, known.get("energy_use", node.code, span)),
        children=tuple(Crumb(each.code, node_name(each, language)) for each in children),
    )


def _monthly(scene: Scene) -> ChartSpec:
    n_months = len(scene.period.months)
    if is_small(scene, "energy_use", _MONTHLY.unit[scene.language], n_months):
        return _MONTHLY.model_copy(update={"unit": {}})
    return _MONTHLY


def _quality(scope: Scope, energy: Fact | None) -> Quality:
    totals = Source.objects.filter(known_at__lte=scope.as_of).aggregate(
        files=Count("pk"),
        accepted=Sum("n_accepted"),
        rejected=Sum("n_rejected"),
        latest=Max("known_at"),
    )
    share = energy.estimated_share if energy else None
    return Quality(
        n_files=totals["files"],
        n_accepted=totals["accepted"] or 0,
        n_rejected=totals["rejected"] or 0,
        n_findings=Finding.objects.filter(cleared_at=None).count(),
        latest_at=totals["latest"],
        estimated="" if share is None else percent_text(share, 1, scope.language),
    )
