"""Two weeks of a generated radio network: planned, approved, acted on, verified; one plan waits.

Every step goes the way that people and commands go; the network behind the simulator is generated
and what its meters say is known only from their reports.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from commonweal.domains.radio.energy_saving.acting.reading import schedule_read
from commonweal.domains.radio.energy_saving.acting.running import plan_act
from commonweal.domains.radio.energy_saving.acting.simulator import Faults, Simulator
from commonweal.domains.radio.energy_saving.acting.steps import Manner
from commonweal.domains.radio.energy_saving.demo_network import (
    N_DAYS,
    PLAN_DATE,
    RULES,
    SEED,
    SLOTS_A_DAY,
    network_build,
    take,
)
from commonweal.domains.radio.energy_saving.planning.auditing import plan_audit
from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.energy_saving.planning.recording import plan_open
from commonweal.domains.radio.energy_saving.planning.run import plan_run
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.energy_saving.replaying import plan_replay
from commonweal.domains.radio.energy_saving.verifying import verification_prepare
from commonweal.domains.radio.network.power.calibrating import calibrate
from commonweal.kernel.org.models import SiteOwnership
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.records.intake import source_ingest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.demo_network import DemoNetwork
    from commonweal.domains.radio.energy_saving.models import Plan, Verification
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2024, 12, 9, 10, 0, tzinfo=UTC)
"""Six in the evening before the first night: counters of the day so far are in."""
_AFTER: Final = datetime(2024, 12, 17, 1, 0, tzinfo=UTC)
_VERIFIED: Final = datetime(2024, 12, 18, 2, 0, tzinfo=UTC)
_DECLARED: Final = datetime(2025, 1, 3, 2, 0, tzinfo=UTC)
_AUDITED: Final = 4
_HOLDOUT_SHARE: Final = 0.08  # of few sites; a nation draws two in a hundred
_MARATHON_AT: Final = datetime(2024, 12, 13, 22, 0, tzinfo=UTC)
_TRIPS_AT: Final = datetime(2024, 12, 11, 19, 0, tzinfo=UTC)


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:
    """Take in four weeks, plan and act on one, verify it, and propose the next."""
    owner = scopes["data_owner"]
    made = network_build(folder, actor=owner.actor, now=KNOWN_AT)
    group = nodes["group"].code
    plan = _plan(PLAN_DATE, group, scopes, KNOWN_AT)
    for action, who, hours in (
        ("propose", "data_owner", 1),
        ("approve", "reviewer", 2),
        ("activate", "programme_manager", 3),
    ):
        plan = _act(plan, action, scopes[who], KNOWN_AT + timedelta(hours=hours))
    _hold(made, owner)
    simulator = _acted(plan, made, owner)
    take("cell_counters", simulator.counters, folder, actor=owner.actor, now=_AFTER)
    take("element_power", simulator.power, folder, actor=owner.actor, now=_AFTER)
    _act(plan, "end", scopes["programme_manager"], _AFTER)
    _proved(plan, scopes)
    plan_replay(plan_read(plan.folder), now=_VERIFIED)
    calibrate(now=_VERIFIED)
    ahead = _plan(PLAN_DATE + timedelta(days=2 * N_DAYS), group, scopes, _VERIFIED)
    plan_audit(plan_read(ahead.folder), n_sectors=_AUDITED)
    _act(ahead, "propose", owner, _VERIFIED + timedelta(hours=1))
    _tiers(folder, group, owner.actor)


def _plan(day: date, group: str, scopes: Mapping[str, Scope], now: datetime) -> Plan:
    policy = policy_read(slots_a_day=SLOTS_A_DAY, holdout_share=_HOLDOUT_SHARE)
    stored = plan_run(plan_date=day, days=N_DAYS, node=group, policy=policy, now=now)
    return plan_open(stored, scope=scopes["data_owner"], now=now)


def _act(record: Any, action: str, scope: Scope, now: datetime) -> Any:  # noqa: ANN401 - any record
    return record_act(record, action, scope=scope, now=now).record


def _hold(made: DemoNetwork, owner: Scope) -> None:
    """Keep one cell awake for an evening: a marathon."""
    booster = made.cells.filter(pc.equal(made.cells["role"], "booster")).slice(0, 1).to_pylist()[0]
    ownership = SiteOwnership.objects.filter(site__code=booster["site_id"], superseded_at=None)
    values = {
        "cell_id": booster["cell_id"],
        "kind": "event",
        "reason": "馬拉松 · Marathon",
        "from_at": _MARATHON_AT,
        "until_at": _MARATHON_AT + timedelta(hours=18),
    }
    kind, node = record_type("energy_saving.hold"), ownership.latest("valid_from").node
    record_open(kind, node=node.code, values=values, scope=owner, now=KNOWN_AT)


def _acted(plan: Plan, made: DemoNetwork, owner: Scope) -> Simulator:
    """Act through the simulator; in the second night one cell's connections begin to fail."""
    schedule = schedule_read(plan)
    simulator = Simulator(
        schedule,
        made.cells,
        made.of_days(PLAN_DATE, N_DAYS),
        SEED,
        Faults(collapses=frozenset({_witness(schedule)}), collapse_at=_TRIPS_AT),
        RULES,
    )
    manner = Manner()
    manner = replace(manner, limits=replace(manner.limits, period_s=float(schedule.slot_s)))
    for _step in plan_act(plan, schedule, simulator, scope=owner, manner=manner):
        pass
    return simulator


def _witness(schedule: Schedule) -> str:
    """Return the first cell that serves while another sleeps at the time when guards trip."""
    slot = schedule.slot(_TRIPS_AT)
    asleep = schedule.mode[:, slot] > 0
    place = next(
        int(witness)
        for witness, sleeper in zip(schedule.witness, schedule.sleeper, strict=True)
        if asleep[sleeper] and not asleep[witness]
    )
    return schedule.cells[place].cell_id


def _tiers(folder: Path, group: str, actor: str) -> None:
    """Declare how many tiers the system of energy saving has: network, site, equipment."""
    path = folder / "submissions_energy_saving.csv"
    rows = [f"{group},energy_saving_tiers,{y}-12-01,{y + 1}-01-01,3,item" for y in (2023, 2024)]
    head = "node_id,indicator,start_date,end_date,value,unit"
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    source_ingest("submissions", path, actor=actor, now=_DECLARED)


def _proved(plan: Plan, scopes: Mapping[str, Scope]) -> None:
    """Verify the week province by province: prepared by who owns the data, verified by another."""
    for province in plan_read(plan.folder).provinces:
        found = verification_prepare(
            first_date=PLAN_DATE,
            last_date=PLAN_DATE + timedelta(days=N_DAYS - 1),
            node=province,
            scope=scopes["data_owner"],
            now=_VERIFIED,
        )
        for _prepared, record in found:
            if record is not None:
                _judged(record, scopes["verifier"])


def _judged(record: Verification, verifier: Scope) -> None:
    """Verify a saving; of a model that misses its limits, with the reason."""
    at = _VERIFIED + timedelta(hours=5)
    if record.is_accepted:
        _act(record, "verify", verifier, at)
    else:
        why = "demo: few sites; the interval tells how uncertain it is"
        record_act(record, "verify_despite", scope=verifier, now=at, comment=why)
