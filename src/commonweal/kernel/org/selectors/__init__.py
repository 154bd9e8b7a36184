"""Reading the organisation: the tree of a day, and matrices by month for computation."""

from commonweal.kernel.org.selectors.arrangements import (
    ROLES,
    Arrangements,
    Share,
    arrangements,
    gap_methods,
    replacements,
)
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
    "ROLES",
    "Arrangements",
    "BoundaryShares",
    "NodeParents",
    "Share",
    "SiteNodes",
    "Tree",
    "arrangements",
    "boundary_shares",
    "gap_methods",
    "meter_codes",
    "meters_known",
    "meters_table",
    "node_codes",
    "node_parents",
    "replacements",
    "site_codes",
    "site_nodes",
    "subtree_ids",
    "tree",
]
