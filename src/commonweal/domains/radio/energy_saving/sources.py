"""The radio network as activity data: traffic of metered elements, their energy, hours of sleep."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.kernel.compute.activities import Activities, activity_source, month_number
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from commonweal.kernel.compute.activities import ActivityRequest

CARRIERS: Final = ("radio_traffic", "radio_electricity", "radio_booster_time", "radio_sleep_time")
_QUERIES: Final = resources.files("commonweal.domains.radio.energy_saving") / "queries"
_DATASETS: Final = ("radio_cells", "cell_counters", "element_power")


@activity_source("radio")
def radio(request: ActivityRequest) -> Sequence[Activities]:
    """Return traffic and energy of metered elements, and hours of boosters, by site and month.

    Traffic of a day counts for the part of it that its element's meter told of, so that efficiency
    compares the same elements and hours; hours are those that cells reported, metered or not.
    """
    months = request.months
    cells = read("radio_cells", as_of=request.as_of)
    counters, power = (read(name, months=months, as_of=request.as_of) for name in _DATASETS[1:])
    if not (cells.files and (counters.files or power.files)):
        return []
    until = month_add(months[-1], 1) - timedelta(days=1)
    sql = (_QUERIES / "places.sql").read_text("utf-8").format(day=until.isoformat())
    places = query(sql, {"radio_cells": cells})
    places = places.filter(pa.array(request.asks_for(places["site_id"].to_numpy())))
    given = {"cell_counters": counters, "element_power": power, "places": places}
    rows = query((_QUERIES / "activities.sql").read_text("utf-8"), given)
    hashes = zip(_DATASETS, (cells, counters, power), strict=True)
    inputs = {name: relation.sha256s for name, relation in hashes}
    return [_told(rows, months, inputs)]


def _told(
    rows: pa.Table, months: tuple[date, ...], inputs: dict[str, tuple[str, ...]]
) -> Activities:
    """Return each carrier's column below the others, without the cells that have no data."""
    month = np.array([month_number(each) for each in rows["month"].to_pylist()], np.int64)
    site_id = rows["site_id"].to_numpy().astype(np.int64)
    columns = [pc.cast(rows[name], pa.float64()) for name in CARRIERS]
    quantity = np.concatenate([each.to_numpy() for each in columns])
    asked = np.isin(month, [month_number(each) for each in months])
    kept = np.isfinite(quantity) & np.tile(asked, len(CARRIERS))
    return Activities(
        subject="site",
        subject_id=np.tile(site_id, len(CARRIERS))[kept],
        month=np.tile(month, len(CARRIERS))[kept],
        carriers=CARRIERS,
        carrier=np.repeat(np.arange(len(CARRIERS)), len(month))[kept],
        quantity=quantity[kept],
        estimated=np.zeros(int(kept.sum())),
        inputs=inputs,
    )
