"""Two routes to one total: meter readings from below, bills from above, reconciled by node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.domains.carbon.sources.bills import billed_as_told, use_by_bills
from commonweal.domains.carbon.sources.meters import meters_asked
from commonweal.domains.carbon.sources.readings import use_by_readings
from commonweal.domains.carbon.sources.supply import roles_of
from commonweal.engines.metering import (
    MONTHS_PER_KEY,
    blocks,
    is_member,
    looked_up,
    meter_month_key,
)
from commonweal.engines.metering.routes import TERMS, Route, routes_explained
from commonweal.engines.rollup import roll_up
from commonweal.errors import InputError
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Node, Role
from commonweal.kernel.org.selectors import ROLES, arrangements, node_parents, site_nodes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.carbon.sources.meters import Meters
    from commonweal.periods import Period

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NodeRoutes:
    """Both totals of a node and all below it, and the terms between them, whole watt-hours."""

    node: str
    parent: str
    from_readings_wh: int
    from_bills_wh: int
    terms_wh: Mapping[str, int]
    """By the names of ``TERMS``; they add up to readings less bills exactly."""

    @property
    def difference_wh(self) -> int:
        """Readings less bills."""
        return self.from_readings_wh - self.from_bills_wh

    @property
    def difference_share(self) -> float | None:
        """The difference against the bills; None without any."""
        return self.difference_wh / self.from_bills_wh if self.from_bills_wh else None


def routes(period: Period, *, as_of: datetime | None = None) -> tuple[NodeRoutes, ...]:
    """Reconcile electricity drawn from the grid by both routes for every node with any.

    The routes share no figure: one sums registers, the other amounts billed. Meters that count
    something else than what is drawn from the grid are left out of both.

    Args:
        period: Whole months.
        as_of: What was known then; ``None`` is now.

    Raises:
        InputError: The period splits a month.
    """
    if {period.start_date.day, period.end_date.day} != {1}:
        raise InputError(f"period {period} splits a month", hint="write 2024 or 2024-03")
    request = ActivityRequest(period.months, as_of)
    meters = meters_asked(request)
    site, month, measures = _by_site(request, meters)
    return _by_node(period, as_of, site, month, measures)


def _by_site(request: ActivityRequest, meters: Meters) -> tuple[Ints, Ints, Ints]:
    """Return site, month and measures (readings, bills, the terms) of meters, whole Wh."""
    parts, _ = use_by_readings(request, meters, blocks(len(meters.meter_id)))
    read_key = np.concatenate([meter_month_key(part.meter, part.month) for part in parts])
    used, rough, covered = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("quantity", "interpolated", "covered_share")
    )
    told_key, told, told_share = billed_as_told(request, meters)
    judged = use_by_bills(request, meters)
    key = np.union1d(read_key, told_key)
    meter, month = key // MONTHS_PER_KEY, key % MONTHS_PER_KEY
    role = roles_of(
        meters.meter_id[meter],
        month - request.first_month,
        arrangements(request.months, request.as_of),
    )
    kept = (role == ROLES.index(Role.IMPORT)) & (meters.carrier[meter] == "electricity")
    key, meter, month = key[kept], meter[kept], month[kept]
    found = routes_explained(
        Route(_known(read_key, used, key), looked_up(read_key, covered, key)),
        looked_up(read_key, rough, key),
        Route(_known(told_key, told, key), looked_up(told_key, told_share, key)),
        _known(judged.key, judged.quantity, key),
        meters.rules.multiplier[meter],
    )
    columns = (found.from_readings, found.from_bills, *(found.terms[name] for name in TERMS))
    return meters.site_id[meter], month, np.stack(columns, axis=1)


def _known(rising: Ints, values: Floats, key: Ints) -> Floats:
    return np.where(is_member(rising, key), looked_up(rising, values, key), np.nan)


def _by_node(
    period: Period, as_of: datetime | None, site: Ints, month: Ints, measures: Ints
) -> tuple[NodeRoutes, ...]:
    parents, owners = node_parents(period.months, as_of), site_nodes(period.months, as_of)
    column = month - ActivityRequest(period.months).first_month
    owner = owners.node_id[np.searchsorted(owners.site_id, site), column]
    has_owner = owner >= 0
    own = np.zeros((*parents.parent_node_id.shape, measures.shape[1]))
    place = np.searchsorted(parents.node_id, owner[has_owner])
    np.add.at(own, (place, column[has_owner]), measures[has_owner])
    above = parents.parent_node_id
    parent = np.where(above < 0, -1, np.searchsorted(parents.node_id, above)).astype(np.int32)
    total = roll_up(own, parent).sum(axis=1)  # whole numbers below 2^53: every sum is exact
    code = dict(Node.objects.values_list("pk", "code"))
    ids = parents.node_id.tolist()
    last = above[:, -1].tolist()
    return tuple(
        NodeRoutes(
            code[node],
            code.get(last[i], ""),
            int(total[i, 0]),
            int(total[i, 1]),
            {name: int(total[i, 2 + k]) for k, name in enumerate(TERMS)},
        )
        for i, node in enumerate(ids)
        if total[i].any()
    )
