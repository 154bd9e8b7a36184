"""Energy and traffic as activity data; importing this module announces both sources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonweal.domains.carbon.sources.electric import electricity
from commonweal.domains.carbon.sources.fuels import fuel_use, told_twice
from commonweal.domains.carbon.sources.refrigerants import refrigerants
from commonweal.domains.carbon.sources.stock import stocked_use
from commonweal.domains.carbon.sources.traffic import information_traffic
from commonweal.kernel.compute.activities import Findings, activity_source

__all__ = ["energy", "refrigerants", "traffic"]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import Activities, ActivityRequest


@activity_source("energy")
def energy(request: ActivityRequest) -> Sequence[Activities]:
    """Return electricity, fuels and heat by site, in the carriers' units.

    Electricity is what was drawn from the grid for own use: net of what was fed in and of what
    belongs to others, which are carriers of their own.
    """
    used, stocked = fuel_use(request), list(stocked_use(request))
    twice = [told_twice(used, each) for each in stocked]
    used = replace(used, findings=Findings.joined([used.findings, *twice]))
    return [*electricity(request), used, *stocked]


@activity_source("traffic")
def traffic(request: ActivityRequest) -> Sequence[Activities]:
    """Return information traffic by node, TB."""
    return [information_traffic(request)]
