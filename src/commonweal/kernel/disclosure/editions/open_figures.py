"""Figures that anybody may read: facts of published editions, and nothing besides.

A fact is open from the first published edition that rests on it. Where a later edition rests on
another fact of the same indicator, node and period, the earlier one stays to be read as history.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.editions.freezing import ids_read
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.records.canonical import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from commonweal.kernel.disclosure.editions.edition import Edition

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """One published figure, and the edition that published it."""

    indicator: str
    node: str
    boundary: str
    period: str
    start_date: date
    end_date: date
    value: Decimal | None
    unit: str
    decimals: int
    method: str
    edition: str
    published_at: datetime
    fact: int
    leaf_index: int
    leaf_hash: str
    is_current: bool

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is a figure of."""
        return self.indicator, self.node, self.boundary, self.period


def open_figures(editions: Iterable[Edition]) -> tuple[OpenFigure, ...]:
    """Return the figures of editions, ordered by indicator, node, first day and publication.

    Args:
        editions: Those that anybody may read; whoever calls sees to embargo and withdrawal.
    """
    known = sorted((e.published_at, e.code, e.fact_ids) for e in editions if e.published_at)
    return _figures(tuple(known))


@lru_cache(maxsize=4)  # published editions never change: the same ones are the same figures
def _figures(editions: tuple[tuple[datetime, str, str], ...]) -> tuple[OpenFigure, ...]:
    first: dict[int, tuple[str, datetime]] = {}
    for published_at, code, ids in editions:
        for pk in ids_read(ids):
            first.setdefault(pk, (code, published_at))
    rows = sorted(_facts(list(first)), key=lambda fact: (first[fact.pk][1], fact.leaf_index))
    newest = {_key(fact): fact.pk for fact in rows}
    rows.sort(key=lambda fact: (fact.indicator, fact.node, fact.start_date, fact.end_date))
    return tuple(
        OpenFigure(
            indicator=fact.indicator,
            node=fact.node,
            boundary=fact.boundary,
            period=str(fact.period),
            start_date=fact.start_date,
            end_date=fact.end_date,
            value=fact.value,
            unit=fact.unit,
            decimals=fact.decimals,
            method=fact.method,
            edition=first[fact.pk][0],
            published_at=first[fact.pk][1],
            fact=fact.pk,
            leaf_index=fact.leaf_index,
            leaf_hash=bytes(fact.leaf_hash).hex(),
            is_current=newest[_key(fact)] == fact.pk,
        )
        for fact in rows
    )


def _key(fact: Fact) -> tuple[str, str, str, str]:
    return fact.indicator, fact.node, fact.boundary, str(fact.period)


def _facts(ids: Sequence[int]) -> list[Fact]:
    found: list[Fact] = []
    for start in range(0, len(ids), _CHUNK):
        found += Fact.objects.defer("lineage").filter(pk__in=ids[start : start + _CHUNK])
    return found


def figure_row(figure: OpenFigure) -> dict[str, str]:
    """Return a figure as the cells of a table; no data is an empty one."""
    told = {name: getattr(figure, name) for name in COLUMNS}
    told["value"] = "" if figure.value is None else format(figure.value, "f")
    told["published_at"] = instant(figure.published_at)
    told["is_current"] = "true" if figure.is_current else "false"
    return {name: str(value) for name, value in told.items()}


COLUMNS = {
    "indicator": ("string", "Id of the indicator; its definition stands in datapackage.json."),
    "node": ("string", "Code of the part of the organisation that it is of."),
    "boundary": ("string", "Code of the reporting boundary."),
    "period": ("string", "As 2024, 2024-H1, 2024-Q1 or 2024-03."),
    "start_date": ("date", "First day."),
    "end_date": ("date", "Day after the last day."),
    "value": ("number", "Exact value; empty where there is no data, which is not zero."),
    "unit": ("string", "Unit of the value."),
    "decimals": ("integer", "Decimals that are printed."),
    "method": ("string", "measured, calculated, estimated or declared."),
    "edition": ("string", "Code of the edition that first published it."),
    "published_at": ("datetime", "When that edition was published."),
    "fact": ("integer", "Number of the fact in the operator's register."),
    "leaf_index": ("integer", "Place of the fact in the log (RFC 6962)."),
    "leaf_hash": ("string", "Its hash there."),
    "is_current": ("boolean", "false: a later edition published another value."),
}
"""The columns of the open table: type and meaning."""
