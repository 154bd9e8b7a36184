"""How much of each node counts within a reporting boundary, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError
from commonweal.kernel.org.models import Boundary, BoundaryShare
from commonweal.kernel.org.selectors.nodes import NOBODY, node_parents
from commonweal.kernel.org.spans import known, months_checked, span_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BoundaryShares:
    """Shares that count: ``node × month``, each from 0 to 1."""

    node_id: NDArray[np.int64]
    """Sorted."""
    share: NDArray[np.float64]


def boundary_shares(
    boundary_code: str, months: Sequence[date], as_of: datetime | None = None
) -> BoundaryShares:
    """Return the share of each node that counts in each month.

    A node's own share decides; without one, that of the nearest node above it; without any, 0.

    Args:
        boundary_code: Code of the boundary.
        months: First days of months, ascending.
        as_of: What was known then; ``None`` is now.

    Raises:
        InputError: No such boundary, or ``months`` is empty or not in order.
    """
    months = months_checked(months)
    boundary = Boundary.objects.filter(code=boundary_code).first()
    if boundary is None:
        known_codes = ", ".join(Boundary.objects.order_by("code").values_list("code", flat=True))
        raise InputError(
            f"no reporting boundary {boundary_code!r}", hint=f"there are: {known_codes or 'none'}"
        )
    parents = node_parents(months, as_of)
    own = _own_shares(boundary.pk, parents.node_id, months, as_of)
    month = np.arange(len(months))
    position = np.searchsorted(parents.node_id, parents.parent_node_id)
    parent = np.where(parents.parent_node_id == NOBODY, NOBODY, position)
    share, above = own, parent
    # Each round looks one level higher for the nodes that have found no share yet.
    while (searching := np.isnan(share) & (above != NOBODY)).any():
        share = np.where(searching, own[above, month], share)
        above = np.where(searching, parent[above, month], NOBODY)
    return BoundaryShares(parents.node_id, np.where(parents.exists, np.nan_to_num(share), 0.0))


def _own_shares(
    boundary_id: int, node_id: NDArray[np.int64], months: Sequence[date], as_of: datetime | None
) -> NDArray[np.float64]:
    rows = BoundaryShare.objects.filter(known(as_of), boundary=boundary_id)
    share_of = {pk: float(share) for pk, share in rows.values_list("pk", "share")}
    pk, node, first, last = span_columns(rows, months, "pk", "node_id")
    own = np.full((len(node_id), len(months)), np.nan)
    for row, i, start, stop in zip(
        pk.tolist(), np.searchsorted(node_id, node), first, last, strict=True
    ):
        own[i, start:stop] = share_of[row]
    return own
