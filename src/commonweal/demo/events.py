"""What happens to the organisation in 2024: a merger of areas, a transfer of sites.

Each event was decided, and so known, some days before it takes effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.demo.organisation import provinces
from commonweal.demo.streams import stream

if TYPE_CHECKING:
    from commonweal.demo.world import World

TRANSFER_DATE: Final = date(2024, 4, 1)
TRANSFER_KNOWN_AT: Final = datetime(2024, 3, 25, 2, 0, tzinfo=UTC)
MERGER_DATE: Final = date(2024, 7, 1)
MERGER_KNOWN_AT: Final = datetime(2024, 6, 20, 2, 0, tzinfo=UTC)
_SITES_PER_TRANSFERRED: Final = 500


@dataclass(frozen=True, slots=True)
class Merger:
    """All units of one area go to its neighbour."""

    area: str
    into: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Sites that change their unit."""

    sites: tuple[str, ...]
    unit: str


def merger(world: World) -> Merger:
    """Merge the last area of the largest province into the one before it."""
    largest = int(np.argmax([province.share for province in provinces()]))
    codes = world.operator.area_codes()
    areas = np.flatnonzero(world.operator.area_province == largest)
    return Merger(codes[areas[-1]], codes[areas[-2]])


def transfer(world: World) -> Transfer:
    """Hand some sites of the largest province's first unit to its second."""
    largest = int(np.argmax([province.share for province in provinces()]))
    operator = world.operator
    first, second = np.flatnonzero(operator.area_province[operator.unit_area] == largest)[:2]
    owned = np.flatnonzero(operator.site_unit == first)
    wanted = max(1, world.options.sites // _SITES_PER_TRANSFERRED)
    order = stream(world.options.seed, "transfer").permutation(owned)
    chosen = order[: max(1, min(wanted, owned.size // 2))]
    return Transfer(
        tuple(world.site_codes[site] for site in np.sort(chosen).tolist()),
        world.unit_codes[second],
    )
