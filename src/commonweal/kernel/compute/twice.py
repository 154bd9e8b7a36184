"""Values that people declare or record beside others: perhaps the same thing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Findings, month_number
from commonweal.kernel.compute.values import activity_of, period_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.catalogue import Indicator
    from commonweal.kernel.compute.evaluation import Computation
    from commonweal.periods import Period, PeriodKind

_OWN_SHARE: Final = 1e-9  # less of a sum than this is what its rounding left


def told_twice(done: Computation, kind: PeriodKind) -> Findings:
    """Return a finding for each node where two figures may tell of the same thing.

    An indicator names those that it must stay apart from (``apart_from``). What is declared or
    recorded counts at its own node, not above; it meets the other there, or in what lies below: a
    record of a whole group stands beside one of its provinces. The quantity is the other's.
    """
    found, book = Findings(), catalogue().indicators
    spans = [span for span in done.asked if span.kind is kind]
    for entry in book.values():
        for name in entry.apart_from:
            if not spans or entry.id not in done.values or name not in done.values:
                continue
            place = [done.periods.index(span) for span in spans]
            beside = done.values[name].value[:, place]
            here = done.values[entry.id].value[:, place]
            # no data is never more than nothing
            meets = _own(done, entry, spans) & (beside > 0)
            meets |= _own(done, book[name], spans) & (here > 0)
            if entry.source.kind == "records":
                rule = f"recorded_beside {name}"
            else:
                rule = f"declared_beside {name}"
            for s, span in enumerate(spans):
                node = np.flatnonzero(meets[:, s])
                month = np.full(len(node), month_number(span.start_date))
                found += Findings.of("node", rule, done.org.node_id[node], month, beside[node, s])
    return found


def _own(done: Computation, entry: Indicator, spans: Sequence[Period]) -> NDArray[np.bool_]:
    """Return which nodes tell of something themselves, shape (node, span)."""
    nothing = np.zeros((len(done.org.node_id), len(spans)), np.bool_)
    part = done.cubes.get(activity_of(entry)) if entry.source.kind != "activity" else None
    mine = (
        [i for i, (carrier, _) in enumerate(part.combinations) if carrier == entry.id]
        if part
        else []
    )
    if part is None or not mine:
        return nothing
    total = part.quantity[:, :, mine].sum(axis=2)
    own = total - _below(total, done.org.parent)
    own[own <= np.abs(total) * _OWN_SHARE] = 0.0
    return np.asarray(own @ period_matrix(done.months, spans, last=False) > 0)


def _below(total: NDArray[np.float64], parent: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return what the nodes directly below each node have, shape (node, month)."""
    below = np.zeros_like(total)
    node, month = np.nonzero(parent >= 0)
    np.add.at(below, (parent[node, month], month), total[node, month])
    return below
