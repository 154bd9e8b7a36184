"""Tiles: one total of a period each, with its change against the year before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.charts import figure
from commonweal.kernel.disclosure.lineage import indicator_name
from commonweal.kernel.disclosure.wording import percent_text, scaled, unit_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.charts import Scene
    from commonweal.kernel.disclosure.tree import Figure
    from commonweal.kernel.facts.models import Fact

_LEAST: Final = Decimal("0.1")  # below it two decimals say too little
# What people count in ten thousands and more is printed so: unit → from which value, as what.
_LARGE: Final = {
    "cny": (Decimal(10_000), {"zh-hant": "萬元", "zh-hans": "万元", "en": "thousand CNY"}),
    "kWh": (Decimal(1_000_000), {"zh-hant": "萬千瓦時", "zh-hans": "万千瓦时", "en": "MWh"}),
}
_SEEN: Final = Decimal("0.0005")  # less would be printed as 0.0 %


@dataclass(frozen=True, slots=True)
class Tile:
    """One total of the period, and its change against the year before."""

    indicator: str
    name: str
    figure: Figure
    unit: str
    change: str
    tone: str  # better | worse | "" where neither is
    is_up: bool


def is_small(scene: Scene, indicator: str, unit: str, n_parts: int = 1) -> bool:
    """Whether a node is shown in stored units: 萬 would leave too little of a part's figure."""
    fact = scene.known.get(indicator, scene.node.code, scene.period)
    if fact is None or fact.value is None:
        return False
    return abs(scaled(fact.value, fact.unit, unit)) < _LEAST * n_parts


def tile_build(
    scene: Scene, indicator: str, units: Mapping[str, str] | None = None, decimals: int = 1
) -> Tile:
    """Build a tile, in the unit of the reader's language unless the figure is too small for it."""
    entry = catalogue().indicators[indicator]
    fact = scene.known.get(indicator, scene.node.code, scene.period)
    wanted = large_unit(fact) if units is None else units
    is_stored = not wanted or is_small(scene, indicator, wanted[scene.language])
    unit = entry.unit if is_stored else wanted[scene.language]
    change, tone, is_up = _change(scene, indicator, fact)
    return Tile(
        indicator=indicator,
        name=indicator_name(indicator, scene.language),
        figure=figure(
            fact,
            unit=unit,
            decimals=entry.decimals if is_stored else decimals,
            language=scene.language,
        ),
        unit=unit_text(unit, scene.language),
        change=change,
        tone=tone,
        is_up=is_up,
    )


def large_unit(fact: Fact | None) -> Mapping[str, str]:
    """Return the unit in which much money or electricity is printed; nothing for little."""
    if fact is None or fact.value is None or fact.unit not in _LARGE:
        return {}
    least, units = _LARGE[fact.unit]
    return units if abs(fact.value) >= least else {}


def _change(scene: Scene, indicator: str, fact: Fact | None) -> tuple[str, str, bool]:
    before = scene.known.get(indicator, scene.node.code, scene.period.year_before)
    if catalogue().indicators[indicator].kind == "derived":  # a difference has no per cent
        return "", "", False
    if fact is None or before is None or fact.value is None or not before.value:
        return "", "", False
    share: Decimal = (fact.value - before.value) / before.value
    if abs(share) < _SEEN:
        return "", "", False
    better = catalogue().indicators[indicator].better
    tone = ""
    if share and better != "neither" and indicator != "information_traffic":
        tone = "better" if (share < 0) == (better == "lower") else "worse"
    return percent_text(abs(share), 1, scene.language), tone, share > 0
