"""Use from register readings: aggregate, screen, walk what fails, cut at the months' boundaries."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.sources.meters import instants_us, month_numbers
from commonweal.engines.metering import (
    Consumption,
    Groups,
    MonthStarts,
    Rises,
    block_use,
    group_readings,
    group_runs,
    is_member,
    of_blocks,
    walked_too,
)
from commonweal.engines.metering.walk import unwrap
from commonweal.kernel.compute.activities import month_number
from commonweal.lake.pieces import can_read_pieces, pieces_mapped
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_midnight, month_add

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pyarrow as pa

    from commonweal.domains.carbon.sources.meters import Ints, Meters
    from commonweal.kernel.compute.activities import ActivityRequest
    from commonweal.lake.views import Relation


_FEW_METERS: Final = 5_000
"""Fewer are sought in the files by their statistics; for more it is quicker to look at all rows."""
_QUERIES: Final = resources.files("commonweal.domains.carbon") / "queries"


def use_by_readings(
    request: ActivityRequest, meters: Meters, among: Sequence[range]
) -> tuple[list[Consumption], tuple[str, ...]]:
    """Return use by meter and month for each block of meters, and the hashes of the segments read.

    Only meters with odd months are walked. A few meters are treated as all are, so that what
    one finds on the way down from a fact is what the fact was made of.
    """
    months = request.months
    around = [month_add(months[0], i) for i in range(-1, len(months) + 1)]
    relation = read("meter_readings", months=around, as_of=request.as_of)
    is_part = request.subject_ids is not None or bool(request.carriers)
    pieces = _aggregated(relation, meters, is_part=is_part)
    starts = (business_midnight(d) for d in (*months, month_add(months[-1], 1)))
    at_us = np.array([int(at.timestamp()) for at in starts]) * 1_000_000
    asked = MonthStarts(request.first_month, at_us)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        of_block = of_blocks(pieces, among)
        found = list(pool.map(lambda block: block_use(block, meters.rules, asked), of_block))
    use = walked_too(found, meters.rules, asked, partial(_walked, relation, meters))
    return use, relation.sha256s


def _aggregated(relation: Relation, meters: Meters, *, is_part: bool) -> list[Groups]:
    """Return first, last, least and greatest register by meter and month, in pieces.

    Rows of a file are sorted by meter, then time, so that one look along them does; a query serves
    where files correct one another, where a cluster reads, and for a few meters. All agree to the
    bit, for nothing is added up.
    """
    if not len(meters.meter_id):
        return []
    few = is_part and len(meters.meter_id) < _FEW_METERS
    if few or not can_read_pieces():
        return [_queried(relation, meters, is_part=is_part)]
    found = pieces_mapped(relation, ("meter_id", "read_at", "register"), partial(_piece, meters))
    if relation.layers or not found:
        found.append(_queried(relation.layered, meters, is_part=is_part))
    return found


def _piece(meters: Meters, month: date, rows: pa.Table) -> Groups:
    at_us, register = instants_us(rows["read_at"]), rows["register"].to_numpy()
    runs = group_runs(rows["meter_id"].to_numpy(), month_number(month), at_us, register)
    asked = is_member(meters.meter_id, runs.meter)
    if not asked.all():
        runs = runs.where(asked)
    return replace(runs, meter=np.searchsorted(meters.meter_id, runs.meter))


def _queried(relation: Relation, meters: Meters, *, is_part: bool) -> Groups:
    sql = (_QUERIES / "readings_by_month.sql").read_text("utf-8")
    relations: dict[str, Relation | pa.Table] = {"meter_readings": relation}
    if is_part:
        relations["asked"] = meters.asked(np.arange(len(meters.meter_id)))
        sql = sql.replace("GROUP BY", "WHERE meter_id IN (SELECT meter_id FROM asked)\nGROUP BY")
    rows = query(sql, relations)
    registers = {n: rows[n].to_numpy() for n in ("first", "last", "smallest", "largest")}
    return Groups(
        meter=meters.index(rows["meter_id"]),
        month=month_numbers(rows["month"]),
        **registers,
        first_at_us=instants_us(rows["first_at"]),
        last_at_us=instants_us(rows["last_at"]),
        n_readings=rows["n_readings"].to_numpy().astype(np.int64),
    )


def _walked(relation: Relation, meters: Meters, positions: Ints) -> Rises:
    """Read all readings of some meters and unwrap them."""
    sql = (_QUERIES / "readings_of_meters.sql").read_text("utf-8")
    rows = query(sql, {"meter_readings": relation, "asked": meters.asked(positions)})
    meter, at_us = meters.index(rows["meter_id"]), instants_us(rows["read_at"])
    order = np.lexsort((at_us, meter))
    meter, at_us = meter[order], at_us[order]
    register, flags = unwrap(meter, at_us, rows["register"].to_numpy()[order], meters.rules)
    return group_readings(meter, month_numbers(rows["month"])[order], at_us, register, flags)
