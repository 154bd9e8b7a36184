"""Reading the organisation: the tree of a day, and matrices by month for computation."""

from commonweal.kernel.org.selectors.boundaries import BoundaryShares, boundary_shares
from commonweal.kernel.org.selectors.meters_past import meters_known
from commonweal.kernel.org.selectors.nodes import NodeParents, Tree, node_parents, subtree_ids, tree
from commonweal.kernel.org.selectors.registers import (
    meter_codes,
    meters_table,
    node_codes,
    site_codes,
)
from commonweal.kernel.org.selectors.sites import SiteNodes, site_nodes

__all__ = [
    "BoundaryShares",
    "NodeParents",
    "SiteNodes",
    "Tree",
    "boundary_shares",
    "meter_codes",
    "meters_known",
    "meters_table",
    "node_codes",
    "node_parents",
    "site_codes",
    "site_nodes",
    "subtree_ids",
    "tree",
]
