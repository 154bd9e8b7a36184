"""From activities of sites to quantities of nodes: owners, boundary shares, roll-up.

Axes: ``node × month × combination``, where a combination is one carrier at one place: everything
that shares a factor. Aggregating to combinations before a factor is joined is what makes the
computation cheap: a nation has millions of meters and a few hundred combinations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.rollup import roll_up
from commonweal.kernel.compute.activities import Findings, activities
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import boundary_shares, node_parents, site_nodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import Activities, ActivityRequest
    from commonweal.kernel.org.selectors import SiteNodes

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Nodes in order of id, their parents by month and their share of the boundary by month."""

    node_id: Ints  # (node,)
    code: tuple[str, ...]
    kind: tuple[str, ...]
    place: tuple[str, ...]
    parent: NDArray[np.int32]  # (node, month), index or -1
    exists: NDArray[np.bool_]  # (node, month)
    share: Floats  # (node, month)
    owners: SiteNodes


@dataclass(frozen=True, slots=True)
class Cube:
    """Totals over each node and all below it, shape (node, month, combination).

    ``n_rows`` counts the activity rows behind a cell: 0 means no data, which is not a quantity
    of 0.
    """

    combinations: tuple[tuple[str, str], ...]  # (carrier, place)
    quantity: Floats
    estimated: Floats
    n_rows: Floats
    inputs: Mapping[str, tuple[str, ...]]
    findings: Findings


def organisation(months: Sequence[date], boundary: str, as_of: datetime | None) -> Organisation:
    """Return the organisation of some months as it was known at an instant."""
    parents = node_parents(months, as_of)
    counted = boundary_shares(boundary, months, as_of)
    node_id = parents.node_id
    nodes = Node.objects.in_bulk(node_id.tolist())
    rows = [nodes[i] for i in node_id.tolist()]
    above = parents.parent_node_id
    parent = np.where(above < 0, -1, np.searchsorted(node_id, above)).astype(np.int32)
    share = np.zeros(parent.shape)
    share[np.searchsorted(node_id, counted.node_id)] = counted.share
    return Organisation(
        node_id,
        tuple(node.code for node in rows),
        tuple(node.kind for node in rows),
        tuple(node.place for node in rows),
        parent,
        parents.exists,
        share,
        site_nodes(months, as_of),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Activities attached to their nodes; shape (row,)."""

    node: Ints
    month: Ints  # index
    combination: list[tuple[str, str]]
    combination_index: Ints
    quantity: Floats
    estimated: Floats


def cube(source: str, request: ActivityRequest, org: Organisation) -> Cube:
    """Ask a source of activity data and add its rows up over the organisation."""
    found = activities(source, request)
    findings = Findings()
    parts = []
    for part in found:
        rows, lost = _attach(part, request, org)
        parts.append(rows)
        findings += part.findings + lost
    combinations = sorted({pair for rows in parts for pair in rows.combination})
    shape = (len(org.node_id), len(request.months), len(combinations), 3)
    own = np.zeros(shape)
    for rows in parts:
        renumber = np.array([combinations.index(pair) for pair in rows.combination], dtype=np.int64)
        cell = np.ravel_multi_index(
            (rows.node, rows.month, renumber[rows.combination_index]), shape[:3]
        )
        size = int(np.prod(shape[:3]))
        for i, weight in enumerate((rows.quantity, rows.estimated, None)):
            own[..., i] += np.bincount(cell, weight, minlength=size).reshape(shape[:3])
    own[..., :2] *= org.share[:, :, None, None]
    own[..., 2] *= (org.share > 0)[:, :, None]
    total = roll_up(own.reshape(*shape[:2], -1), org.parent).reshape(shape)
    if all(part.subject == "node" and not part.is_counted for part in found):
        findings += _also_below(own[..., 2], total[..., 2], combinations, request, org)
    return Cube(
        tuple(combinations),
        total[..., 0],
        total[..., 1],
        total[..., 2],
        _merged([part.inputs for part in found]),
        findings,
    )


def _also_below(
    own: Floats,
    total: Floats,
    combinations: Sequence[tuple[str, str]],
    request: ActivityRequest,
    org: Organisation,
) -> Findings:
    """List nodes that tell a value in a month in which nodes below them do: both are counted."""
    found = Findings()
    for i, (carrier, _) in enumerate(combinations):
        same = [k for k, (other, _) in enumerate(combinations) if other == carrier]
        node, month = np.nonzero((own[..., i] > 0) & ((total - own)[..., same].sum(axis=2) > 0))
        none = np.full(len(node), np.nan)
        rule = f"also_below {carrier}"
        found += Findings.of("node", rule, org.node_id[node], month + request.first_month, none)
    return found


def _merged(inputs: Sequence[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    names = {name for part in inputs for name in part}
    return {
        n: tuple(sorted({h for part in inputs for h in part.get(n, ())})) for n in sorted(names)
    }


def _attach(
    part: Activities, request: ActivityRequest, org: Organisation
) -> tuple[_Rows, Findings]:
    """Give each row its node and its place; rows that belong to nobody become findings.

    Nobody's are rows of a site without an owner, and those of a node that does not exist then.
    """
    month = part.month - request.first_month
    if part.subject == "site":
        owners = org.owners
        at = np.searchsorted(owners.site_id, part.subject_id)
        node_id = owners.node_id[at, month].astype(np.int64)
        places, place = list(owners.places), owners.site_place[at].astype(np.int64)
    else:
        node_id = part.subject_id
        places = [""] if part.is_counted else sorted(set(org.place))
        by_node = np.array(
            [places.index(p) if p in places else 0 for p in org.place], dtype=np.int64
        )
        place = by_node[np.searchsorted(org.node_id, node_id)]
    node = np.searchsorted(org.node_id, node_id)
    owned = (node_id >= 0) & org.exists[node, month]
    code = part.carrier * len(places) + place  # few codes, many rows: count instead of sorting
    pair = np.flatnonzero(np.bincount(code))
    index = np.searchsorted(pair, code)
    rows = _Rows(
        node[owned],
        month[owned],
        [(part.carriers[p // len(places)], places[p % len(places)]) for p in pair.tolist()],
        index[owned],
        part.quantity[owned],
        part.estimated[owned],
    )
    lost = Findings.of(
        part.subject, "no_owner", part.subject_id[~owned], part.month[~owned], part.quantity[~owned]
    )
    return rows, lost
