"""Groups: what one meter wholly measures, and everything to which its load may move.

A layer sleeps only where a layer of its own sector covers for it, so a group is a site; sites that
share a managed element are one group, because their meter does not tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.domains.radio.network.grid import Grid

    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Sites put into groups.

    Attributes:
        names: The first site's code of each. Shape (group,).
        of_site: Position of each site's group, by code.
        cells: A row for each cell: ``element_dn cell_dn cell_id ru_model bandwidth_mhz
            partner_share cell group``.
        elements: A row for each managed element: ``element_dn element group``.
    """

    names: tuple[str, ...]
    of_site: dict[str, int]
    cells: pa.Table
    elements: pa.Table

    @cached_property
    def cell_group(self) -> Ints:
        """Group of each cell."""
        return np.asarray(self.cells["group"].to_numpy())

    @cached_property
    def element_group(self) -> Ints:
        """Group of each element."""
        return np.asarray(self.elements["group"].to_numpy())


def groups_of(network: Grid) -> Groups:
    """Return the groups of a network, by name."""
    site = network.site_code[network.cell_sector]
    dn = network.cells["element_dn"].cast(pa.string())
    head = _heads(dn.to_pylist(), site.tolist())
    names = tuple(sorted(set(head.values())))
    place = {name: position for position, name in enumerate(names)}
    of_site = {code: place[name] for code, name in head.items()}
    group = np.array([of_site[code] for code in site.tolist()], np.int64)
    cells = pa.table(
        {
            "element_dn": dn,
            "cell_dn": network.cells["cell_dn"].cast(pa.string()),
            "cell_id": network.cells["cell_id"].cast(pa.string()),
            "ru_model": network.cells["ru_model"].cast(pa.string()),
            "bandwidth_mhz": network.cells["bandwidth_mhz"],
            "partner_share": pc.fill_null(network.cells["partner_share"], 0.0),
            "cell": np.arange(len(site)),
            "group": group,
        }
    )
    found, first = np.unique(dn.to_numpy(zero_copy_only=False).astype(str), return_index=True)
    elements = {"element_dn": found, "element": np.arange(len(found)), "group": group[first]}
    return Groups(names, of_site, cells, pa.table(elements))


def _heads(elements: list[str], sites: list[str]) -> dict[str, str]:
    """Return the first of all sites that hang together with each, through shared elements."""
    head = {code: code for code in sites}

    def first(code: str) -> str:
        while head[code] != code:
            code = head[code]
        return code

    seen: dict[str, str] = {}
    for element, code in zip(elements, sites, strict=True):
        low, high = sorted((first(seen.setdefault(element, code)), first(code)))
        head[high] = low
    return {code: first(code) for code in head}
