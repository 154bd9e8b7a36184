"""What some days of a plan saved: meters against what was frozen before them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.energy_saving.models import MOST_CV_RMSE, MOST_NMBE
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.energy_saving.verifying.document import document_read
from commonweal.domains.radio.energy_saving.verifying.drawn import drawn
from commonweal.domains.radio.energy_saving.verifying.freezing import groups_planned
from commonweal.domains.radio.energy_saving.verifying.measured import HOURS, hour_kinds, measured
from commonweal.domains.radio.network.places import sites_of
from commonweal.domains.radio.network.power import power_now
from commonweal.engines.radio.saving import verify
from commonweal.engines.radio.sectors import Mode
from commonweal.engines.radio.service import rebound_kwh, service
from commonweal.errors import InputError, StateError
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from commonweal.domains.radio.energy_saving.models import Plan
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.energy_saving.verifying.document import Frozen
    from commonweal.domains.radio.energy_saving.verifying.drawn import Drawn
    from commonweal.domains.radio.energy_saving.verifying.groups import Groups
    from commonweal.engines.radio.counterfactual import Counterfactual
    from commonweal.engines.radio.saving import Saving
    from commonweal.engines.radio.sectors import Doubles
    from commonweal.engines.radio.service import Service

METHOD: Final = "frozen counterfactual, corrected by hold-outs"
_MOST_ERROR: Final = 0.03
"""A share of lost traffic with a larger standard error is not known."""
_MOSTLY: Final = 0.25
"""An hour counts as one of sleep for hold-outs if so many groups have a sleeper in it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a plan's days are found to have saved, before anybody verified it.

    ``by_site_kwh`` is by group, which is named after its first site; ``unmetered_expected_kwh`` is
    what the plan expects where no meter spoke: it is booked nowhere.
    """

    plan: Plan
    node: str
    days: tuple[date, ...]
    frozen: Frozen
    drawn: Drawn
    saving: Saving
    service: Service
    rebound_kwh: float
    partner_kwh: float
    by_site_kwh: dict[str, float]
    unmetered_expected_kwh: float

    @property
    def is_accepted(self) -> bool:
        """Whether the model was good enough on held-back days."""
        seen = self.frozen.model.acceptance
        return seen.accepted(most_cv_rmse=MOST_CV_RMSE, most_nmbe=MOST_NMBE)

    @property
    def values(self) -> dict[str, Any]:
        """Fields of the record."""
        saving, seen = self.saving, self.frozen.model.acceptance
        seen_lost = self.service
        is_known = np.isfinite(seen_lost.lost_share) and seen_lost.error <= _MOST_ERROR
        lost = max(0.0, seen_lost.lost_share) if is_known else None
        return {
            "first_date": self.days[0],
            "last_date": self.days[-1],
            "expected_kwh": _decimal(self.drawn.expected_kwh.sum(), 3),
            "saved_kwh": _decimal(saving.saved_kwh, 3),
            "low_kwh": _decimal(saving.low_kwh, 3),
            "high_kwh": _decimal(saving.high_kwh, 3),
            "confidence": _decimal(saving.confidence, 6),
            "n_sectors": self.drawn.n_sectors,
            "n_holdout": self.drawn.n_holdout,
            "metered_share": _decimal(saving.metered_share, 6),
            "cv_rmse": _decimal(seen.cv_rmse, 6),
            "nmbe": _decimal(seen.nmbe, 6),
            "rebound_kwh": _decimal(self.rebound_kwh, 3),
            "lost_traffic_share": None if lost is None else _decimal(lost, 6),
            "lost_traffic_error": _decimal(seen_lost.error, 6)
            if np.isfinite(seen_lost.error)
            else None,
            "partner_kwh": _decimal(self.partner_kwh, 3),
            "counterfactual_sha256": self.frozen.sha256,
            "method": METHOD,
        }


def prepared_of(plan: Plan, days: Sequence[date], node: str, *, now: datetime) -> Prepared:
    """Return what some days of a plan saved at the sites below a node.

    Raises:
        StateError: The plan or its counterfactual was changed, or frozen after the days began.
        InputError: Nothing of it is below the node, or no site was measured.
    """
    stored, frozen = plan_read(plan.folder), document_read(plan.counterfactual_sha256)
    _check(plan, stored, frozen, days[0])
    ids = subtree_ids(node, days[0])
    sites = set(sites_of(days[0], as_of=now, node_ids=ids)["site_code"].to_pylist())
    groups = groups_planned(stored, as_of=frozen.frozen_at, sites=sites)
    if not groups.names:
        raise InputError(f"plan {plan.code} has no site below {node!r}")
    meant = drawn(stored, groups, tuple(days), _drop_w(groups, frozen.frozen_at))
    seen = measured(groups, days[0], days[-1], as_of=now, planned_asleep=meant.asleep)
    model, usual_mbit = _of_groups(frozen, groups)
    slept = _by_day(seen.slept_s) > 0
    saving = verify(
        model, seen.energy_kwh, seen.traffic_mbit, seen.day, meant.acting, meant.holdout, slept
    )
    asleep = np.zeros(seen.slept_s.shape, np.bool_)
    np.logical_or.at(asleep, groups.cell_group, meant.asleep)
    usual = usual_mbit[:, hour_kinds(days[0], len(days))]
    others_sleep = (asleep.mean(axis=0) > _MOSTLY)[None, :]
    held = np.repeat(meant.holdout, HOURS, axis=1) & others_sleep
    by_group = saving.by_group_kwh
    silent = meant.acting & (_by_day(np.abs(saving.slot_kwh)) == 0)
    return Prepared(
        plan=plan,
        node=node,
        days=tuple(days),
        frozen=frozen,
        drawn=meant,
        saving=saving,
        service=service(usual, seen.traffic_mbit, asleep & ~held, held, seen.day),
        rebound_kwh=rebound_kwh(saving.slot_kwh, asleep),
        partner_kwh=float((by_group * _partner_share(groups, meant)).sum()),
        by_site_kwh=dict(zip(groups.names, by_group.tolist(), strict=True)),
        unmetered_expected_kwh=float(meant.expected_kwh[silent].sum()),
    )


def _check(plan: Plan, stored: StoredPlan, frozen: Frozen, first_date: date) -> None:
    stored.check()
    if stored.sha256 != plan.plan_sha256 or frozen.document["plan_sha256"] != plan.plan_sha256:
        raise StateError(
            f"the plan stored as {plan.folder} is not the one that {plan.code} was approved for",
            hint="restore it from a backup",
        )
    if frozen.document["plan"] != plan.code:
        raise StateError(
            f"counterfactual {frozen.sha256[:12]}… is that of plan {frozen.document['plan']},"
            f" not of {plan.code}"
        )
    if frozen.frozen_at > business_midnight(first_date):
        raise StateError(
            f"the counterfactual of {plan.code} was frozen at {frozen.frozen_at.isoformat()},"
            f" after {first_date} began",
            hint="verify the days from the next one on",
        )


def _drop_w(groups: Groups, as_of: datetime) -> Doubles:
    """Return what each cell draws less in each mode, by the power model: cell × mode."""
    model, mhz, element = (
        groups.cells[name].to_numpy(zero_copy_only=False)
        for name in ("ru_model", "bandwidth_mhz", "element_dn")
    )
    base_w = power_now(as_of).powers(model, mhz, element).base_w
    drop_w: Doubles = (base_w[:, [Mode.ON]] - base_w).astype(np.float64)
    return drop_w


def _of_groups(frozen: Frozen, groups: Groups) -> tuple[Counterfactual, Doubles]:
    """Return the frozen models of these groups, NaN for those that have none."""
    place = {name: position for position, name in enumerate(frozen.names)}
    at = np.array([place.get(name, -1) for name in groups.names])
    missing = at < 0
    model = replace(
        frozen.model,
        coefficients=np.where(missing[:, None], np.nan, frozen.model.coefficients[at]),
        scale=frozen.model.scale[at],
        n_slots=frozen.model.n_slots[at],
    )
    usual_mbit: Doubles = np.where(missing[:, None], np.nan, frozen.usual_mbit[at])
    return model, usual_mbit


def _partner_share(groups: Groups, meant: Drawn) -> Doubles:
    """Return the partners' part of each group's saving: by what sleep saved at their cells."""
    worth = meant.saving_wh.sum(axis=1)
    n_groups = len(groups.names)
    total = np.bincount(groups.cell_group, worth, minlength=n_groups)
    share = groups.cells["partner_share"].to_numpy()
    theirs = np.bincount(groups.cell_group, worth * share, minlength=n_groups)
    return np.asarray(theirs / np.where(total > 0, total, 1.0), np.float64)


def _by_day(values: Doubles) -> Doubles:
    return np.asarray(values.reshape(len(values), -1, HOURS).sum(axis=2))


def _decimal(value: float, decimals: int) -> Decimal:
    return round(Decimal(float(value)), decimals)
