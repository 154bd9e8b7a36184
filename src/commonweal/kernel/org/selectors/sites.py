"""Which node runs each site, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.kernel.org.columns import text_columns
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
    node_id: NDArray[np.int32]
    """Owner on the first day of the month; -1 where there is none. Read-only."""


def site_nodes(months: Sequence[date], as_of: datetime | None = None) -> SiteNodes:
    """Return who runs each site on the first day of each month.

    Time is linear in sites; memory is a few columns, and the result only if any owner changes.

    Args:
        months: First days of months, ascending.
        as_of: What was known then; ``None`` is now.

    Returns:
        All sites, by id, with ``node_id int32[site, month]``.

    Raises:
        InputError: ``months`` is empty or not in order.
    """
    months = months_checked(months)
    site_id, site_place, places = _sites()
    rows = SiteOwnership.objects.filter(known(as_of))
    site, node, first, last = span_columns(rows, months, "site_id", "node_id")
    at = np.searchsorted(site_id, site)
    whole = (first == 0) & (last == len(months))
    throughout = np.full((len(site_id), 1), NOBODY, np.int32)
    throughout[at[whole], 0] = node[whole]
    node_id = np.broadcast_to(throughout, (len(site_id), len(months)))
    if not whole.all():
        node_id = node_id.copy()
        for j in range(len(months)):
            held = ~whole & (first <= j) & (j < last)
            node_id[at[held], j] = node[held]
    return SiteNodes(site_id, site_place, places, node_id)


def _sites() -> tuple[NDArray[np.int64], NDArray[np.int32], tuple[str, ...]]:
    ids, places = text_columns(Site.objects.all(), ("id", "place"))
    site_id = ids.cast(pa.int64()).to_numpy()
    order = np.argsort(site_id, kind="stable")
    named = places.dictionary_encode()
    site_place = named.indices.to_numpy().astype(np.int32)
    return site_id[order], site_place[order], tuple(named.dictionary.to_pylist())
