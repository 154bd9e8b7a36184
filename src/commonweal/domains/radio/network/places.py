"""Where sites stand: who runs each on a day, and in which province that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.errors import InputError
from commonweal.kernel.org.columns import integer_columns, text_columns
from commonweal.kernel.org.models import NodeKind, Site, SiteOwnership
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.org.spans import known, valid_on

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from commonweal.kernel.org.selectors import Tree


@dataclass(frozen=True, slots=True)
class Province:
    """One part of a national plan: a province, or what lies in none."""

    code: str
    place: str
    node_ids: tuple[int, ...]
    """The province and what lies below it."""


def provinces(
    at_date: date, *, as_of: datetime | None = None, node: str = ""
) -> tuple[Province, ...]:
    """Return the parts of the organisation, or of what lies below a node, by code.

    Raises:
        InputError: No such node on that day.
    """
    held = tree(at_date, as_of)
    if node and node not in held.code:
        raise InputError(
            f"no organisation node {node!r} on {at_date}", hint="see `commonweal org tree`"
        )
    heads = _heads(held)
    within = held.code.index(node) if node else None
    parts: dict[int, list[int]] = {}
    for i, head in enumerate(heads):
        if within is None or within == i or within in held.ancestors(i):
            parts.setdefault(head, []).append(int(held.node_id[i]))
    found = (Province(held.code[head], held.place[head], tuple(ids)) for head, ids in parts.items())
    return tuple(sorted(found, key=lambda part: part.code))


def _heads(held: Tree) -> list[int]:
    """Return for each node the position of its province, or of its root where there is none."""
    heads: list[int] = []
    for i, (kind, parent) in enumerate(zip(held.kind, held.parent.tolist(), strict=True)):
        heads.append(i if kind == NodeKind.PROVINCE or parent < 0 else heads[parent])
    return heads


def sites_of(
    at_date: date,
    *,
    as_of: datetime | None = None,
    node_ids: Collection[int] | None = None,
    site_ids: Collection[int] | None = None,
) -> pa.Table:
    """Return sites that somebody runs on a day: ``site_id site_code node_id province place``.

    Args:
        at_date: The business day.
        as_of: What was known then; None is now.
        node_ids: Only sites that these nodes run.
        site_ids: Only these.
    """
    rows = SiteOwnership.objects.filter(known(as_of), valid_on(at_date))
    site, node = integer_columns(rows, ("site_id", "node_id"))
    keep = np.ones(len(site), np.bool_)
    if node_ids is not None:
        keep &= np.isin(node, list(node_ids))
    if site_ids is not None:
        keep &= np.isin(site, list(site_ids))
    site, node = site[keep], node[keep]
    ids, codes, places = text_columns(Site.objects.all(), ("id", "code", "place"))
    at = pc.index_in(pa.array(site), ids.cast(pa.int64()))
    held = tree(at_date, as_of)
    heads = pa.array([held.code[head] for head in _heads(held)], pa.string())
    at_node = pc.index_in(pa.array(node), pa.array(held.node_id))
    return pa.table(
        {
            "site_id": pa.array(site, pa.int32()),
            "site_code": codes.take(at),
            "node_id": pa.array(node),
            "province": heads.take(at_node),
            "place": places.take(at),
        }
    )
