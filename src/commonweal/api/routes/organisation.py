# ruff: noqa: B008 - a route's signature is what ninja reads
"""The organisation: its nodes on a day, and the sites they run."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query

from commonweal.api.callers import caller, needs
from commonweal.api.shapes import After, AsOf, Code, Day, Limit, Page, page_cut
from commonweal.kernel.org.models import Node, Site
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.org.selectors.nodes import subtree_ids
from commonweal.periods import business_date

router = Router(tags=["organisation"])


class NodeOut(Schema):
    """A node of the organisation on a day."""

    code: str
    kind: str
    place: str
    parent: str | None
    depth: int
    name: dict[str, str]


class SiteOut(Schema):
    """A site."""

    code: str
    kind: str
    name: str


class NodePage(Page[NodeOut]):
    """A page of nodes."""


class SitePage(Page[SiteOut]):
    """A page of sites."""


@router.get("/nodes", response=NodePage, auth=needs("read"))
def nodes_list(
    request: HttpRequest,
    limit: Limit,
    after: After,
    on: Day | None = Query(None, description="A business day; today if left out."),
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Return the organisation on a day, by code."""
    now = caller(request).now
    org = tree(on or business_date(now), as_of)
    order = sorted(range(len(org.code)), key=lambda i: org.code[i])
    wanted = [i for i in order if org.code[i] > after][: limit + 1]
    names = {row.code: row for row in Node.objects.filter(code__in=[org.code[i] for i in wanted])}
    items = [
        {
            "code": org.code[i],
            "kind": org.kind[i],
            "place": org.place[i],
            "parent": org.code[org.parent[i]] if org.parent[i] >= 0 else None,
            "depth": int(org.depth[i]),
            "name": _names(names[org.code[i]]),
        }
        for i in wanted[:limit]
    ]
    return {"items": items, "next": items[-1]["code"] if len(wanted) > limit else None}


@router.get("/sites", response=SitePage, auth=needs("read"))
def sites_list(
    request: HttpRequest,
    limit: Limit,
    after: After,
    node: Code | None = Query(None, description="Of this node and all below it, today."),
) -> dict[str, Any]:
    """Return sites by code."""
    rows = Site.objects.order_by("code").filter(code__gt=after)
    if node:
        today = business_date(caller(request).now)
        rows = rows.filter(
            ownerships__node__in=subtree_ids(node, today),
            ownerships__valid_from__lte=today,
            ownerships__superseded_at=None,
        ).exclude(ownerships__valid_to__lte=today)
    found, following = page_cut(list(rows.distinct()[: limit + 1]), limit, "code")
    return {
        "items": [{"code": s.code, "kind": s.kind, "name": s.name} for s in found],
        "next": following,
    }


def _names(node: Node) -> dict[str, str]:
    return {"zh-hant": node.name_zh_hant, "zh-hans": node.name_zh_hans, "en": node.name_en}
