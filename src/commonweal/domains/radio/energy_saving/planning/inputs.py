"""What a stored plan was made from, for some of its sites: to explain it, and to audit it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from commonweal.catalogue.reading import checked
from commonweal.domains.radio.energy_saving.planning.expecting import LakeForecasts, learned_read
from commonweal.domains.radio.energy_saving.planning.policy import Policy
from commonweal.domains.radio.energy_saving.planning.store import LEARNED_KEY, footer_read
from commonweal.domains.radio.energy_saving.planning.weights import weights_of
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.power import power_now
from commonweal.errors import InputError
from commonweal.kernel.org.models import Site

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from commonweal.domains.radio.energy_saving.planning.block import Asked
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.network.inventory import Network
    from commonweal.engines.radio.sectors import Doubles, Floats, Layers


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the plan of a day rested on at some sites.

    Attributes:
        network: The sectors.
        layers: What their layers may do, carry and draw.
        asked: What was expected of them.
        policy: What the plan keeps to.
        weight: Worth of energy by slot, None where all hours are alike.
        following: The day that the plan looked ahead to: the next one, or itself again.
        following_planned: What was planned for on it. Shape (class, sector, slot).
    """

    network: Network
    layers: Layers
    asked: Asked
    policy: Policy
    weight: Doubles | None
    following: date
    following_planned: Floats


def policy_of(stored: StoredPlan) -> Policy:
    """Return the policy that a plan was made with."""
    return checked(Policy, stored.document["policy"], f"plan {stored.code}")


def explain_inputs(stored: StoredPlan, sites: Collection[str], day: date) -> Inputs:
    """Return what a plan rested on at some sites on one of its days, as it was known then.

    Args:
        stored: The plan.
        sites: Codes of sites of one province.
        day: One of its days.

    Raises:
        InputError: The plan does not hold them, or not in one province.
    """
    policy, as_of = policy_of(stored), datetime.fromisoformat(stored.document["as_of"])
    wanted = set(sites)
    province = _province(stored, wanted)
    learned = learned_read(footer_read(stored.folder / f"{province}.parquet", LEARNED_KEY))
    site_ids = list(Site.objects.filter(code__in=wanted).values_list("id", flat=True))
    found = network(at_date=stored.first_date, as_of=as_of, site_ids=site_ids)
    forecasts = LakeForecasts(policy, first_date=stored.first_date, as_of=as_of)
    following = min(day + timedelta(days=1), stored.dates[-1])
    days = sorted({day, following})
    asked = [each for (each,) in forecasts.asked(found, days, (policy.quantile,), learned)]
    helped = np.isin(found.sector_id, _helped(stored, province))
    place = found.text("place")[0] if found.n_sectors else ""
    return Inputs(
        network=found,
        layers=forecasts.layers(found, power_now(as_of), helped=helped),
        asked=asked[0],
        policy=policy,
        weight=weights_of(policy, day, place),
        following=following,
        following_planned=asked[-1].planned,
    )


def _helped(stored: StoredPlan, province: str) -> list[str]:
    """Return the sectors that a neighbour helps on any day; earlier versions told of none."""
    if "helped_by" not in stored.schema(province).names:
        return []
    rows = stored.sectors(province, columns=["site_code", "sector", "helped_by"])
    rows = rows.filter(rows["helped_by"].is_valid()).group_by(["site_code", "sector"]).aggregate([])
    return [f"{row['site_code']}/{row['sector']}" for row in rows.to_pylist()]


def _province(stored: StoredPlan, sites: set[str]) -> str:
    for province in stored.provinces:
        held = stored.sectors(province, columns=["site_code"])["site_code"]
        if sites <= set(held.unique().to_pylist()):
            return province
    raise InputError(f"plan {stored.code} does not hold the sites {sorted(sites)} in one province")
