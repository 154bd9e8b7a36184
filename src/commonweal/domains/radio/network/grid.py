"""Cells laid out as sector × layer.

Layers of a sector stand with coverage first and the widest last; a sector with fewer layers than
the most is padded, which ``present`` tells. Cells lie in one Arrow table, a row each, sorted by
site, sector and layer, so that a province of a million cells is small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools

    Ints = NDArray[np.int64]
    Texts = NDArray[np.object_]

_CLASS_MHZ: Final = (30.0, 120.0)
CLASSES: Final = ("sparse", "medium", "dense")


@dataclass(frozen=True)
class Grid:
    """Sectors of some sites on a day.

    Attributes:
        at_date: The day.
        cells: A row for each cell, sorted by site, sector and layer.
        sectors: A row for each sector: ``site_id site_code sector node_id province place``.
        cell_sector: Position of each cell's sector. Shape (cell,).
        cell_layer: Position of each cell in its sector. Shape (cell,).
        sha256: Digest of the rows, for those who must say what a result was made from.
    """

    at_date: date
    cells: pa.Table
    sectors: pa.Table
    cell_sector: Ints
    cell_layer: Ints
    sha256: str

    @property
    def n_sectors(self) -> int:
        """How many sectors there are."""
        return int(self.sectors.num_rows)

    @cached_property
    def n_layers(self) -> int:
        """The most layers that a sector has."""
        return int(self.cell_layer.max(initial=-1)) + 1

    def grid(self, values: NDArray[Any], padding: object) -> NDArray[Any]:
        """Return values of cells as sector × layer."""
        found = np.full((self.n_sectors, self.n_layers, *values.shape[1:]), padding, values.dtype)
        found[self.cell_sector, self.cell_layer] = values
        return found

    def column(self, name: str, padding: object = "") -> NDArray[Any]:
        """Return a column of the cells as sector × layer; a text that is not there is empty."""
        values = self.cells[name]
        if pa.types.is_dictionary(values.type) or pa.types.is_string(values.type):
            texts = pc.fill_null(values.cast(pa.string()), "")
            return self.grid(texts.to_numpy(zero_copy_only=False), padding)
        return self.grid(values.to_numpy(zero_copy_only=False), padding)

    @cached_property
    def present(self) -> Bools:
        """The sector has this layer. Shape (sector, layer)."""
        return self.grid(np.ones(self.cells.num_rows, np.bool_), padding=False)

    @cached_property
    def cell_id(self) -> Texts:
        """Codes of cells. Shape (sector, layer)."""
        return self.column("cell_id")

    @cached_property
    def element_dn(self) -> Texts:
        """Managed elements of cells. Shape (sector, layer)."""
        return self.column("element_dn")

    @cached_property
    def cell_dn(self) -> Texts:
        """Measured objects of cells, each within its element. Shape (sector, layer)."""
        return self.column("cell_dn")

    @cached_property
    def is_nr(self) -> Bools:
        """The layer is NR. Shape (sector, layer)."""
        return np.asarray(self.column("rat") == "nr")

    @cached_property
    def board(self) -> Ints:
        """Number of the layer's baseband board, -1 without one. Shape (sector, layer)."""
        element, board = (self.cells[name].cast(pa.string()) for name in ("element_dn", "board"))
        named = pc.binary_join_element_wise(element, board, "/").combine_chunks()
        coded = named.dictionary_encode().indices
        return self.grid(pc.fill_null(coded, -1).to_numpy(zero_copy_only=False), -1)

    @cached_property
    def site_code(self) -> Texts:
        """Codes of the sectors' sites. Shape (sector,)."""
        return self.text("site_code")

    @cached_property
    def sector_id(self) -> Texts:
        """``site/sector``. Shape (sector,)."""
        return np.array(
            [
                f"{site}/{sector}"
                for site, sector in zip(self.site_code, self.text("sector"), strict=True)
            ],
            dtype=object,
        )

    @cached_property
    def sector_class(self) -> Ints:
        """Position in ``CLASSES``, by bandwidth in all: sectors alike in load. Shape (sector,)."""
        mhz = np.zeros(self.n_sectors)
        np.add.at(mhz, self.cell_sector, self.cells["bandwidth_mhz"].to_numpy())
        return np.searchsorted(_CLASS_MHZ, mhz, side="right")

    def text(self, name: str) -> Texts:
        """Return a column of the sectors as texts."""
        found = self.sectors[name].cast(pa.string()).to_numpy(zero_copy_only=False)
        return np.asarray(found, dtype=object)

    def __getitem__(self, part: slice) -> Self:
        """Return a run of the sectors; findings stay with the whole."""
        first, last, _ = part.indices(self.n_sectors)
        start, end = np.searchsorted(self.cell_sector, [first, last])
        return replace(
            self,
            cells=self.cells.slice(start, end - start),
            sectors=self.sectors.slice(first, last - first),
            cell_sector=self.cell_sector[start:end] - first,
            cell_layer=self.cell_layer[start:end],
        )

    def take(self, sectors: Ints) -> Self:
        """Return some of the sectors, given by their positions in rising order."""
        kept = np.isin(self.cell_sector, sectors)
        return replace(
            self,
            cells=self.cells.filter(pa.array(kept)),
            sectors=self.sectors.take(pa.array(sectors)),
            cell_sector=np.searchsorted(sectors, self.cell_sector[kept]),
            cell_layer=self.cell_layer[kept],
        )
