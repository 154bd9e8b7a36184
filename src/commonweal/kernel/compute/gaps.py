"""Differences between two indicators that grew against the year before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Findings, month_number
from commonweal.periods import PeriodKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.kernel.compute.evaluation import Computation

_SPARE_DECIMALS: Final = 4  # as facts are kept: finer differences are no news


def gaps_widened(done: Computation) -> Findings:
    """Return a finding for each node and year whose gap is wider than that of the year before.

    The year before is taken as published, unless both are computed together. Where one of the four
    values has no data, nothing is said. The quantity is by how much the gap grew.
    """
    found, place = Findings(), {span: i for i, span in enumerate(done.periods)}
    for entry in catalogue().indicators.values():
        if entry.gap is None or entry.id not in done.values:
            continue
        gap = np.abs(done.values[entry.id].value - done.values[entry.gap.to].value)
        for span in done.asked:
            if span.kind is not PeriodKind.YEAR or span.year_before not in place:
                continue
            grown: NDArray[np.float64] = np.round(
                gap[:, place[span]] - gap[:, place[span.year_before]],
                entry.decimals + _SPARE_DECIMALS,
            )
            node = np.flatnonzero(grown > entry.gap.more_than)  # no data is never more
            month = np.full(len(node), month_number(span.start_date))
            rule = f"gap_widened {entry.id}"
            found += Findings.of("node", rule, done.org.node_id[node], month, grown[node])
    return found
