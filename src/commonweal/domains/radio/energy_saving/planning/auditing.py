"""A plan against HiGHS: a random sample of its sectors, solved again as integer programmes."""

from __future__ import annotations

import json
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from commonweal.domains.radio.energy_saving.planning.awake import awake_of, holdings, node_codes
from commonweal.domains.radio.energy_saving.planning.block import Next, problem_of
from commonweal.domains.radio.energy_saving.planning.inputs import explain_inputs
from commonweal.domains.radio.energy_saving.planning.lending import help_read
from commonweal.domains.radio.energy_saving.planning.writing import text_write
from commonweal.engines.radio.referee import optimum
from commonweal.engines.radio.sleep import plan_sleep

if TYPE_CHECKING:
    from datetime import date

    from commonweal.domains.radio.energy_saving.planning.block import Problem
    from commonweal.domains.radio.energy_saving.planning.inputs import Inputs
    from commonweal.domains.radio.energy_saving.planning.lending import Help
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan

AUDIT: Final = "audit.json"
_LIMIT_S: Final = 60.0


class _Drawn(NamedTuple):
    """One sector of the sample."""

    lot: float
    site: str
    sector: str


def plan_audit(stored: StoredPlan, *, n_sectors: int) -> dict[str, Any]:
    """Solve some sectors of a plan's first day with HiGHS, and keep what came of it.

    Sectors are solved alone, boards apart: of sites the bound tells, of which the plan has one for
    each.

    The sample is drawn with the plan's digest as the seed: anyone draws the same.

    Returns:
        ``n``; ``mean_gap_share`` and ``greatest_gap_share``, by which the plan costs more than
        the solver's; ``mean_bound_gap_share``, by which our bound lies below the solver's cost;
        ``solver_s``, seconds of HiGHS in all; ``sectors``, one by one.
    """
    rows = [_audited(stored, drawn) for drawn in _draw(stored, n_sectors)]
    gaps = [row["gap_share"] for row in rows]
    found = {
        "n": len(rows),
        "mean_gap_share": float(np.mean(gaps)) if rows else None,
        "greatest_gap_share": max(gaps, default=None),
        "mean_bound_gap_share": float(np.mean([row["bound_gap_share"] for row in rows]))
        if rows
        else None,
        "solver_s": sum(row["solver_s"] for row in rows),
        "sectors": rows,
    }
    text_write(stored.folder / AUDIT, json.dumps(found, indent=1))
    return found


def audit_read(stored: StoredPlan) -> dict[str, Any] | None:
    """Return the latest audit of a plan, None if there was none."""
    path = stored.folder / AUDIT
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _draw(stored: StoredPlan, n_sectors: int) -> list[_Drawn]:
    rng = np.random.default_rng(int(stored.sha256[:16], 16))
    columns = ["site_code", "sector", "kept_awake", "day"]
    drawn: list[_Drawn] = []
    for province in stored.provinces:
        rows = stored.sectors(province, day=stored.first_date, columns=columns)
        rows = rows.filter(rows["kept_awake"].is_null())
        lots = rng.random(rows.num_rows)
        places = np.sort(np.argsort(lots, kind="stable")[:n_sectors])
        for lot, row in zip(lots[places].tolist(), rows.take(places).to_pylist(), strict=True):
            drawn.append(_Drawn(lot, row["site_code"], row["sector"]))
    return nsmallest(n_sectors, drawn)


def _audited(stored: StoredPlan, drawn: _Drawn) -> dict[str, Any]:
    inputs = explain_inputs(stored, [drawn.site], stored.first_date)
    problem = _problem(stored, inputs, drawn.sector)
    given = problem._asdict()
    layers, demand = given.pop("layers"), given.pop("demand")
    ours = plan_sleep(layers, demand, inputs.policy.rules, **given)
    exact = optimum(layers, demand, inputs.policy.rules, **given, limit_s=_LIMIT_S)
    cost_wh, bound_wh = float(ours.cost_wh[0]), float(ours.bound_wh[0])
    return {
        "site_code": drawn.site,
        "sector": drawn.sector,
        "cost_wh": cost_wh,
        "bound_wh": bound_wh,
        "exact_wh": exact.cost_wh,
        "gap_share": cost_wh / exact.cost_wh - 1,
        "bound_gap_share": 1 - bound_wh / exact.cost_wh,
        "solver_s": exact.seconds,
    }


def _help(stored: StoredPlan, site: str, sector: str, days: tuple[date, ...]) -> list[Help | None]:
    found = [stored.sectors(site=site, day=day).to_pylist() for day in days]
    rows = [next(row for row in of_day if row["sector"] == sector) for of_day in found]
    around = zip(rows, [None, *rows[:-1]], [*rows[1:], None], strict=True)
    return [help_read(row, before=before, following=after) for row, before, after in around]


def _problem(stored: StoredPlan, inputs: Inputs, sector: str) -> Problem:
    """Return the programme of one sector's first day, as the plan had it."""
    whole, policy = inputs.network, inputs.policy
    at = np.flatnonzero(whole.text("sector") == sector)
    holds = holdings(stored.first_date, stored.days)
    above = node_codes(stored.first_date)
    days = dict.fromkeys((stored.first_date, inputs.following))
    lent = _help(stored, str(whole.site_code[at[0]]), sector, tuple(days))
    masks = []
    for day, help_ in zip(days, lent, strict=True):
        ready = np.zeros((whole.n_sectors, policy.slots_a_day), np.bool_)
        if help_ is not None:
            ready[at] = help_.ready(policy.rules.lead_slots)
        found = awake_of(whole, day, policy, holds=holds, above=above, ready=ready)
        masks.append(found.mask[at])
    (awake, following), help_ = (masks[0], masks[-1]), lent[0]
    n_after = policy.rules.lead_slots
    return problem_of(
        inputs.layers[at],
        inputs.asked[at],
        weight=inputs.weight,
        awake=awake,
        after=Next(inputs.following_planned[:, at, :n_after], following[:, :, :n_after]),
        first_mode=np.zeros((1, whole.n_layers), np.int8),
        help_=help_,
    )
