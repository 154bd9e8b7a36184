"""Which node runs each site, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.kernel.org.columns import column_chunks
from commonweal.kernel.org.models import Site, SiteOwnership
from commonweal.kernel.org.selectors.nodes import NOBODY
from commonweal.kernel.org.spans import known, months_checked, span_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SiteNodes:
    """Owners of all sites: ``site × month``."""

    site_id: NDArray[np.int64]
    """Sorted."""
    site_place: NDArray[np.int32]
    """Position in ``places``."""
    places: tuple[str, ...]
    node_id: NDArray[np.int64]
    """Owner on the first day of the month; -1 where there is none."""


def site_nodes(months: Sequence[date], as_of: datetime | None = None) -> SiteNodes:
    """Return who runs each site on the first day of each month.

    Time is linear in sites; memory is the result plus a few columns.

    Args:
        months: First days of months, ascending.
        as_of: What was known then; ``None`` is now.

    Returns:
        All sites, by id, with ``node_id int64[site, month]``.

    Raises:
        InputError: ``months`` is empty or not in order.
    """
    months = months_checked(months)
    site_id, site_place, places = _sites()
    node_id = np.full((len(site_id), len(months)), NOBODY, np.int64)
    rows = SiteOwnership.objects.filter(known(as_of))
    site, node, first, last = span_columns(rows, months, "site_id", "node_id")
    at = np.searchsorted(site_id, site)
    for j in range(len(months)):
        held = (first <= j) & (j < last)
        node_id[at[held], j] = node[held]
    return SiteNodes(site_id, site_place, places, node_id)


def _sites() -> tuple[NDArray[np.int64], NDArray[np.int32], tuple[str, ...]]:
    names: dict[str, int] = {}
    site_id, site_place = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for ids, places in column_chunks(Site.objects.order_by("id"), "id", "place"):
        site_id.append(np.array(ids, np.int64))
        numbers = [names.setdefault(place, len(names)) for place in places]
        site_place.append(np.array(numbers, np.int32))
    return np.concatenate(site_id), np.concatenate(site_place), tuple(names)
