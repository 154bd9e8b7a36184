"""Electricity of sites where anything is out of the ordinary: supply, export, others, uses.

    drawn = import + pv + generator - export          what the site uses
    others = sub-metered parts + shares of the rest   of tenants, partners, the tower company
    own = drawn - others = measured uses + unaccounted

Sub-meters of uses are parts of ``own``: they are never added to it. Export is own solar generation
first; what exceeds it is taken off the import. Others use the site's mix as we do.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.sources.virtual import virtual_use
from commonweal.engines.metering import MONTHS_PER_KEY, is_member, meter_month_key
from commonweal.kernel.compute.activities import Findings
from commonweal.kernel.org.models import Role
from commonweal.kernel.org.selectors import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from commonweal.domains.carbon.sources.electricity import MeteredUse
    from commonweal.domains.carbon.sources.meters import Floats, Ints
    from commonweal.kernel.compute.activities import ActivityRequest
    from commonweal.kernel.org.selectors import Arrangements, Share

    Booleans = NDArray[np.bool_]

USES: Final = (
    Role.RADIO,
    Role.TRANSMISSION,
    Role.COMPUTING,
    Role.COOLING,
    Role.RECTIFIER_LOSS,
    Role.OFFICE,
    Role.OTHER_USE,
)
_ROUNDING_SHARE: Final = 1e-9
_SUPPLY: Final = (Role.IMPORT, Role.EXPORT, Role.PV, Role.GENERATOR)


@cache
def tolerances() -> Mapping[str, float]:
    """Return when a balance is said not to close; see ``balance.toml``."""
    path = resources.files("commonweal.domains.carbon.sources") / "balance.toml"
    return {name: float(value) for name, value in tomllib.loads(path.read_text("utf-8")).items()}


@dataclass(frozen=True, slots=True)
class SiteSupply:
    """Electricity by site and month, kWh; shape (row,), sorted by site, then month."""

    site_id: Ints
    month: Ints
    metered: Mapping[str, Floats]
    """By role; NaN where no meter of the role has data."""
    shared: Floats
    """Part of what is left after sub-metered tenants that agreements give to others, 0 to 1."""
    estimated: Floats
    """Of the supply; NaN where there is none."""

    def of(self, role: str) -> Floats:
        """Return what a role's meters counted, 0 where there are none."""
        return np.nan_to_num(self.metered[role])

    @property
    def drawn(self) -> Floats:
        """What the site used, whoever used it."""
        supply = self.of(Role.IMPORT) + self.of(Role.PV) + self.of(Role.GENERATOR)
        return np.asarray(supply - self.of(Role.EXPORT))

    @property
    def of_others(self) -> Floats:
        """What others used: never more than was drawn."""
        drawn, metered = self.drawn.clip(0), self.of(Role.TENANT)
        wanted = metered + self.shared * (drawn - metered).clip(0)
        return np.asarray(np.minimum(wanted, drawn))

    @property
    def own(self) -> Floats:
        """What we used."""
        return self.drawn - self.of_others

    @property
    def own_share(self) -> Floats:
        """The part of what was drawn that is ours; whole where nothing was drawn."""
        drawn = self.drawn
        return np.divide(self.own, drawn, out=np.ones_like(drawn), where=drawn > 0)

    @property
    def own_from_grid(self) -> Floats:
        """Of our use, what came from the grid."""
        beyond = (self.of(Role.EXPORT) - self.of(Role.PV)).clip(0)
        return np.asarray((self.of(Role.IMPORT) - beyond) * self.own_share)

    @property
    def own_from_pv(self) -> Floats:
        """Of our use, what our own panels gave."""
        kept = (self.of(Role.PV) - self.of(Role.EXPORT)).clip(0)
        return np.asarray(kept * self.own_share)

    @property
    def measured(self) -> Floats:
        """What sub-meters of uses counted."""
        return np.asarray(sum(self.of(role) for role in USES))

    @property
    def has_uses(self) -> Booleans:
        """Whether any sub-meter of a use has data."""
        given = [~np.isnan(self.metered[role]) for role in USES]
        return np.asarray(np.any(given, axis=0), np.bool_)

    @property
    def unaccounted(self) -> Floats:
        """What no sub-meter measures; below 0 where they measure more than we used."""
        return self.own - self.measured

    @property
    def is_open(self) -> Booleans:
        """Whether the balance does not close within the tolerances."""
        limit, off = tolerances(), np.abs(self.unaccounted)
        is_much = off > limit["unaccounted_share"] * np.abs(self.own)
        return self.has_uses & is_much & (off > limit["unaccounted_kwh"])


