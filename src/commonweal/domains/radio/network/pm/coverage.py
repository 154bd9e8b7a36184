"""How much of a day was reported, of every cell of the inventory; missing is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.places import provinces
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonweal.lake.views import Relation

_DAY_S: Final = 86_400
_COUNTED: Final = """
SELECT asked.cell AS number, sum(duration_s) AS reported_s,
       sum(CASE WHEN suspect = 'yes' THEN duration_s ELSE 0 END) AS suspect_s
FROM rows_of_day INNER JOIN asked
  ON rows_of_day.element_dn = asked.element_dn AND rows_of_day.cell_dn = asked.cell_dn
GROUP BY asked.cell
"""
_DRAWN: Final = """
SELECT asked.cell AS number, sum(duration_s) AS reported_s
FROM rows_of_day INNER JOIN asked ON rows_of_day.element_dn = asked.element_dn
GROUP BY asked.cell
"""
_STRANGE: Final = """
SELECT DISTINCT rows_of_day.element_dn, rows_of_day.cell_dn
FROM rows_of_day LEFT JOIN asked
  ON rows_of_day.element_dn = asked.element_dn AND rows_of_day.cell_dn = asked.cell_dn
WHERE asked.cell IS NULL
ORDER BY 1, 2
"""
_OF_DAY: Final = """
SELECT * FROM rows
WHERE start_at >= CAST('{begin}' AS TIMESTAMP) AND start_at < CAST('{end}' AS TIMESTAMP)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a province or an element reported of a day; shares are of time."""

    name: str
    n_cells: int
    n_silent: int
    """Cells without any report."""
    counters_share: float
    suspect_share: float
    energy_share: float
    """Of the elements' time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was reported of a day."""

    at_date: date
    provinces: tuple[Reported, ...]
    elements: tuple[Reported, ...]
    """Those that did not report everything, the least first."""
    strangers: tuple[tuple[str, str], ...]
    """Element and object of reports that no cell of the inventory is behind."""


def coverage(*, at_date: date, as_of: datetime | None = None, node: str = "") -> Coverage:
    """Return which reports of a business day are there, of those that the inventory expects.

    Args:
        at_date: The day.
        as_of: What was known then; None is now.
        node: Only what lies below this node of the organisation.

    Raises:
        InputError: No such node.
    """
    day = _Day(at_date, as_of)
    found: list[Reported] = []
    elements: list[Reported] = []
    for part in provinces(at_date, as_of=as_of, node=node):
        cells = network(at_date=at_date, as_of=as_of, node_ids=part.node_ids).cells
        if cells.num_rows:
            told = day.told(cells)
            found.append(_reported(part.code, told))
            elements += _by_element(told)
    elements.sort(key=lambda each: (each.counters_share + each.energy_share, each.name))
    return Coverage(
        at_date=at_date,
        provinces=tuple(found),
        elements=tuple(each for each in elements if each.counters_share + each.energy_share < 2),  # noqa: PLR2004 - both whole
        strangers=() if node else day.strangers(),
    )


class _Day:
    """Rows of one business day, and the cells that were asked for."""

    def __init__(self, at_date: date, as_of: datetime | None) -> None:
        begin, end = (
            business_midnight(each).replace(tzinfo=None).isoformat(sep=" ")
            for each in (at_date, at_date + timedelta(days=1))
        )
        self._of_day = _OF_DAY.format(begin=begin, end=end)
        month = at_date.replace(day=1)
        self._rows = {
            name: read(name, months=[month], as_of=as_of)
            for name in ("cell_counters", "element_power")
        }
        self._asked: list[pa.Table] = []

    def _query(self, sql: str, rows: Relation, asked: pa.Table) -> pa.Table:
        return query(
            f"WITH rows_of_day AS ({self._of_day}) {sql}",
            {"rows": rows, "asked": asked},
        )

    def told(self, cells: pa.Table) -> pa.Table:
        """Return for each cell its element and the seconds that were reported of it."""
        names = cells.select(["element_dn", "cell_dn"]).combine_chunks()
        names = pa.table([each.cast(pa.string()) for each in names.columns], names.column_names)
        asked = names.append_column("cell", pa.array(np.arange(names.num_rows)))
        self._asked.append(names)
        counted = self._query(_COUNTED, self._rows["cell_counters"], asked)
        drawn = self._query(_DRAWN, self._rows["element_power"], asked)
        return pa.table(
            {
                "element_dn": names["element_dn"],
                "reported_s": _laid(counted, "reported_s", names.num_rows),
                "suspect_s": _laid(counted, "suspect_s", names.num_rows),
                "energy_s": _laid(drawn, "reported_s", names.num_rows),
            }
        )

    def strangers(self) -> tuple[tuple[str, str], ...]:
        """Return the objects that reported and are no cell of the inventory."""
        empty = pa.table(
            {"element_dn": pa.array([], pa.string()), "cell_dn": pa.array([], pa.string())}
        )
        names = pa.concat_tables([empty, *self._asked])
        asked = names.append_column("cell", pa.array(np.arange(names.num_rows)))
        found = self._query(_STRANGE, self._rows["cell_counters"], asked)
        return tuple((row["element_dn"], row["cell_dn"]) for row in found.to_pylist())


def _laid(found: pa.Table, name: str, n_cells: int) -> pa.Array:
    seconds = np.zeros(n_cells)
    seconds[found["number"].to_numpy()] = found[name].to_numpy()
    return pa.array(np.minimum(seconds, _DAY_S))


def _reported(name: str, told: pa.Table) -> Reported:
    mean = {each: pc.mean(told[each]).as_py() / _DAY_S for each in told.column_names[1:]}
    return Reported(
        name=name,
        n_cells=told.num_rows,
        n_silent=pc.sum(pc.equal(told["reported_s"], 0)).as_py(),
        counters_share=mean["reported_s"],
        suspect_share=mean["suspect_s"],
        energy_share=mean["energy_s"],
    )


def _by_element(told: pa.Table) -> list[Reported]:
    silent = pc.equal(told["reported_s"], 0).cast(pa.int64())
    found = (
        told.append_column("silent", silent)
        .group_by("element_dn")
        .aggregate(
            [
                ("silent", "count"),
                ("silent", "sum"),
                ("reported_s", "mean"),
                ("suspect_s", "mean"),
                ("energy_s", "mean"),
            ]
        )
    )
    return [
        Reported(
            name=row["element_dn"],
            n_cells=row["silent_count"],
            n_silent=row["silent_sum"],
            counters_share=row["reported_s_mean"] / _DAY_S,
            suspect_share=row["suspect_s_mean"] / _DAY_S,
            energy_share=row["energy_s_mean"] / _DAY_S,
        )
        for row in found.to_pylist()
    ]
