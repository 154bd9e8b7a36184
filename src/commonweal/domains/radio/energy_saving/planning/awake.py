"""What stays awake on a day whatever demand says: hold-outs, holds, times that are not allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.radio.energy_saving.models import Hold
from commonweal.domains.radio.network.findings import lacks_coverage
from commonweal.domains.radio.network.layers import may_sleep
from commonweal.engines.radio.holdout import is_holdout
from commonweal.kernel.org.selectors import tree
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.domains.radio.network.grid import Grid, Texts
    from commonweal.engines.radio.sectors import Bools

HOLDOUT: Final = "holdout"
HELD: Final = "held"
NOT_ALLOWED: Final = "not_allowed"
NO_COVERAGE: Final = "no_coverage_layer"
NOTHING_MAY: Final = "nothing_may_sleep"


@dataclass(frozen=True, slots=True)
class Holding:
    """One hold as plans see it: a cell, or everything at some nodes, for a time."""

    cell_id: str
    node_ids: frozenset[int]
    from_at: datetime
    until_at: datetime

    def slots(self, day: date, slots_a_day: int) -> Bools:
        """Return the slots of a business day that it touches."""
        begin, length = business_midnight(day), timedelta(days=1) / slots_a_day
        start = np.array([begin + n * length for n in range(slots_a_day)])
        return np.asarray((start < self.until_at) & (start + length > self.from_at))


def holdings(first_date: date, days: int) -> tuple[Holding, ...]:
    """Return the holds in force that touch some days, in a fixed order."""
    begin, end = business_midnight(first_date), business_midnight(first_date + timedelta(days))
    rows = Hold.objects.filter(state="in_force", from_at__lt=end, until_at__gt=begin)
    found = []
    held = tree(first_date)
    for row in rows.order_by("cell_id", "from_at", "pk"):
        at = held.index(row.node_id)
        below = [i for i in range(len(held.node_id)) if at == i or at in held.ancestors(i)]
        nodes = frozenset(int(held.node_id[i]) for i in below)
        found.append(Holding(row.cell_id, nodes, row.from_at, row.until_at))
    return tuple(found)


def node_codes(at_date: date) -> Mapping[int, frozenset[str]]:
    """Return the codes of each node and of those above it."""
    held = tree(at_date)
    return {
        int(node_id): frozenset(held.code[each] for each in (i, *held.ancestors(i)))
        for i, node_id in enumerate(held.node_id)
    }


@dataclass(frozen=True, slots=True)
class Awake:
    """What may not sleep on a day.

    Attributes:
        mask: Shape (sector, layer, slot).
        is_holdout: Shape (sector,).
        reason: Why the sector stays awake all day, None where it does not. Shape (sector,).
    """

    mask: Bools
    is_holdout: Bools
    reason: NDArray[np.object_]


def awake_of(
    grid: Grid,
    day: date,
    policy: Policy,
    *,
    holds: tuple[Holding, ...],
    above: Mapping[int, frozenset[str]],
    ready: Bools | None = None,
) -> Awake:
    """Return what stays awake on a day.

    Args:
        grid: The sectors.
        day: The business day.
        policy: Hold-out and times that are not allowed.
        holds: Holds that touch the day, and others.
        above: For each node the codes of itself and those above.
        ready: The slots in which a sector without coverage may rest on a neighbour; None for
            none. Shape (sector, slot).
    """
    slots, node_id = policy.slots_a_day, grid.sectors["node_id"].to_numpy()
    bare = lacks_coverage(grid)
    mask = np.zeros((*grid.present.shape, slots), np.bool_)
    for node in np.unique(node_id).tolist():
        mask[node_id == node] |= policy.forbidden(day, above.get(node, frozenset()))
    forbidden = mask.all(axis=(1, 2))
    for hold in holds:
        touched = hold.slots(day, slots)
        if touched.any():
            mask[_held(grid, node_id, hold)] |= touched
    helped = np.zeros_like(bare) if ready is None else np.asarray(ready.any(axis=1))
    may = may_sleep(grid, helped).any(axis=1)
    if ready is not None:
        mask[bare] |= ~ready[bare, None]
        bare &= ~helped
    held = ~forbidden & (mask | ~grid.present[:, :, None]).all(axis=(1, 2))
    out = _holdout(grid, day, policy)
    mask[out] = True
    reason = np.full(grid.n_sectors, None, object)
    for name, which in (
        (NOTHING_MAY, ~may),
        (HELD, held),
        (NOT_ALLOWED, forbidden),
        (HOLDOUT, out),
        (NO_COVERAGE, bare),
    ):
        reason[which] = name  # a later one says more
    return Awake(mask, out, reason)


def _held(grid: Grid, node_id: NDArray[np.int64], hold: Holding) -> Bools:
    if hold.cell_id:
        return np.asarray(grid.cell_id == hold.cell_id)
    return np.isin(node_id, list(hold.node_ids))[:, None] & grid.present


def _holdout(grid: Grid, day: date, policy: Policy) -> Bools:
    """Draw sites, not sectors: a meter holds all sectors of its site."""
    if not grid.n_sectors:
        return np.zeros(0, np.bool_)
    codes, of_sector = _unique(grid.site_code)
    drawn = is_holdout(codes, day, seed=policy.holdout_seed, share=policy.holdout_share)
    return np.asarray(drawn[of_sector])


def _unique(codes: Texts) -> tuple[list[str], NDArray[np.int64]]:
    """Return each site once, and each sector's place among them; sectors of a site are a run."""
    begins = np.ones(len(codes), np.bool_)
    begins[1:] = codes[1:] != codes[:-1]
    return codes[begins].tolist(), np.cumsum(begins) - 1
