"""Datasets of the radio network: cells and their neighbours, counters, energy of elements."""

from __future__ import annotations

from commonweal.kernel.programmes.datasets import dataset_declare

RADIO_CELLS = dataset_declare(__file__, "radio_cells", rules=())
CELL_NEIGHBOURS = dataset_declare(__file__, "cell_neighbours", rules=())
CELL_COUNTERS = dataset_declare(__file__, "cell_counters", rules=())
ELEMENT_POWER = dataset_declare(__file__, "element_power", rules=())
