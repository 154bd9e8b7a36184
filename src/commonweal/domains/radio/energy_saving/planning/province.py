"""One province of a plan: block by block into its file, with a summary in the file's footer."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc

from commonweal.domains.radio.energy_saving.planning.at_grid import saved_at_grid_wh
from commonweal.domains.radio.energy_saving.planning.awake import awake_of
from commonweal.domains.radio.energy_saving.planning.block import Next, day_plan, without
from commonweal.domains.radio.energy_saving.planning.boarding import boards_of
from commonweal.domains.radio.energy_saving.planning.helping import help_of
from commonweal.domains.radio.energy_saving.planning.rows import rows_by_sector, rows_of_day
from commonweal.domains.radio.energy_saving.planning.safety import safety_of
from commonweal.domains.radio.energy_saving.planning.store import (
    FIGURES,
    LEARNED_KEY,
    SUMMARY_KEY,
    footer_read,
)
from commonweal.domains.radio.energy_saving.planning.writing import ProvinceWriter
from commonweal.domains.radio.network.findings import unknown_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from commonweal.domains.radio.energy_saving.planning.awake import Awake
    from commonweal.domains.radio.energy_saving.planning.expecting import Learned
    from commonweal.domains.radio.energy_saving.planning.lending import Help
    from commonweal.domains.radio.energy_saving.planning.setting import Setting
    from commonweal.domains.radio.network.inventory import Network
    from commonweal.engines.radio.sectors import Doubles

BLOCK: Final = 4096
"""Sectors planned at once: what memory holds beside the province's inventory."""
_MOST_FINDINGS: Final = 100
_SUMMED: Final = (*FIGURES, "changes")


def province_write(
    path: Path,
    network: Network,
    setting: Setting,
    *,
    weights: Sequence[Doubles | None],
    inputs_sha256: str,
    advance: Callable[[int], None],
) -> None:
    """Plan a province and let its file appear.

    Args:
        path: Where.
        network: Its sectors.
        setting: What provinces share.
        weights: Worth of energy by slot, for each day.
        inputs_sha256: Digest of everything it is made from.
        advance: Told how many sectors are done.
    """
    kept: Counter[str] = Counter()
    sums = dict.fromkeys(_SUMMED, 0.0)
    learned = setting.forecasts.learn(network)
    helped, n_helped, helped_wh = help_of(network, setting, learned), 0, 0.0
    grid_wh = 0.0
    with ProvinceWriter(path, inputs_sha256=inputs_sha256) as writer:
        for first, last in blocks_of(network):
            helps = None if helped is None else helped.days(first, last)
            rows = block_rows(network[first:last], setting, weights, learned, helps)
            writer.add(rows)
            kept.update(rows["kept_awake"].drop_null().to_pylist())
            for name in _SUMMED:
                sums[name] += pc.sum(rows[name]).as_py() or 0
            grid_wh += saved_at_grid_wh(rows, setting.policy)
            leaning = rows.filter(rows["helped_by"].is_valid())
            n_helped += leaning.num_rows
            helped_wh += pc.sum(leaning["expected_wh"]).as_py() or 0.0
            advance(last - first)
        unknown = setting.power.unknown(network.column("ru_model")[network.present])
        findings = (*network.findings, *unknown_units(unknown))
        found = [[each.rule, each.subject, each.message] for each in findings]
        summary = {
            "n_sites": len(pc.unique(network.sectors["site_id"])),
            "n_sectors": network.n_sectors,
            "kept_awake": dict(sorted(kept.items())),
            "sums": sums,
            "grid_wh": grid_wh,
            "n_helped": n_helped,
            "helped_wh": helped_wh,
            "findings": dict(Counter(each[0] for each in found)),
            "findings_first": found[:_MOST_FINDINGS],
            "safety": safety_of(network, setting, weights[0], learned),
        }
        writer.note(LEARNED_KEY, learned.text())
        writer.note(SUMMARY_KEY, json.dumps(summary, sort_keys=True))


def summary_read(path: Path) -> dict[str, Any]:
    """Return the summary in the footer of a province's file."""
    found: dict[str, Any] = json.loads(footer_read(path, SUMMARY_KEY))
    return found


def blocks_of(grid: Network) -> Iterator[tuple[int, int]]:
    """Yield runs of whole sites: boards and meters are of a site."""
    site = grid.sectors["site_id"].to_numpy()
    ends = np.append(np.flatnonzero(site[1:] != site[:-1]) + 1, grid.n_sectors)
    first = 0
    while first < grid.n_sectors:
        wanted = min(first + BLOCK, grid.n_sectors)
        last = int(ends[np.searchsorted(ends, wanted)])
        yield first, last
        first = last


def block_rows(
    grid: Network,
    setting: Setting,
    weights: Sequence[Doubles | None],
    learned: Learned,
    helps: Sequence[Help] | None = None,
) -> pa.Table:
    """Plan the days of some sectors, one after the other; each begins as the one before ended.

    Args:
        grid: The sectors.
        setting: What provinces share.
        weights: Worth of energy by slot, for each day.
        learned: Of the province.
        helps: What neighbours lend them, day by day; None where nobody is helped.
    """
    policy = setting.policy
    helped = None if helps is None else helps[0].most_mbit_s > 0
    layers = setting.forecasts.layers(grid, setting.power, helped=helped)
    before = np.zeros(grid.present.shape, np.int8)  # the day before the plan all layers are on
    tables = []
    n_after = policy.rules.lead_slots
    boards = boards_of(grid, policy.board_w)
    asked_by_day = setting.forecasts.asked(grid, setting.days, (policy.quantile,), learned)
    lent: Sequence[Help | None] = helps or [None] * len(setting.days)
    days = [
        (day, weight, _awake(grid, day, setting, help_), asked, help_)
        for day, weight, (asked,), help_ in zip(
            setting.days, weights, asked_by_day, lent, strict=True
        )
    ]
    for (day, weight, awake, asked, help_), following in zip(
        days, [*days[1:], days[-1]], strict=True
    ):
        plan = day_plan(
            layers,
            asked,
            policy.rules,
            weight=weight,
            awake=awake.mask,
            after=Next(following[3].planned[:, :, :n_after], following[2].mask[:, :, :n_after]),
            first_mode=before,
            boards=boards,
            help_=help_,
        )
        reason = np.where(without(awake.reason), asked.reason, awake.reason)
        rows = rows_of_day(
            grid, day, plan, is_holdout=awake.is_holdout, kept_awake=reason, help_=help_
        )
        tables.append(rows)
        before = plan.mode[:, :, -1]
    return rows_by_sector(tables)


def _awake(grid: Network, day: date, setting: Setting, help_: Help | None) -> Awake:
    ready = None if help_ is None else help_.ready(setting.policy.rules.lead_slots)
    return awake_of(
        grid, day, setting.policy, holds=setting.holds, above=setting.above, ready=ready
    )
