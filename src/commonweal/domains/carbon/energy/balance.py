"""The energy balance of sites: what came in, what left, what was used for what, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.sources.electric import all_use
from commonweal.domains.carbon.sources.supply import USES, site_supply
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Role, Site
from commonweal.kernel.org.selectors import arrangements, site_nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.carbon.sources.supply import SiteSupply
    from commonweal.kernel.org.selectors import Arrangements
    from commonweal.periods import Period

_INPUTS: Final = (Role.IMPORT, Role.PV, Role.GENERATOR)


@dataclass(frozen=True, slots=True)
class SiteBalance:
    """One site over a period, kWh: ``inputs = exported + others + uses + unaccounted``."""

    site: str
    inputs: Mapping[str, float]
    """By role: import, pv, generator."""
    exported: float
    of_others: float
    uses: Mapping[str, float]
    """By role of the sub-meters."""
    unaccounted: float
    n_open: int
    """Months that do not close within the tolerances."""
    has_uses: bool

    @property
    def supplied(self) -> float:
        """What came in."""
        return sum(self.inputs.values())

    @property
    def own(self) -> float:
        """What we used."""
        return self.supplied - self.exported - self.of_others


@dataclass(frozen=True, slots=True)
class Balance:
    """Sites out of the ordinary one by one, all others as one sum of what they drew."""

    sites: tuple[SiteBalance, ...]
    ordinary_kwh: float
    n_ordinary: int
    estimated_by_method: Mapping[str, float]


def balance(
    period: Period, *, nodes: Collection[int] | None = None, as_of: datetime | None = None
) -> Balance:
    """Return the balance of every site that some nodes run in a period.

    Args:
        period: Whole months.
        nodes: Ids of nodes that run the sites; all by default.
        as_of: What was known then; ``None`` is now.
    """
    owners = site_nodes(period.months, as_of)
    run = owners.node_id >= 0 if nodes is None else np.isin(owners.node_id, list(nodes))
    sites = owners.site_id[run.any(axis=1)]
    request = ActivityRequest(period.months, as_of, None if nodes is None else sites)
    found = arrangements(period.months, as_of)
    use = all_use(request, found)
    supply, _ = site_supply(use, request, found)
    site = use.meters.site_id[use.meter]
    ordinary = ~np.isin(site, sorted(found.sites)) & np.isin(site, sites)
    ordinary &= use.meters.carrier[use.meter] == "electricity"
    month = use.month - request.first_month
    at = np.searchsorted(owners.site_id, site)
    ordinary &= run[at.clip(max=len(run) - 1), month] if len(run) else False
    gaps: dict[str, float] = {}
    for rule, quantity in zip(use.findings.rule, use.findings.quantity.tolist(), strict=True):
        if rule.startswith("estimated_"):
            gaps[rule] = gaps.get(rule, 0.0) + quantity
    return Balance(
        sites=tuple(_sites(supply, found, run, owners.site_id, request.first_month)),
        ordinary_kwh=float(use.quantity[ordinary].sum()),
        n_ordinary=len(np.unique(site[ordinary])),
        estimated_by_method=gaps,
    )


def _sites(
    supply: SiteSupply,
    found: Arrangements,
    run: NDArray[np.bool_],
    site_id: NDArray[np.int64],
    first_month: int,
) -> list[SiteBalance]:
    """Add up each site's months, those in which the nodes run it."""
    at = np.searchsorted(site_id, supply.site_id)
    mine = run[at, supply.month - first_month]
    codes = dict(Site.objects.filter(pk__in=found.sites).values_list("pk", "code"))
    ids, place = np.unique(supply.site_id[mine], return_inverse=True)

    def total(values: NDArray[np.float64]) -> list[float]:
        sums: list[float] = np.bincount(place, values[mine], minlength=len(ids)).tolist()
        return sums

    inputs = {str(role): total(supply.of(role)) for role in _INPUTS}
    uses = {str(role): total(supply.of(role)) for role in USES}
    columns = zip(
        ids.tolist(),
        total(supply.of(Role.EXPORT)),
        total(supply.of_others),
        total(supply.unaccounted),
        total(supply.is_open.astype(np.float64)),
        total(supply.has_uses.astype(np.float64)),
        strict=True,
    )
    return [
        SiteBalance(
            site=codes[site],
            inputs={name: values[i] for name, values in inputs.items()},
            exported=exported,
            of_others=others,
            uses={name: values[i] for name, values in uses.items()},
            unaccounted=unaccounted,
            n_open=int(n_open),
            has_uses=measured > 0,
        )
        for i, (site, exported, others, unaccounted, n_open, measured) in enumerate(columns)
    ]
