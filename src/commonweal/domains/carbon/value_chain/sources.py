"""Scope 3 as activity data, a source for each category, as known at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.carbon.value_chain.methods import Counted, counted, in_force
from commonweal.kernel.compute.activities import Activities, Findings, activity_source
from commonweal.kernel.compute.dated import dated_rows
from commonweal.kernel.compute.spans import cut_to_months, span_rows
from commonweal.kernel.programmes.asof import head_at, known_rows
from commonweal.kernel.programmes.registry import record_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.kernel.compute.activities import ActivityRequest

_PURCHASE: Final = (
    "node_id, purchase, purchased_date, category, supplier, product, quantity, unit, material, "
    "spend_class, amount_cny"
)
_FOOTPRINT: Final = (
    "id",
    "supplier",
    "product_ids",
    "declared_unit",
    "declared_amount",
    "pcf_kgco2e",
    "valid_from",
    "valid_until",
)


@activity_source("scope3_goods")
def goods(request: ActivityRequest) -> Sequence[Activities]:
    """Return purchased goods and services (category 1), each purchase by one method."""
    return [_purchases(request, "goods")]


@activity_source("scope3_capital")
def capital(request: ActivityRequest) -> Sequence[Activities]:
    """Return capital goods (category 2), each purchase by one method."""
    return [_purchases(request, "capital")]


@activity_source("scope3_business")
def business(request: ActivityRequest) -> Sequence[Activities]:
    """Return business travel (category 6): kilometres and nights by mode."""
    return [_spans(request, "travel", "business", "mode", "quantity")]


@activity_source("scope3_commuting")
def commuting(request: ActivityRequest) -> Sequence[Activities]:
    """Return commuting (category 7): kilometres by mode."""
    return [_spans(request, "travel", "commuting", "mode", "quantity")]


@activity_source("scope3_leased_in")
def leased_in(request: ActivityRequest) -> Sequence[Activities]:
    """Return electricity of assets leased from others and not in scope 2 (category 8), kWh."""
    return [_spans(request, "assets_used", "leased_in", "'electricity'", "energy_kwh")]


@activity_source("scope3_product_use")
def product_use(request: ActivityRequest) -> Sequence[Activities]:
    """Return electricity that products sold will use in their life (category 11), kWh."""
    return [_spans(request, "assets_used", "product_use", "'electricity'", "energy_kwh")]


@activity_source("scope3_leased_out")
def leased_out(request: ActivityRequest) -> Sequence[Activities]:
    """Return electricity of assets leased to others (category 13), kWh."""
    return [_spans(request, "assets_used", "leased_out", "'electricity'", "energy_kwh")]


def purchases_counted(
    request: ActivityRequest, category: str
) -> tuple[pa.Table, np.ndarray[Any, np.dtype[np.int64]], list[Counted], dict[str, Any]]:
    """Return a category's purchases, their months, the method of each, and what was read."""
    rows, month, hashes = dated_rows("purchases", _PURCHASE, request)
    mine = np.asarray(pc.equal(rows["category"], category).combine_chunks())
    rows, month = rows.filter(pa.array(mine)), month[mine]
    known, head = footprints_known(request.as_of)
    footprints = in_force(known)
    methods = [counted(row, footprints) for row in rows.to_pylist()]
    return rows, month, methods, {"purchases": hashes, "events": (head,)}


def footprints_known(as_of: datetime | None) -> tuple[list[dict[str, Any]], str]:
    """Return the footprints in use as known at an instant, and the log's place of that."""
    head = head_at(as_of)
    rows = known_rows(record_type("value_chain.footprint"), _FOOTPRINT, head)
    used = rows.filter(pc.equal(rows["state"], "accepted")).sort_by("id")
    return used.to_pylist(), str(head)


def _purchases(request: ActivityRequest, category: str) -> Activities:
    rows, month, methods, inputs = purchases_counted(request, category)
    node_id = rows["node_id"].to_numpy().astype(np.int64)
    names = tuple(sorted({each.carrier for each in methods}))
    place = {name: i for i, name in enumerate(names)}
    quantity = np.array([each.quantity for each in methods], np.float64)
    odd = np.array([each.has_odd_unit for each in methods], np.bool_)
    return Activities(
        subject="node",
        subject_id=node_id,
        month=month,
        carriers=names,
        carrier=np.array([place[each.carrier] for each in methods], np.int64),
        quantity=quantity,
        estimated=np.array(
            [e.quantity if e.carrier.startswith("spend_") else 0.0 for e in methods]
        ),
        inputs=inputs,
        findings=Findings.of("node", "footprint_unit", node_id[odd], month[odd], quantity[odd]),
    )


def _spans(
    request: ActivityRequest, dataset: str, category: str, carrier: str, quantity: str
) -> Activities:
    columns = f"node_id, category, {carrier} AS carrier, {quantity} AS quantity"
    rows, hashes = span_rows(dataset, columns, request)
    mine = pc.and_(
        pc.equal(rows["category"], category), pa.array(request.asks_for(rows["node_id"].to_numpy()))
    )
    rows = rows.filter(mine)
    names = rows["carrier"].combine_chunks().cast(pa.string()).dictionary_encode()
    cut = cut_to_months(rows, request)
    part = rows["quantity"].to_numpy()[cut.span] * cut.share
    return Activities(
        subject="node",
        subject_id=rows["node_id"].to_numpy().astype(np.int64)[cut.span],
        month=cut.month,
        carriers=tuple(names.dictionary.to_pylist()),
        carrier=np.asarray(names.indices).astype(np.int64)[cut.span],
        quantity=part,
        estimated=np.zeros(len(part)),
        inputs={dataset: hashes},
    )
