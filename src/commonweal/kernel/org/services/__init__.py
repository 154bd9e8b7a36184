"""Changing the organisation: every change is one event, and what was known before stays."""

from commonweal.kernel.org.services.arrangements import (
    gap_rule_set,
    meter_expression_set,
    meter_role_set,
    site_share_end,
    site_share_set,
)
from commonweal.kernel.org.services.boundaries import boundary_set, boundary_share_set
from commonweal.kernel.org.services.meters import (
    meter_exchange,
    meter_install,
    meter_replace,
    meter_update,
)
from commonweal.kernel.org.services.nodes import node_create, node_merge, node_move, node_update
from commonweal.kernel.org.services.sites import site_create, site_transfer, site_update

__all__ = [
    "boundary_set",
    "boundary_share_set",
    "gap_rule_set",
    "meter_exchange",
    "meter_expression_set",
    "meter_install",
    "meter_replace",
    "meter_role_set",
    "meter_update",
    "node_create",
    "node_merge",
    "node_move",
    "node_update",
    "site_create",
    "site_share_end",
    "site_share_set",
    "site_transfer",
    "site_update",
]
