"""A screen on a wall: the overview, and one figure of each programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.charts import Scene
from commonweal.kernel.disclosure.known import known_load
from commonweal.kernel.programmes.registry import programmes
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.board import BoardPage, board_page
from commonweal.web.pages.tiles import tile_build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.disclosure.tree import Figure
    from commonweal.web.pages.scope import Scope

_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Ticker:
    """A programme's first figure that has data."""

    programme: str
    name: str
    figure: Figure
    unit: str


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything on the wall."""

    board: BoardPage
    tickers: tuple[Ticker, ...]


def wall_page(scope: Scope) -> Wall:
    """Build the wall of the scope's node."""
    return Wall(board_page(scope), tuple(_tickers(scope))[:_MOST])


def _tickers(scope: Scope) -> Iterator[Ticker]:
    offered = sorted(programmes().values(), key=lambda each: each.spec.menu)
    named_by_any = sorted({one for each in offered for one in each.spec.indicators})
    known = known_load(
        [(named_by_any, [scope.node.code], {scope.period, scope.period.year_before})],
        boundary=scope.boundary.code,
        as_of=scope.as_of,
    )
    scene = Scene(
        scope.language, scope.period, scope.node, (), known, scope.boundary.code, scope.as_of
    )
    for each in offered:
        for indicator in each.spec.indicators:
            fact = known.get(indicator, scope.node.code, scope.period)
            if fact is not None and fact.value:
                tile = tile_build(scene, indicator)
                yield Ticker(named(each.spec.name), tile.name, tile.figure, tile.unit)
                break
