"""Rows of cell counters as the arrays that guards judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.engines.radio.guard import Kpis, Usual
from commonweal.engines.radio.sectors import Mode
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.acting.adapter import Cell
    from commonweal.engines.radio.sectors import Modes

    Doubles = NDArray[np.float64]

_COLUMNS: Final = {
    "ue_throughput_kbit_s": "ue_throughput_dl_kbit_s",
    "rrc_attempts": "rrc_attempts",
    "rrc_successes": "rrc_successes",
    "abnormal_releases": "abnormal_releases",
    "handover_attempts": "handover_attempts",
    "handover_successes": "handover_successes",
}
_SLEPT: Final = {
    "rf_off_s": Mode.RF_OFF,
    "carrier_off_s": Mode.CARRIER_OFF,
    "deep_sleep_s": Mode.DEEP_SLEEP,
}
_PERIOD: Final = """
SELECT element_dn, cell_dn, prb_dl_share, prb_ul_share, ue_throughput_dl_kbit_s, rrc_attempts,
       rrc_successes, abnormal_releases, handover_attempts, handover_successes,
       duration_s, rf_off_s, carrier_off_s, deep_sleep_s
FROM cell_counters CROSS JOIN asked
WHERE start_at >= asked.since AND start_at < asked.until AND suspect = 'no'
"""
_USUAL: Final = """
SELECT element_dn, cell_dn,
       sum(rrc_successes) / nullif(sum(rrc_attempts), 0) AS setup_success_share,
       sum(abnormal_releases) / nullif(sum(rrc_successes), 0) AS abnormal_release_share,
       sum(handover_successes) / nullif(sum(handover_attempts), 0) AS handover_success_share,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY ue_throughput_dl_kbit_s) AS ue_throughput_kbit_s
FROM cell_counters CROSS JOIN asked
WHERE start_at >= asked.since AND start_at < asked.until AND suspect = 'no'
  AND coalesce(carrier_off_s, 0) + coalesce(deep_sleep_s, 0) + coalesce(rf_off_s, 0) = 0
GROUP BY element_dn, cell_dn
"""


class Names:
    """Cells by the names under which they report."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        """Learn the names of cells, in their order."""
        self.n_cells = len(cells)
        self._names = pa.array([f"{each.element_dn},{each.cell_dn}" for each in cells], pa.string())

    def places(self, rows: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which rows are of our cells, and of which."""
        told = pc.binary_join_element_wise(rows["element_dn"], rows["cell_dn"], ",")
        found = pc.fill_null(pc.index_in(told, value_set=self._names), -1)
        place = found.to_numpy().astype(np.int64)
        ours = np.flatnonzero(place >= 0)
        return ours, place[ours]

    def column(self, rows: pa.Table, name: str, ours: NDArray[np.int64]) -> Doubles:
        """Return a column of those rows; NaN where nothing was reported."""
        values = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.asarray(values, np.float64)[ours]

    def spread(self, values: Doubles, place: NDArray[np.int64]) -> Doubles:
        """Return values by cell; NaN for cells without a row."""
        found = np.full(self.n_cells, np.nan)
        found[place] = values
        return found


def kpis_of(rows: pa.Table, names: Names) -> Kpis:
    """Return the KPIs of one period, from rows of ``cell_counters``."""
    ours, place = names.places(rows)
    prb = np.fmax(
        names.column(rows, "prb_dl_share", ours), names.column(rows, "prb_ul_share", ours)
    )
    rest = {
        field: names.spread(names.column(rows, column, ours), place)
        for field, column in _COLUMNS.items()
    }
    return Kpis(prb_share=names.spread(prb, place), **rest)


def modes_of(rows: pa.Table, names: Names) -> Modes:
    """Return what cells counted of their own sleep: -1 where they did not say, or changed."""
    ours, place = names.places(rows)
    duration_s = names.column(rows, "duration_s", ours)
    mode = np.full(len(ours), -1, np.int8)
    slept = [
        names.column(rows, name, ours) for name in ("rf_off_s", "carrier_off_s", "deep_sleep_s")
    ]
    mode[(np.column_stack(slept) == 0).all(1)] = Mode.ON
    for which, seconds in zip(_SLEPT.values(), slept, strict=True):
        mode[seconds >= duration_s] = which
    found = np.full(names.n_cells, -1, np.int8)
    found[place] = mode
    return found


def reported(names: Names, since: datetime, until: datetime) -> tuple[Kpis, Modes]:
    """Return the KPIs and the modes of a period as the lake has them by now."""
    rows = _asked(_PERIOD, since, until)
    return kpis_of(rows, names), modes_of(rows, names)


def usual_of(names: Names, since: datetime, until: datetime) -> Usual:
    """Return what was usual of cells in the periods when they were fully on."""
    rows = _asked(_USUAL, since, until)
    ours, place = names.places(rows)
    return Usual(
        *(
            names.spread(names.column(rows, name, ours), place)
            for name in Usual.__dataclass_fields__
        )
    )


def _asked(sql: str, since: datetime, until: datetime) -> pa.Table:
    months = sorted({business_date(at).replace(day=1) for at in (since, until)})
    instant = pa.timestamp("us", "UTC")
    span = {"since": pa.array([since], instant), "until": pa.array([until], instant)}
    return query(
        sql, {"cell_counters": read("cell_counters", months=months), "asked": pa.table(span)}
    )
