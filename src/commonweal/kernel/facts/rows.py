"""What callers hand in, and the table row it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from commonweal.kernel.facts.models import Fact
from commonweal.kernel.records.canonical import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from commonweal.periods import Period

_EXACT: Final = Context(prec=80)
_VALUE_STEP: Final = Decimal("1e-9")
_SHARE_STEP: Final = Decimal("1e-6")


class FactKey(NamedTuple):
    """What a value is of; one fact for each key is current."""

    indicator: str
    node: str
    boundary: str
    start_date: date
    end_date: date
    period_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One value to record; ``value`` is None where there is no data."""

    indicator: str
    node: str
    boundary: str
    period: Period
    value: Decimal | None
    unit: str
    decimals: int
    method: str
    estimated_share: Decimal | None = None
    lineage: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactBatch:
    """Values of one origin, and why those that restate others do so."""

    engine: str
    version: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    rows: Sequence[FactRow]
    reason: str = ""


def fact_of(row: FactRow) -> Fact:
    """Return the unsaved row, its values spelt as the database gives them back."""
    return Fact(
        indicator=row.indicator,
        node=row.node,
        boundary=row.boundary,
        period_kind=str(row.period.kind),
        start_date=row.period.start_date,
        end_date=row.period.end_date,
        value=None if row.value is None else rounded(row.value),
        unit=row.unit,
        decimals=row.decimals,
        method=str(row.method),
        estimated_share=(
            None if row.estimated_share is None else rounded(row.estimated_share, _SHARE_STEP)
        ),
        lineage=plain(row.lineage),
    )


def fact_key(fact: Fact) -> FactKey:
    """Return what a fact is of."""
    return FactKey(
        fact.indicator, fact.node, fact.boundary, fact.start_date, fact.end_date, fact.period_kind
    )


def rounded(value: Decimal, step: Decimal = _VALUE_STEP) -> Decimal:
    """Return ``value`` with the decimals that are kept, half to even; -0 is spelt 0."""
    kept = value.quantize(step, context=_EXACT)
    return kept.copy_abs() if kept.is_zero() else kept
