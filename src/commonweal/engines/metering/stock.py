"""Fuel use from purchases and stock counts: opening + purchases - closing.

Axes: ``count`` and ``purchase``; a ``series`` is one carrier at one site; ``span`` of the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from commonweal.engines.metering.registers import Booleans, Floats, Ints

_FAR: Final = 10_000_000  # days: further apart than any two dates
LONGEST_DAYS: Final = 366
_ROUNDING_SHARE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class StockUse:
    """Use by spans of days, shape (span,); each purchase is in exactly one span.

    ``is_estimated`` marks purchases that no pair of counts encloses though the series is counted;
    ``is_negative`` spans whose counts contradict the purchases: their ``quantity`` is 0.
    """

    series: Ints
    start_day: Ints
    end_day: Ints
    quantity: Floats
    is_estimated: Booleans
    is_negative: Booleans
    missing: Floats
    """By how much the counts contradict, where they do."""


def stock_use(  # noqa: PLR0917 - three columns of each table
    count_series: Ints,
    count_day: Ints,
    counted: Floats,
    purchase_series: Ints,
    purchase_day: Ints,
    purchased: Floats,
) -> StockUse:
    """Return use between counts, and purchases outside of them on their own days.

    A count tells the stock at the start of its day. Two counts of a series more than a year apart
    enclose nothing. Purchases of a series without counts are its use; those of a counted one
    that no two counts enclose count too, as estimates, until the next count takes their place.

    Args:
        count_series: Shape (count,).
        count_day: Days since 1970; one count of a series a day.
        counted: Stock.
        purchase_series: Shape (purchase,).
        purchase_day: Days since 1970.
        purchased: Quantity.

    >>> import numpy as np
    >>> n = np.array
    >>> use = stock_use(n([0, 0]), n([0, 30]), n([50.0, 20.0]), n([0]), n([9]), n([100.0]))
    >>> use.quantity.tolist(), use.start_day.tolist(), use.end_day.tolist()
    ([130.0], [0], [30])
    """
    order = np.lexsort((count_day, count_series))
    series, day, stock = count_series[order], count_day[order], counted[order]
    encloses = (np.diff(series) == 0) & (np.diff(day) <= LONGEST_DAYS)
    at = (
        np.searchsorted(series * _FAR + day, purchase_series * _FAR + purchase_day, side="right")
        - 1
    )
    inside = np.append(encloses, np.zeros(1, np.bool_))[at] & (at >= 0)
    inside &= np.append(series, -1)[at] == purchase_series
    bought = np.bincount(at[inside], purchased[inside], minlength=len(series))[: len(encloses)]
    use = stock[:-1] + bought - stock[1:]
    slack = _ROUNDING_SHARE * (stock[:-1] + bought)
    outside = ~inside
    n_out = int(outside.sum())
    return StockUse(
        series=np.concatenate([series[:-1][encloses], purchase_series[outside]]),
        start_day=np.concatenate([day[:-1][encloses], purchase_day[outside]]),
        end_day=np.concatenate([day[1:][encloses], purchase_day[outside] + 1]),
        quantity=np.concatenate([use[encloses].clip(0), purchased[outside]]),
        is_estimated=np.concatenate(
            [
                np.zeros(int(encloses.sum()), np.bool_),
                _is_counted(series, day, purchase_series[outside], purchase_day[outside]),
            ]
        ),
        is_negative=np.concatenate([(use < -slack)[encloses], np.zeros(n_out, np.bool_)]),
        missing=np.concatenate([(-use).clip(0)[encloses], np.zeros(n_out)]),
    )


def _is_counted(series: Ints, day: Ints, of: Ints, on: Ints) -> Booleans:
    """Return whether a series is counted within a year of a day, before or after."""
    key = series * _FAR + day
    low = np.searchsorted(key, of * _FAR + on - LONGEST_DAYS, side="left")
    high = np.searchsorted(key, of * _FAR + on + LONGEST_DAYS, side="right")
    return np.asarray(high > low)
