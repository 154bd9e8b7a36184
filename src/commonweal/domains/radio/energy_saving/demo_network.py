"""A generated radio network at some sites of the demo operator: its cells, and what it reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.domains.radio.network import synthetic
from commonweal.domains.radio.network.places import sites_of
from commonweal.engines.radio.sectors import Demand, Rules
from commonweal.kernel.org.models import Site
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from commonweal.engines.radio.sectors import Layers

SEED: Final = 2024
FIRST_DATE: Final = date(2024, 11, 12)
PLAN_DATE: Final = date(2024, 12, 10)
N_DAYS: Final = 7
SLOTS_A_DAY: Final = 24
RULES: Final = Rules(slot_h=24 / SLOTS_A_DAY, dwell_slots=2, lead_slots=1)
_HISTORY_DAYS: Final = (PLAN_DATE - FIRST_DATE).days
_N_PROVINCES: Final = 8
_OF_A_PROVINCE: Final = 3
_BUILT: Final = date(2024, 1, 1)
_COVERAGE: Final = "b8"
_LENDS, _LEANS = "1", "3"
_MORE: Final = "b3"
_COVERED_SHARE: Final = 0.99
_ONE_IN: Final = 3  # sites


@dataclass(frozen=True, slots=True)
class DemoNetwork:
    """The network as it truly is, which the operator only knows from reports.

    ``demand`` is of all days from ``FIRST_DATE`` to the plan's last, sector × slot.
    """

    cells: pa.Table
    layers: Layers
    demand: Demand

    def of_days(self, first_date: date, n_days: int) -> Demand:
        """Return the true demand of some days."""
        first = (first_date - FIRST_DATE).days * SLOTS_A_DAY
        of_days = slice(first, first + n_days * SLOTS_A_DAY)
        return Demand(self.demand.lte_mbit_s[:, of_days], self.demand.nr_mbit_s[:, of_days])


def network_build(folder: Path, *, actor: str, now: datetime) -> DemoNetwork:
    """Take in the cells and four weeks of reports with every layer on."""
    made = network_make(_sites())
    take("radio_cells", made.cells, folder, actor=actor, now=now)
    take("cell_neighbours", _neighbours(made.cells), folder, actor=actor, now=now)
    demand = made.of_days(FIRST_DATE, _HISTORY_DAYS)
    all_on = np.zeros((*made.layers.present.shape, demand.lte_mbit_s.shape[1]), np.int8)
    counters, power = synthetic.reports(
        synthetic.sectors(made.cells),
        made.layers,
        demand,
        all_on,
        RULES,
        start_at=business_midnight(FIRST_DATE),
        seed=SEED,
    )
    take("cell_counters", counters, folder, actor=actor, now=now)
    take("element_power", power, folder, actor=actor, now=now)
    return made


def network_make(sites: Sequence[str]) -> DemoNetwork:
    """Generate cells at sites, and what is true of them."""
    cells = synthetic.cells(sites, seed=SEED, from_date=_BUILT)
    cells = _with_help(cells, frozenset(sites[1::_ONE_IN]))
    layers = synthetic.true_layers(cells, seed=SEED)
    lte, nr = synthetic.demand(
        layers.n_sectors,
        _HISTORY_DAYS + N_DAYS,
        SLOTS_A_DAY,
        seed=SEED,
        first_weekday=FIRST_DATE.weekday(),
    )
    flat = (layers.n_sectors, -1)
    return DemoNetwork(cells, layers, Demand(lte.reshape(flat), nr.reshape(flat)))


def _with_help(cells: pa.Table, sites: frozenset[str]) -> pa.Table:
    """Return cells of which third sectors of some sites lean on the first, which covers more."""
    leave_out = {f"{site}-{_LEANS}-{_COVERAGE}" for site in sites}
    covers = {f"{site}-{_LENDS}-{_MORE}" for site in sites}
    rows = [
        row | ({"role": "coverage"} if row["cell_id"] in covers else {})
        for row in cells.to_pylist()
        if row["cell_id"] not in leave_out
    ]
    return pa.Table.from_pylist(rows, schema=cells.schema)


def _neighbours(cells: pa.Table) -> pa.Table:
    rows = [
        {
            "cell_id": row["cell_id"],
            "neighbour_id": f"{row['site_id']}-{_LENDS}-{_COVERAGE}",
            "from_date": _BUILT,
            "covered_share": _COVERED_SHARE,
        }
        for row in cells.to_pylist()
        if row["sector"] == _LEANS
    ]
    return pa.Table.from_pylist(rows)


def take(dataset: str, rows: pa.Table, folder: Path, *, actor: str, now: datetime) -> None:
    """Bring rows into the lake as the file that an operator would bring."""
    path = folder / f"{dataset}-{now:%Y%m%d}.parquet"
    pq.write_table(rows, path)
    source_ingest(dataset, path, actor=actor, now=now)


def _sites() -> list[str]:
    """Return base stations of a few provinces, those that have the most."""
    macros = set(Site.objects.filter(kind="macro").values_list("code", flat=True))
    by_province: dict[str, list[str]] = {}
    for row in sites_of(PLAN_DATE).sort_by("site_code").to_pylist():
        if row["site_code"] in macros:
            by_province.setdefault(row["province"], []).append(row["site_code"])
    most_first = sorted(by_province.items(), key=lambda item: (-len(item[1]), item[0]))
    return sorted(code for _, codes in most_first[:_N_PROVINCES] for code in codes[:_OF_A_PROVINCE])
