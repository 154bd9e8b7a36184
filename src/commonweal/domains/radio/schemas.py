"""Datasets of the radio network: cells and their neighbours, counters, energy of elements."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.kernel.programmes.datasets import dataset_declare
from commonweal.lake.datasets import RowRule


def _partner_named(rows: pa.Table) -> pa.Array:
    told = pc.or_(rows["partner_share"].is_valid(), rows["partner_sleep"].is_valid())
    return pc.or_(rows["partner"].is_valid(), pc.invert(told))


def _another(rows: pa.Table) -> pa.Array:
    return pc.not_equal(rows["cell_id"], rows["neighbour_id"])


RADIO_CELLS = dataset_declare(
    __file__,
    "radio_cells",
    rules=(
        RowRule(
            name="partner_named",
            sentence="whoever shares the energy or may veto sleep is named",
            hint="fill in partner, or leave its share and its word on sleep blank",
            accepts=_partner_named,
            columns=("cell_id",),
        ),
    ),
)
CELL_NEIGHBOURS = dataset_declare(
    __file__,
    "cell_neighbours",
    rules=(
        RowRule(
            name="another_cell",
            sentence="a neighbour is another cell",
            hint="leave the row out",
            accepts=_another,
            columns=("cell_id",),
        ),
    ),
)
CELL_COUNTERS = dataset_declare(__file__, "cell_counters", rules=())
ELEMENT_POWER = dataset_declare(__file__, "element_power", rules=())
