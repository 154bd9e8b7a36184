"""Electricity as activities: ordinary meters as they are, other sites by what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.domains.carbon.sources.gaps import without_gaps
from commonweal.domains.carbon.sources.supply import roles_of, site_supply
from commonweal.kernel.compute.activities import Activities
from commonweal.kernel.org.models import Role
from commonweal.kernel.org.selectors import ROLES, arrangements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.domains.carbon.sources.electricity import MeteredUse
    from commonweal.domains.carbon.sources.meters import Floats, Ints
    from commonweal.domains.carbon.sources.supply import SiteSupply
    from commonweal.kernel.compute.activities import ActivityRequest, Findings
    from commonweal.kernel.org.selectors import Arrangements

_ESTIMATED: Final = "electricity_estimated"


def electricity(request: ActivityRequest) -> list[Activities]:
    """Return electricity and whatever else is metered, by site and month.

    Where nothing is out of the ordinary this is the meters' use, and what of it is estimated.
    """
    found = arrangements(request.months, request.as_of)
    use = all_use(request, found)
    if not found.sites:
        return [use.activities(), *_estimated(use, request)]
    supply, noticed = site_supply(use, request, found)
    site, carrier = use.meters.site_id[use.meter], use.meters.carrier[use.meter]
    role = roles_of(use.meters.meter_id[use.meter], use.month - request.first_month, found)
    is_supply = role == ROLES.index(Role.IMPORT)  # of heat or water, too, a part counts once
    ordinary = ~np.isin(site, sorted(found.sites)) | ((carrier != "electricity") & is_supply)
    ordinary &= request.asks_for(site)
    plain = replace(
        use,
        meter=use.meter[ordinary],
        month=use.month[ordinary],
        quantity=use.quantity[ordinary],
        estimated=use.estimated[ordinary],
        is_read=use.is_read[ordinary],
        findings=use.findings + noticed,
    )
    return [plain.activities(), *_estimated(plain, request), *_settled(supply, request)]


def all_use(request: ActivityRequest, found: Arrangements) -> MeteredUse:
    """Return the use of all meters that the sites asked for rest on, gaps filled by rule."""
    wider = request
    if request.subject_ids is not None and found.sites:
        behind = found.sites_behind(frozenset(request.subject_ids.tolist()))
        wider = replace(request, subject_ids=np.array(sorted(behind), np.int64))
    use = metered_use(wider)
    if found.virtual:
        use = replace(use, findings=_of_real_meters(use.findings, found))
    return without_gaps(use, wider)


def _of_real_meters(findings: Findings, found: Arrangements) -> Findings:
    """Drop what is said about missing readings of virtual meters: they have none."""
    virtual = np.isin(findings.subject_id, [each.meter_id for each in found.virtual])
    is_meter = np.array([kind == "meter" for kind in findings.subject_kind], np.bool_)
    return findings.where(~(virtual & is_meter))


def _settled(supply: SiteSupply, request: ActivityRequest) -> Iterator[Activities]:
    """Yield what became of the electricity of sites out of the ordinary."""
    given = {name: ~np.isnan(values) for name, values in supply.metered.items()}
    from_grid = given[Role.IMPORT] | given[Role.EXPORT]
    rough = np.minimum(
        np.nan_to_num(supply.estimated) * supply.own_share, supply.own_from_grid.clip(0)
    )
    passed_on = supply.of(Role.IMPORT) - supply.own_from_grid
    none = np.zeros(len(rough))
    for carrier, quantity, estimated, hit in (
        ("electricity", supply.own_from_grid, rough, from_grid),
        ("electricity_pv_own", supply.own_from_pv, none, given[Role.PV]),
        ("electricity_pv", supply.of(Role.PV), none, given[Role.PV]),
        ("electricity_generator", supply.of(Role.GENERATOR), none, given[Role.GENERATOR]),
        ("electricity_exported", supply.of(Role.EXPORT), none, given[Role.EXPORT]),
        ("electricity_of_others", supply.of_others, none, given[Role.TENANT] | (supply.shared > 0)),
        ("electricity_passed_on", passed_on, none, from_grid & (passed_on != 0)),
        (_ESTIMATED, rough, rough, rough > 0),
        ("electricity_balanced", supply.own, none, supply.has_uses),
        ("electricity_unaccounted", supply.unaccounted, none, supply.has_uses),
    ):
        if hit.any() and (not request.carriers or carrier in request.carriers):
            yield _of_sites(
                carrier, supply.site_id[hit], supply.month[hit], quantity[hit], estimated[hit]
            )


def _estimated(use: MeteredUse, request: ActivityRequest) -> Iterator[Activities]:
    """Yield what of ordinary sites' electricity rests on an estimate, as a quantity of its own."""
    if request.carriers and _ESTIMATED not in request.carriers:
        return
    hit = (use.estimated > 0) & (use.meters.carrier == "electricity")[use.meter]
    if hit.any():
        rough = use.estimated[hit]
        site = use.meters.site_id[use.meter[hit]]
        yield _of_sites(_ESTIMATED, site, use.month[hit], rough, rough)


def _of_sites(
    carrier: str, site_id: Ints, month: Ints, quantity: Floats, estimated: Floats
) -> Activities:
    return Activities(
        subject="site",
        subject_id=site_id,
        month=month,
        carriers=(carrier,),
        carrier=np.zeros(len(site_id), np.int64),
        quantity=quantity,
        estimated=estimated,
        inputs={},
    )
