"""Tables of the organisation, and of who uses what of a site's energy."""

from commonweal.kernel.org.models.energy import (
    GapMethod,
    GapRule,
    MeterExpression,
    MeterReplacement,
    MeterRole,
    PartyKind,
    Role,
    SiteShare,
)
from commonweal.kernel.org.models.organisation import (
    Approach,
    Boundary,
    BoundaryShare,
    Membership,
    Meter,
    Node,
    NodeKind,
    Site,
    SiteKind,
    SiteOwnership,
    Span,
)

__all__ = [
    "Approach",
    "Boundary",
    "BoundaryShare",
    "GapMethod",
    "GapRule",
    "Membership",
    "Meter",
    "MeterExpression",
    "MeterReplacement",
    "MeterRole",
    "Node",
    "NodeKind",
    "PartyKind",
    "Role",
    "Site",
    "SiteKind",
    "SiteOwnership",
    "SiteShare",
    "Span",
]
