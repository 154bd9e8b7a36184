"""A plan replayed: what its days, as they turned out, would have come to under other quantiles.

What sectors carried on the days is taken for what users asked: demand that found no capacity was
never counted, so the plan's own row is at its best here. Sectors are a sample of every province.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings

from commonweal.domains.radio.energy_saving.planning.awake import awake_of, node_codes
from commonweal.domains.radio.energy_saving.planning.block import without
from commonweal.domains.radio.energy_saving.planning.expecting import LakeForecasts, learned_read
from commonweal.domains.radio.energy_saving.planning.inputs import policy_of
from commonweal.domains.radio.energy_saving.planning.store import LEARNED_KEY, footer_read
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.places import provinces
from commonweal.domains.radio.network.power import power_now
from commonweal.domains.radio.network.traffic import history
from commonweal.engines.radio.replay import replay, total
from commonweal.engines.radio.sectors import Demand
from commonweal.engines.radio.sleep import plan_sleep
from commonweal.errors import StateError
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.network.inventory import Network
    from commonweal.domains.radio.network.layers import PowerBook
    from commonweal.engines.radio.replay import Replay
    from commonweal.engines.radio.sectors import Bools, Floats, Rules

QUANTILES: Final = (0.5, 0.9, 0.95, 0.99)
ORACLE: Final = "truth"
_SAMPLE: Final = 64
"""Sectors of each province."""
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the provinces of a replay share."""

    stored: StoredPlan
    policy: Policy
    power: PowerBook
    forecasts: LakeForecasts
    now: datetime
    above: Mapping[int, frozenset[str]]

    @property
    def rules(self) -> Rules:
        """The plan's rules over all of its days in one."""
        of_day = self.policy.rules
        if of_day.most_changes is None:
            return of_day
        return replace(of_day, most_changes=of_day.most_changes * self.stored.days)


def plan_replay(stored: StoredPlan, *, now: datetime) -> dict[str, Any]:
    """Replay a plan whose days are over, and keep what came of it.

    Returns:
        ``plan``, ``n_sectors`` in the sample, and ``rows``: for each quantile, and for who had
        known the days (``truth``), shares of saving, of demand left uncarried by the plan's doing
        and of sector-hours above the limit, and changes a sector and day.

    Raises:
        StateError: Its days are not over, or nothing was reported of them.
    """
    end = stored.dates[-1] + timedelta(days=1)
    if now < business_midnight(end):
        raise StateError(
            f"plan {stored.code} runs until {stored.dates[-1]}", hint="replay it afterwards"
        )
    policy = policy_of(stored)
    as_of = datetime.fromisoformat(stored.document["as_of"])
    setting = _Setting(
        stored=stored,
        policy=policy,
        power=power_now(as_of),
        forecasts=LakeForecasts(policy, first_date=stored.first_date, as_of=as_of),
        now=now,
        above=node_codes(stored.first_date),
    )
    found: dict[str, list[Replay]] = {}
    for part in provinces(stored.first_date, as_of=as_of, node=stored.document["node"]):
        if part.code not in stored.provinces:
            continue
        grid = network(at_date=stored.first_date, as_of=as_of, node_ids=part.node_ids)
        n_sample = min(_SAMPLE, grid.n_sectors)
        places = np.unique(np.linspace(0, grid.n_sectors - 1, n_sample).astype(np.int64))
        for name, one in _sample_replayed(grid.take(places), part.code, setting):
            found.setdefault(name, []).append(one)
    if not found:
        raise StateError(
            f"nothing was reported of the days of plan {stored.code}",
            hint="bring in counters with `commonweal radio ingest`",
        )
    sums = {name: total(parts) for name, parts in found.items()}
    document = {
        "plan": stored.code,
        "n_sectors": sums[ORACLE].n_sector_slots // (stored.days * stored.slots_a_day),
        "rows": [{"name": name, **_shares(each)} for name, each in sums.items()],
    }
    path = replay_path(stored)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return document


def replay_path(stored: StoredPlan) -> Path:
    """Return where a plan's replay lies."""
    return settings.HOME / "radio" / "replays" / f"{stored.code}.json"


def replay_read(stored: StoredPlan) -> Mapping[str, Any] | None:
    """Return a plan's replay, None if it was not replayed."""
    path = replay_path(stored)
    if not path.exists():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _sample_replayed(
    grid: Network, province: str, setting: _Setting
) -> Iterator[tuple[str, Replay]]:
    """Yield a name and what it came to, of sectors that reported all days."""
    stored, policy = setting.stored, setting.policy
    told = history(
        grid,
        until_date=stored.dates[-1] + timedelta(days=1),
        n_days=stored.days,
        slots_a_day=policy.slots_a_day,
        as_of=setting.now,
    )
    learned = learned_read(footer_read(stored.folder / f"{province}.parquet", LEARNED_KEY))
    asked = list(setting.forecasts.asked(grid, stored.dates, QUANTILES, learned))
    known = ~np.isnan(told.total_mbit_s).any(axis=(1, 2))
    known &= np.all([without(each[0].reason) for each in asked], axis=0)
    if not known.any():
        return
    mean = np.concatenate([of_day[0].mean for of_day in asked], axis=2)
    total_mbit_s = told.total_mbit_s.reshape(grid.n_sectors, -1)
    # the classes are told apart as in the forecast: sleep moves traffic to LTE
    truth = total_mbit_s * mean / np.maximum(mean.sum(axis=0), _NOTHING)
    wanted = {
        f"{quantile:g}": np.concatenate([of_day[at].planned for of_day in asked], axis=2)
        for at, quantile in enumerate(QUANTILES)
    }
    layers = grid.layers(setting.power, policy)[known]
    masks = [
        awake_of(grid, day, policy, holds=(), above=setting.above).mask for day in stored.dates
    ]
    awake = np.concatenate(masks, axis=2)[known]
    for name, demand in (wanted | {ORACLE: truth}).items():
        plan = plan_sleep(layers, _of(demand, known), setting.rules, awake=awake)
        yield name, replay(layers, _of(truth, known), plan.mode, policy.rules)


def _of(classes: Floats, known: Bools) -> Demand:
    return Demand(classes[0][known], classes[1][known])


def _shares(found: Replay) -> dict[str, float | None]:
    return {
        "saving_share": found.saving_share,
        "unserved_share": found.unserved_share,
        "over_limit_share": found.over_limit_share,
        "changes_a_day": found.changes_a_day,
    }