def site_supply(
    use: MeteredUse, request: ActivityRequest, found: Arrangements
) -> tuple[SiteSupply, Findings]:
    """Return the electricity of the sites asked for where anything is out of the ordinary."""
    *virtual, noticed = virtual_use(use, request, found)
    meter = np.concatenate([use.meter, virtual[0]])
    month = np.concatenate([use.month, virtual[1]])
    quantity = np.concatenate([use.quantity, virtual[2]])
    estimated = np.concatenate([use.estimated, virtual[3]])
    site = use.meters.site_id[meter]
    kept = np.isin(site, sorted(found.sites)) & request.asks_for(site)
    kept &= use.meters.carrier[meter] == "electricity"
    meter, month, site = meter[kept], month[kept], site[kept]
    quantity, estimated = quantity[kept], estimated[kept]
    role = roles_of(use.meters.meter_id[meter], month - request.first_month, found)
    counted = role != ROLES.index(Role.REFERENCE)
    site, month, role = site[counted], month[counted], role[counted]
    quantity, estimated = quantity[counted], estimated[counted]

    key, place = np.unique(meter_month_key(site, month), return_inverse=True)
    metered = {name: _total(place, quantity, role == i, len(key)) for i, name in enumerate(ROLES)}
    is_supply = np.isin(role, [ROLES.index(name) for name in _SUPPLY])
    supply = SiteSupply(
        site_id=key // MONTHS_PER_KEY,
        month=key % MONTHS_PER_KEY,
        metered=metered,
        shared=_shared(key, request, found.shares),
        estimated=_total(place, estimated, is_supply, len(key)),
    )
    return supply, noticed + _noticed(supply)


def roles_of(meter_id: Ints, column: Ints, found: Arrangements) -> Ints:
    """Return the number of each row's role."""
    role = np.full(len(meter_id), ROLES.index(Role.IMPORT), np.int64)
    ids = np.array(sorted(found.roles), np.int64)
    if len(ids):
        table = np.array([found.roles[meter] for meter in ids.tolist()])
        known = is_member(ids, meter_id)
        role[known] = table[np.searchsorted(ids, meter_id[known]), column[known]]
    return role


def _total(place: Ints, quantity: Floats, hit: Booleans, n: int) -> Floats:
    """Add up the rows of one role; NaN where there is none."""
    total = np.bincount(place[hit], quantity[hit], minlength=n)
    return np.where(np.bincount(place[hit], minlength=n) > 0, total, np.nan)


def _shared(key: Ints, request: ActivityRequest, shares: Sequence[Share]) -> Floats:
    """Return the part of each site and month that agreements by share give to others."""
    total = np.zeros(len(key))
    by_share = [each for each in shares if each.share is not None]
    if not by_share or not len(key):
        return total
    n_months = np.array([min(e.last, len(request.months)) - e.first for e in by_share])
    row = np.repeat(np.arange(len(by_share)), n_months)
    column = np.arange(len(row)) - np.repeat(np.cumsum(n_months) - n_months, n_months)
    first = np.array([e.first for e in by_share])[row] + request.first_month
    at = meter_month_key(np.array([e.site_id for e in by_share])[row], first + column)
    known = is_member(key, at)
    part = np.array([e.share for e in by_share])[row]
    np.add.at(total, np.searchsorted(key, at[known]), part[known])
    return total.clip(0, 1)


def _noticed(supply: SiteSupply) -> Findings:
    site, month, drawn = supply.site_id, supply.month, supply.drawn
    off, unaccounted = supply.is_open, supply.unaccounted
    above = supply.of(Role.TENANT) > drawn.clip(0) * (1 + _ROUNDING_SHARE)
    below = drawn < 0
    return (
        Findings.of("site", "balance_open", site[off], month[off], unaccounted[off])
        + Findings.of("site", "others_exceed_supply", site[above], month[above], drawn[above])
        + Findings.of("site", "export_exceeds_supply", site[below], month[below], drawn[below])
    )
