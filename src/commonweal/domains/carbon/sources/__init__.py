"""Energy and traffic as activity data; importing this module announces both sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.domains.carbon.sources.fuels import fuel_use
from commonweal.domains.carbon.sources.traffic import information_traffic
from commonweal.kernel.compute.activities import activity_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import Activities, ActivityRequest


@activity_source("energy")
def energy(request: ActivityRequest) -> Sequence[Activities]:
    """Return electricity by meter, fuels and heat by site, in the carriers' units."""
    return [metered_use(request).activities(), fuel_use(request)]


@activity_source("traffic")
def traffic(request: ActivityRequest) -> Sequence[Activities]:
    """Return information traffic by node, TB."""
    return [information_traffic(request)]
