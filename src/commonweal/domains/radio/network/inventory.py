"""The radio network on a day: sites, their sectors, and the layers that cover the same ground.

Axes are sector × layer. Layers of a sector stand with coverage first and the widest last; a sector
with fewer layers than the widest is padded, which ``present`` tells. Cells lie in one Arrow table,
a row each, sorted by site, sector and layer, so that a province of a million cells is small.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.network.findings import Finding, findings_of
from commonweal.domains.radio.network.layers import layers_of
from commonweal.domains.radio.network.places import sites_of
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.layers import LayerPolicy, PowerBook
    from commonweal.engines.radio.sectors import Bools, Layers

    Ints = NDArray[np.int64]
    Texts = NDArray[np.object_]

_CELLS: Final = resources.files("commonweal.domains.radio.network") / "queries" / "cells.sql"
_FEW_NAMES: Final = ("rat", "band", "ru_model", "role", "protected", "partner", "partner_sleep")
_CLASS_MHZ: Final = (30.0, 120.0)
CLASSES: Final = ("sparse", "medium", "dense")


@dataclass(frozen=True)
class Network:
    """Sectors of some sites on a day.

    Attributes:
        at_date: The day.
        cells: A row for each cell, sorted by site, sector and layer.
        sectors: A row for each sector: ``site_id site_code sector node_id province place``.
        cell_sector: Position of each cell's sector. Shape (cell,).
        cell_layer: Position of each cell in its sector. Shape (cell,).
        findings: What is wrong with the inventory, or looks so.
        sha256: Digest of the rows, for those who must say what a result was made from.
    """

    at_date: date
    cells: pa.Table
    sectors: pa.Table
    cell_sector: Ints
    cell_layer: Ints
    findings: tuple[Finding, ...]
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

    def layers(self, power: PowerBook, policy: LayerPolicy) -> Layers:
        """Return what every layer may do, carry and draw; see ``layers_of``."""
        return layers_of(self, power, policy)

    def __getitem__(self, part: slice) -> Network:
        """Return a run of the sectors; findings stay with the whole."""
        first, last, _ = part.indices(self.n_sectors)
        start, end = np.searchsorted(self.cell_sector, [first, last])
        return Network(
            at_date=self.at_date,
            cells=self.cells.slice(start, end - start),
            sectors=self.sectors.slice(first, last - first),
            cell_sector=self.cell_sector[start:end] - first,
            cell_layer=self.cell_layer[start:end],
            findings=(),
            sha256=self.sha256,
        )


def network(
    *,
    at_date: date,
    as_of: datetime | None = None,
    node_ids: Collection[int] | None = None,
    site_ids: Collection[int] | None = None,
) -> Network:
    """Return the network of some nodes' or some sites on a day.

    Args:
        at_date: The business day.
        as_of: What was known then; None is now.
        node_ids: Sites that these nodes run on the day, themselves and not through others below.
        site_ids: Only these sites.

    Returns:
        Sectors sorted by the site's code and the sector's name. Cells of sites that nobody runs
        are left out and told.
    """
    sites = sites_of(at_date, as_of=as_of, node_ids=node_ids, site_ids=site_ids)
    sql = _CELLS.read_text("utf-8").format(day=at_date.isoformat())
    rows = query(
        sql, {"radio_cells": read("radio_cells", as_of=as_of), "asked": sites.select(["site_id"])}
    )
    return network_of(rows, sites, at_date=at_date)


def network_of(rows: pa.Table, sites: pa.Table, *, at_date: date) -> Network:
    """Return the network of cells that are at hand.

    Args:
        rows: Columns of ``radio_cells`` with ``site_id``, one row a cell.
        sites: ``site_id site_code node_id province place`` of every site among them.
        at_date: The business day.
    """
    cells = _sorted(rows.join(sites.select(["site_id", "site_code"]), "site_id"))
    for name in _FEW_NAMES:
        at = cells.column_names.index(name)
        cells = cells.set_column(at, name, cells[name].combine_chunks().dictionary_encode())
    cell_sector, cell_layer, starts = _numbered(cells)
    sectors = cells.select(["site_id", "sector"]).take(pa.array(starts))
    at_site = pc.index_in(sectors["site_id"], sites["site_id"].combine_chunks())
    for name in ("site_code", "node_id", "province", "place"):
        sectors = sectors.append_column(name, sites[name].take(at_site))
    found = Network(
        at_date,
        cells.drop_columns(["site_code"]),
        sectors,
        cell_sector,
        cell_layer,
        (),
        _digest(cells),
    )
    return Network(**{**found.__dict__, "findings": findings_of(found)})


def _sorted(cells: pa.Table) -> pa.Table:
    """Sort by site, sector and layer: coverage first, then the narrow before the wide."""
    is_booster = pc.equal(cells["role"], "booster")
    order = ("site_code", "sector", "is_booster", "bandwidth_mhz", "channels", "cell_id")
    keyed = cells.append_column("is_booster", is_booster)
    at = pc.sort_indices(keyed, sort_keys=[(name, "ascending") for name in order])
    return cells.take(at).combine_chunks()


def _numbered(cells: pa.Table) -> tuple[Ints, Ints, Ints]:
    """Return each cell's sector and layer, and each sector's first cell."""
    if not cells.num_rows:
        return (np.zeros(0, np.int64),) * 3
    codes = [
        cells[name].combine_chunks().dictionary_encode().indices.to_numpy()
        for name in ("site_code", "sector")
    ]
    begins = np.ones(cells.num_rows, np.bool_)
    begins[1:] = (codes[0][1:] != codes[0][:-1]) | (codes[1][1:] != codes[1][:-1])
    sector = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins)
    return sector, np.arange(cells.num_rows) - starts[sector], starts


def _digest(cells: pa.Table) -> str:
    """Return a digest of the rows that does not depend on how they lie in memory."""
    digest = hashlib.sha256()
    for name in sorted(cells.column_names):
        digest.update(name.encode())
        column = cells[name].combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_string(column.type):
            texts = pc.fill_null(column, "\x00")
            digest.update(pc.binary_length(texts).to_numpy().tobytes())
            whole = pa.LargeListArray.from_arrays([0, len(texts)], texts)
            digest.update(pc.binary_join(whole, "")[0].as_buffer())
        else:
            whole_number = pa.types.is_date32(column.type)
            numbers = column.cast(pa.int32() if whole_number else column.type).cast(pa.float64())
            digest.update(pc.fill_null(numbers, np.nan).to_numpy().tobytes())
    return digest.hexdigest()
