"""Sectors without a coverage layer, and the neighbours that carry for them while they sleep.

A neighbour is a sector of the same province whose LTE coverage layers, always on, can serve nearly
all traffic of every cell of the other. It sets aside what they have left after all that it may be
asked itself, at a cautious quantile; it never lends what it was lent, as it has coverage itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.energy_saving.planning.lending import Help
from commonweal.domains.radio.network.findings import lacks_coverage
from commonweal.engines.radio.neighbours import lends
from commonweal.engines.radio.sectors import Mode
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.planning.expecting import Learned
    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.domains.radio.energy_saving.planning.setting import Setting
    from commonweal.domains.radio.network.grid import Grid, Ints, Texts
    from commonweal.domains.radio.network.inventory import Network
    from commonweal.engines.radio.sectors import Bools, Doubles

_SQL: Final = resources.files("commonweal.domains.radio.energy_saving") / "queries" / "helpers.sql"
QUANTILE: Final = 0.99
"""Of what both may be asked: what is lent is sure to be there, and enough."""
_AT_ONCE: Final = 4096


@dataclass(frozen=True)
class Helped:
    """The sectors of a province that are helped, in rising order, over the days of a plan.

    Attributes:
        sector: Positions in the province. Shape (n,).
        by: Who helps. Shape (n,).
        covered_share: Shape (n,), as the next two.
        slope_w_per_mbit_s: As of ``Help``.
        most_mbit_s: As of ``Help``.
        lent: Shape (day, n, slot).
    """

    sector: Ints
    by: Texts
    covered_share: Doubles
    slope_w_per_mbit_s: Doubles
    most_mbit_s: Doubles
    lent: Bools

    def days(self, first: int, last: int) -> Sequence[Help] | None:
        """Return the help for a run of sectors day by day, None if none of them is helped."""
        here = (self.sector >= first) & (self.sector < last)
        if not here.any():
            return None
        at, n = self.sector[here] - first, last - first

        def spread(values: NDArray[Any], padding: object) -> NDArray[Any]:
            whole = np.full((n, *values.shape[1:]), padding, values.dtype)
            whole[at] = values
            return whole

        by, share = spread(self.by[here], ""), spread(self.covered_share[here], 1.0)
        numbers = (spread(x[here], 0.0) for x in (self.slope_w_per_mbit_s, self.most_mbit_s))
        slope, most = numbers
        lent = [spread(of_day[here], padding=False) for of_day in self.lent]
        before = [np.zeros(n, np.bool_), *(of_day[:, -1] for of_day in lent[:-1])]
        after = [of_day[:, 0] for of_day in [*lent[1:], lent[-1]]]  # the last day, as if it went on
        days = zip(lent, before, after, strict=True)
        return [Help(by, share, slope, most, *each) for each in days]


def help_sha256s(as_of: datetime) -> tuple[str, ...]:
    """Return the digests of what is known of neighbours."""
    return tuple(read("cell_neighbours", as_of=as_of).sha256s)


def help_of(network: Network, setting: Setting, learned: Learned) -> Helped | None:
    """Return who is helped in a province, None if nobody is.

    Args:
        network: Its sectors.
        setting: What provinces share.
        learned: What its forecasts rest on.
    """
    pairs = _pairs(network, setting.days[0], setting.forecasts.as_of, setting.policy)
    if not pairs.sector.size:
        return None
    helpers, helper = np.unique(pairs.helper, return_inverse=True)
    theirs = _Facts.of(network, helpers, setting, learned)
    ours = _Facts.of(network, pairs.sector, setting, learned)
    rate_share = setting.policy.neighbour_rate_share
    lent = np.stack(
        [
            lends(theirs.coverage_mbit_s[:, None] - asked, helper, wanted / rate_share)
            for asked, wanted in zip(theirs.asked_mbit_s, ours.asked_mbit_s, strict=True)
        ]
    )
    most = np.where(lent, ours.asked_mbit_s, 0.0).max(axis=(0, 2))
    slope = np.maximum(theirs.coverage_slope[helper] / rate_share, ours.greatest_slope)
    found = Helped(
        sector=pairs.sector,
        by=network.sector_id[pairs.helper],
        covered_share=pairs.covered_share,
        slope_w_per_mbit_s=slope,
        most_mbit_s=most.astype(np.float64),
        lent=lent,
    )
    return found if lent.any() else None


class _Pairs(NamedTuple):
    """Who may be helped by whom: positions of sectors, and the share that is reached."""

    sector: Ints
    helper: Ints
    covered_share: Doubles


def _pairs(network: Network, day: date, as_of: datetime, policy: Policy) -> _Pairs:
    """Return for each bare sector the neighbour that reaches most; the first of equals."""
    bare, relation = lacks_coverage(network), read("cell_neighbours", as_of=as_of)
    none = _Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    if not bare.any() or not relation.n_rows:
        return none
    is_bare = bare[network.cell_sector]
    may_help = _coverage(network)[network.cell_sector, network.cell_layer]
    rows = query(
        _SQL.read_text("utf-8").format(day=day.isoformat()),
        {
            "cell_neighbours": relation,
            "bare": _cells(network, is_bare),
            "helpers": _cells(network, may_help),
        },
    )
    n_cells = np.bincount(network.cell_sector, minlength=network.n_sectors)
    sector, helper, n, share = (
        rows[name].to_numpy() for name in ("sector", "helper", "n_cells", "covered_share")
    )
    # a cell that the neighbour does not reach would leave its users alone
    fit = (n == n_cells[sector]) & (share >= policy.neighbour_least_share)
    sector, helper, share = sector[fit], helper[fit], share[fit]
    order = np.lexsort((helper, -share, sector))
    best = order[np.unique(sector[order], return_index=True)[1]]
    return _Pairs(sector[best], helper[best], share[best].astype(np.float64))


def _coverage(grid: Grid) -> Bools:
    """Return layers that may carry for neighbours: LTE that is always on. (sector, layer)."""
    return np.asarray(grid.present & (grid.column("role") == "coverage") & ~grid.is_nr)


def _cells(network: Network, which: Bools) -> pa.Table:
    ids = network.cells["cell_id"].cast(pa.string()).filter(pa.array(which))
    return pa.table({"cell_id": ids, "sector": network.cell_sector[which]})


class _Facts(NamedTuple):
    """What some sectors may be asked and can do.

    ``asked_mbit_s`` is of both classes, NaN where not known, shape (day, n, slot); the rest of
    shape (n,): what LTE coverage layers carry, and the greatest slopes of these and of all layers.
    """

    asked_mbit_s: NDArray[np.float32]
    coverage_mbit_s: NDArray[np.float32]
    coverage_slope: Doubles
    greatest_slope: Doubles

    @classmethod
    def of(cls, network: Network, sectors: Ints, setting: Setting, learned: Learned) -> _Facts:
        parts = [sectors[at : at + _AT_ONCE] for at in range(0, len(sectors), _AT_ONCE)]
        found = [_facts(network.take(part), setting, learned) for part in parts]
        asked = np.concatenate([each.asked_mbit_s for each in found], axis=1)
        return cls(asked, *(np.concatenate(each) for each in list(zip(*found, strict=True))[1:]))


def _facts(grid: Network, setting: Setting, learned: Learned) -> _Facts:
    quantile = max(QUANTILE, setting.policy.quantile)
    days = setting.forecasts.asked(grid, setting.days, (quantile,), learned)
    asked = []
    for (each,) in days:
        of_day = each.planned.sum(axis=0)
        of_day[[reason is not None for reason in each.reason]] = np.nan
        asked.append(of_day)
    layers = setting.forecasts.layers(grid, setting.power)
    covers, slope = _coverage(grid), layers.slope_w_per_mbit_s.astype(np.float64)
    capacity = np.where(covers, layers.capacity_mbit_s[..., Mode.ON], 0).sum(axis=1)
    return _Facts(
        np.stack(asked),
        capacity,
        np.where(covers, slope, 0.0).max(axis=1, initial=0.0),
        np.where(layers.present, slope, 0.0).max(axis=1, initial=0.0),
    )
