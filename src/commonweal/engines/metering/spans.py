"""Cutting spans of days (bills, declared values) at the months' boundaries, each day counted once.

Axes: ``span``; ``piece`` is one span in one month. A ``series`` is what can have only one truth for
a day: the bills of one meter, the values that one node declares for one indicator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from commonweal.engines.metering.registers import Floats, Ints

_FAR: Final = 10_000_000  # days: further apart than any two dates


@dataclass(frozen=True, slots=True)
class Pieces:
    """Spans cut at the months' boundaries; shape (piece,).

    ``share`` is the part of the span's days that lies in the month. ``once`` is the part of a
    series' days in the month that is left when each counts once: 1 unless spans overlap. So
    ``quantity * share * once`` adds up to the mean of what the spans say about each day.
    """

    span: Ints
    month: Ints
    share: Floats
    once: Floats
    covered_share: Floats  # of the month, by all spans of the series together


def cut_spans(series: Ints, start_day: Ints, end_day: Ints, month_start_day: Ints) -> Pieces:
    """Allocate spans to months by days.

    Args:
        series: Number of the series, shape (span,).
        start_day: First day, days since 1970, shape (span,).
        end_day: Day after the last, shape (span,).
        month_start_day: First days of consecutive months and of the one after, (month + 1,).

    Returns:
        Pieces in the order of the spans. Shares of a span that lies within the months add up to 1.

    >>> import numpy as np
    >>> days = np.array([0, 31, 59])
    >>> cut = cut_spans(np.array([0]), np.array([21]), np.array([41]), days)
    >>> cut.span.tolist(), cut.month.tolist(), cut.share.tolist()
    ([0, 0], [0, 1], [0.5, 0.5])
    """
    first = np.searchsorted(month_start_day, start_day, side="right") - 1
    last = np.searchsorted(month_start_day, end_day, side="left") - 1
    first, last = np.maximum(first, 0), np.minimum(last, month_start_day.shape[0] - 2)
    n_months = np.maximum(last - first + 1, 0)
    span = np.repeat(np.arange(start_day.shape[0]), n_months)
    month = np.arange(span.shape[0]) - np.repeat(np.cumsum(n_months) - n_months - first, n_months)
    begin = np.maximum(start_day[span], month_start_day[month])
    end = np.minimum(end_day[span], month_start_day[month + 1])
    n_days = np.maximum(end - begin, 0)
    new_from = _new_from(series, start_day, end_day)[span]
    n_new = np.maximum(end - np.maximum(begin, new_from), 0)

    _, place = np.unique(series[span] * len(month_start_day) + month, return_inverse=True)
    counted, covered = np.bincount(place, n_days)[place], np.bincount(place, n_new)[place]
    n_month = np.diff(month_start_day)[month]
    share = n_days / (end_day - start_day)[span]
    return Pieces(span, month, share, covered / np.maximum(counted, 1), covered / n_month)


def _new_from(series: Ints, start_day: Ints, end_day: Ints) -> Ints:
    """Return the first day of each span that no span of its series which begins earlier covers."""
    order = np.lexsort((end_day, start_day, series))
    reach = np.maximum.accumulate(series[order] * _FAR + end_day[order]) - series[order] * _FAR
    new_from = start_day.copy()
    is_next = series[order][1:] == series[order][:-1]
    later = order[1:][is_next]
    new_from[later] = np.maximum(start_day[later], reach[:-1][is_next])
    return new_from
