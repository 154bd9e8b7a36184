"""Freezing: what groups would draw with every layer on, settled before a plan is acted on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.energy_saving.verifying.document import (
    FORMAT,
    document_write,
    model_told,
    plain,
)
from commonweal.domains.radio.energy_saving.verifying.groups import groups_of
from commonweal.domains.radio.energy_saving.verifying.measured import (
    N_KINDS,
    hour_kinds,
    measured,
)
from commonweal.domains.radio.network.inventory import network
from commonweal.engines.radio.counterfactual import fit
from commonweal.engines.radio.metering import clock_shift, is_cumulative
from commonweal.engines.radio.service import usual_traffic
from commonweal.errors import StateError
from commonweal.kernel.org.models import Site
from commonweal.periods import business_date

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.models import Plan
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.energy_saving.verifying.groups import Groups
    from commonweal.domains.radio.energy_saving.verifying.measured import Measured
    from commonweal.engines.radio.counterfactual import Counterfactual
    from commonweal.engines.radio.sectors import Doubles

    Ints = NDArray[np.int64]

FEWEST_HOURS: Final = 48


def counterfactual_freeze(plan: Plan, now: datetime) -> str:
    """Freeze what the plan's sites would draw with every layer on; return the document's digest.

    Fitted on the plan's days of history, ending before the plan begins or now, on the hours in
    which nothing slept, as far as known now.

    Raises:
        StateError: No site has a meter and counters for long enough.
    """
    stored = plan_read(plan.folder)
    history = timedelta(days=int(stored.document["policy"]["history_days"]))
    last = min(stored.first_date - timedelta(days=1), business_date(now))
    first = last - history + timedelta(days=1)
    groups = groups_planned(stored, as_of=now)
    seen = measured(groups, first, last, as_of=now)
    awake_kwh = np.where(seen.slept_s > 0, np.nan, seen.energy_kwh)
    reasons = _faults(awake_kwh, seen)
    awake_kwh[list(reasons)] = np.nan
    model = fit(awake_kwh, seen.traffic_mbit, seen.day, fewest_slots=FEWEST_HOURS)
    fitted = np.isfinite(model.coefficients[:, 0])
    if not fitted.any() or not model.acceptance.n_hours:
        raise StateError(
            f"none of {len(groups.names)} sites has {FEWEST_HOURS} hours with meter and counters"
            f" from {first} to {last}",
            hint="ingest element_power and cell_counters of the weeks before the plan",
        )
    for group in np.flatnonzero(~fitted).tolist():
        reasons.setdefault(group, f"fewer than {FEWEST_HOURS} hours measured with all layers on")
    document = {
        "format": FORMAT,
        "plan": plan.code,
        "plan_sha256": stored.sha256,
        "frozen_at": now.isoformat(),
        "baseline": [first.isoformat(), last.isoformat()],
        "inputs": {name: list(sha256s) for name, sha256s in seen.sha256s.items()},
        "model": model_told(model),
        "groups": _groups_told(groups, model, seen.traffic_mbit, hour_kinds(first, history.days)),
        "left_out": [
            {"group": groups.names[group], "reason": reason}
            for group, reason in sorted(reasons.items())
        ],
    }
    return document_write(document)


def groups_planned(stored: StoredPlan, *, as_of: datetime, sites: set[str] | None = None) -> Groups:
    """Return the groups of a plan's sites, or of some of them."""
    codes = set(stored.sectors(columns=["site_code"])["site_code"].unique().to_pylist())
    kept = codes if sites is None else codes & sites
    ids = Site.objects.filter(code__in=kept).values_list("id", flat=True)
    return groups_of(network(at_date=stored.first_date, as_of=as_of, site_ids=list(ids)))


def _faults(awake_kwh: Doubles, seen: Measured) -> dict[int, str]:
    """Return what is wrong with meters, by group."""
    found = {
        int(group): "the meter gives a register and not the energy of each period"
        for group in np.flatnonzero(is_cumulative(awake_kwh))
    }
    for group, hours in enumerate(clock_shift(awake_kwh, seen.traffic_mbit).tolist()):
        if hours:
            found.setdefault(group, f"the meter's clock is {hours} h off that of the counters")
    return found


def _groups_told(
    groups: Groups, model: Counterfactual, traffic_mbit: Doubles, kinds: Ints
) -> dict[str, Any]:
    return {
        "name": list(groups.names),
        "coefficients": plain(model.coefficients),
        "scale": plain(model.scale),
        "n_hours": model.n_slots.tolist(),
        "usual_mbit": plain(usual_traffic(traffic_mbit, kinds, N_KINDS)),
    }
