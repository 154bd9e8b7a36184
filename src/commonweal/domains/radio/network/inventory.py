"""The radio network on a day: sites, their sectors, and the layers that cover the same ground."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.network.findings import Finding, findings_of
from commonweal.domains.radio.network.grid import Grid
from commonweal.domains.radio.network.layers import layers_of
from commonweal.domains.radio.network.places import sites_of
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from commonweal.domains.radio.network.grid import Ints
    from commonweal.domains.radio.network.layers import LayerPolicy, PowerBook
    from commonweal.engines.radio.sectors import Layers

_CELLS: Final = resources.files("commonweal.domains.radio.network") / "queries" / "cells.sql"
_FEW_NAMES: Final = ("rat", "band", "ru_model", "role", "protected", "partner", "partner_sleep")


@dataclass(frozen=True)
class Network(Grid):
    """Sectors of some sites on a day, and ``findings``: what is wrong with the inventory."""

    findings: tuple[Finding, ...] = ()

    def layers(self, power: PowerBook, policy: LayerPolicy) -> Layers:
        """Return what every layer may do, carry and draw; see ``layers_of``."""
        return layers_of(self, power, policy)


def nodes_with_cells(at_date: date, *, as_of: datetime | None = None) -> frozenset[int]:
    """Return the nodes that run a site of which any row of the inventory tells."""
    relation = read("radio_cells", as_of=as_of)
    if not relation.files:
        return frozenset()
    rows = query("SELECT DISTINCT site_id FROM radio_cells", {"radio_cells": relation})
    sites = sites_of(at_date, as_of=as_of, site_ids=rows["site_id"].to_pylist())
    return frozenset(sites["node_id"].to_pylist())


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
    grid = Grid(
        at_date=at_date,
        cells=cells.drop_columns(["site_code"]),
        sectors=sectors,
        cell_sector=cell_sector,
        cell_layer=cell_layer,
        sha256=_digest(cells),
    )
    parts = {each.name: getattr(grid, each.name) for each in fields(grid)}
    return Network(**parts, findings=findings_of(grid))


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
