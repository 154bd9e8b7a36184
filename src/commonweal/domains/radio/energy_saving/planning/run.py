"""Planning a nation: province by province, so that a run that is cut off goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from commonweal import __version__
from commonweal.domains.radio.energy_saving.planning.awake import holdings, node_codes
from commonweal.domains.radio.energy_saving.planning.expecting import LakeForecasts
from commonweal.domains.radio.energy_saving.planning.folders import (
    alone,
    as_of_run,
    folder_of,
    published,
)
from commonweal.domains.radio.energy_saving.planning.helping import help_sha256s
from commonweal.domains.radio.energy_saving.planning.province import province_write, summary_read
from commonweal.domains.radio.energy_saving.planning.setting import Setting
from commonweal.domains.radio.energy_saving.planning.store import (
    StoredPlan,
    file_sha256,
    inputs_of,
    plan_digest,
)
from commonweal.domains.radio.energy_saving.planning.totals import totals_of
from commonweal.domains.radio.energy_saving.planning.weights import weights_of, weights_sha256
from commonweal.domains.radio.network.inventory import network, nodes_with_cells
from commonweal.domains.radio.network.places import provinces
from commonweal.domains.radio.network.power import power_now
from commonweal.errors import InputError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.domains.radio.network.places import Province

MOST_DAYS: Final = 31


class Progress(Protocol):
    """Told how far a run is."""

    def begin(self, province: str, n_sectors: int) -> None:
        """Say that a province begins; ``n_sectors`` is 0 where its file is kept."""

    def advance(self, n_sectors: int) -> None:
        """Say that sectors are done."""


class Quiet:
    """Tells nobody."""

    def begin(self, province: str, n_sectors: int) -> None:
        """Say nothing."""

    def advance(self, n_sectors: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is planned: a node's sites on some days, as known at an instant."""

    node: str
    dates: tuple[date, ...]
    policy: Policy
    as_of: datetime
    folder: Path


def plan_run(
    *,
    plan_date: date,
    days: int = 1,
    node: str,
    policy: Policy,
    now: datetime,
    is_dry: bool = False,
    progress: Progress | None = None,
) -> StoredPlan:
    """Plan and store; a run that was cut off on the same business day goes on.

    The same inputs give the same plan: if it is stored already it is given back.

    Args:
        plan_date: The first day.
        days: How many.
        node: Code of the organisation node whose sites are planned, with all below it.
        policy: What the plan keeps to.
        now: What is known by then counts.
        is_dry: Leave nothing behind; what comes back has totals and no rows.
        progress: Told how far it is.

    Raises:
        InputError: No such node, days out of range, or no cells there.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"days={days}", hint=f"plan 1 to {MOST_DAYS} days")
    dates = tuple(plan_date + timedelta(days=n) for n in range(days))
    with folder_of(node, dates, policy, is_dry=is_dry) as folder, alone(folder) as started:
        as_of = as_of_run(started, now)
        run = Run(node, dates, policy, as_of, folder)
        parts = _provinces_write(run, progress or Quiet())
        if not parts:
            raise InputError(
                f"no cell stands at a site below {node} on {plan_date}",
                hint="bring them in with `commonweal ingest radio_cells FILE`",
            )
        document = _document(run, parts, now)
        if is_dry:
            return StoredPlan(folder.name, folder, document)
        return published(folder, document)


def _document(run: Run, parts: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    document = {
        "version": __version__,
        "made_at": now.isoformat(),
        "as_of": run.as_of.isoformat(),
        "plan_date": run.dates[0].isoformat(),
        "days": len(run.dates),
        "node": run.node,
        "slots_a_day": run.policy.slots_a_day,
        "policy": run.policy.model_dump(mode="json", by_alias=True),
        "provinces": parts,
        "totals": totals_of(
            [part["summary"] for part in parts],
            unserved_w_per_mbit_s=run.policy.unserved_w_per_mbit_s,
        ),
    }
    return document | {"sha256": plan_digest(document)}


def _provinces_write(run: Run, progress: Progress) -> list[dict[str, Any]]:
    """Write every province that is not there yet; return what the manifest says of each."""
    first = run.dates[0]
    holds = holdings(first, len(run.dates))
    power = power_now(run.as_of)
    forecasts = LakeForecasts(run.policy, first_date=first, as_of=run.as_of)
    setting = Setting(
        days=run.dates,
        policy=run.policy,
        power=power,
        forecasts=forecasts,
        holds=holds,
        above=node_codes(first),
    )
    shared = [
        run.policy.sha256,
        weights_sha256(run.policy),
        power.sha256,
        forecasts.sha256,
        help_sha256s(run.as_of),
        [
            [h.cell_id, sorted(h.node_ids), h.from_at.isoformat(), h.until_at.isoformat()]
            for h in holds
        ],
        [day.isoformat() for day in run.dates],
        __version__,
    ]
    parts = []
    known = nodes_with_cells(first, as_of=run.as_of)
    for province in provinces(first, as_of=run.as_of, node=run.node):
        if known.isdisjoint(province.node_ids):
            continue
        found = network(at_date=first, as_of=run.as_of, node_ids=province.node_ids)
        if not found.n_sectors:
            continue
        text = json.dumps([*shared, found.sha256])
        inputs_sha256 = hashlib.sha256(text.encode()).hexdigest()
        path = run.folder / f"{province.code}.parquet"
        is_kept = inputs_of(path) == inputs_sha256
        progress.begin(province.code, 0 if is_kept else found.n_sectors)
        if not is_kept:
            weights = [weights_of(run.policy, day, province.place) for day in run.dates]
            province_write(
                path,
                found,
                setting,
                weights=weights,
                inputs_sha256=inputs_sha256,
                advance=progress.advance,
            )
        parts.append(_part(path, province, inputs_sha256))
    return parts


def _part(path: Path, province: Province, inputs_sha256: str) -> dict[str, Any]:
    return {
        "code": province.code,
        "place": province.place,
        "inputs_sha256": inputs_sha256,
        "file_sha256": file_sha256(path),
        "summary": summary_read(path),
    }
