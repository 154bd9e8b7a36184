"""What a batch must fulfil before anything is written."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.kernel.facts.models import Fact, Method
from commonweal.kernel.facts.rows import fact_key, fact_of, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.catalogue import Indicator
    from commonweal.kernel.facts.rows import FactBatch, FactRow

_LARGEST: Final = Decimal(10) ** 21  # 30 digits, 9 of them decimals
_MOST_DECIMALS: Final = 9
_METHODS: Final = frozenset(Method.values)
_TEXTS: Final = tuple(
    (name, getattr(Fact._meta.get_field(name), "max_length", 0))  # noqa: SLF001 - public _meta
    for name in ("indicator", "node", "boundary", "unit")
)


def facts_checked(batch: FactBatch, indicators: Mapping[str, Indicator]) -> Sequence[Fact]:
    """Return the batch's rows as unsaved facts.

    Raises:
        InputError: The batch names no engine, names a key twice, or a row is impossible: an unknown
            indicator, another unit than the indicator's, a value that is no number, too long or
            outside the indicator's bounds, an unknown method, a share outside 0 to 1.
    """
    if not batch.engine or not batch.version:
        raise InputError("a batch of facts names no engine or no version")
    facts, seen = [], set()
    for row in batch.rows:
        _row_check(row, indicators)
        fact = fact_of(row)
        key = fact_key(fact)
        if key in seen:
            raise InputError(f"{_where(row)} stands twice in one batch")
        seen.add(key)
        facts.append(fact)
    return facts


def _row_check(row: FactRow, indicators: Mapping[str, Indicator]) -> None:
    indicator = indicators.get(row.indicator)
    if indicator is None:
        raise InputError(
            f"no indicator {row.indicator!r} is in the catalogue (node {row.node}, {row.period})",
            hint="see `commonweal catalogue list`",
        )
    for name, longest in _TEXTS:
        if not 0 < len(getattr(row, name)) <= longest:
            raise InputError(f"{_where(row)}: {name} must have 1 to {longest} characters")
    if row.unit != indicator.unit:
        raise InputError(f"{_where(row)} is in {row.unit}, its indicator in {indicator.unit}")
    if row.method not in _METHODS:
        raise InputError(
            f"{_where(row)}: {row.method!r} is no method", hint=", ".join(sorted(_METHODS))
        )
    if not 0 <= row.decimals <= _MOST_DECIMALS:
        raise InputError(f"{_where(row)}: {row.decimals} printed decimals; 0 to 9 are kept")
    if row.estimated_share is not None and not 0 <= row.estimated_share <= 1:
        raise InputError(f"{_where(row)}: estimated share {row.estimated_share} is not 0 to 1")
    if row.value is not None:
        _value_check(row, row.value, indicator)


def _value_check(row: FactRow, value: Decimal, indicator: Indicator) -> None:
    if not value.is_finite() or abs(value) >= _LARGEST:
        raise InputError(
            f"{_where(row)}: {value} cannot be kept", hint="write None where there is no data"
        )
    low, high = indicator.bounds
    if not low <= rounded(value) <= high:
        raise InputError(
            f"{_where(row)}: {value} {row.unit} is outside the bounds {low} to {high}",
            hint="check the readings behind it; bounds are in the catalogue",
        )


def _where(row: FactRow) -> str:
    return f"{row.indicator} of {row.node} in {row.period}"
