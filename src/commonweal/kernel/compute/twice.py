"""Values that people declare beside what is computed from measurements: perhaps the same twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Findings, month_number
from commonweal.kernel.compute.values import period_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.kernel.compute.evaluation import Computation
    from commonweal.periods import PeriodKind


def declared_beside(done: Computation, kind: PeriodKind) -> Findings:
    """Return a finding for each node that declares what is computed for it or below it, too.

    An indicator names those that it must stay apart from (``apart_from``). A declaration counts at
    the node that makes it, not above; the quantity is what is computed beside it.
    """
    found = Findings()
    spans = [span for span in done.asked if span.kind is kind]
    for entry in catalogue().indicators.values():
        part = done.cubes.get("submissions")
        if not entry.apart_from or part is None or not spans:
            continue
        mine = [i for i, (carrier, _) in enumerate(part.combinations) if carrier == entry.id]
        if not mine:
            continue
        n_rows = part.n_rows[:, :, mine].sum(axis=2)
        own = n_rows - _below(n_rows, done.org.parent)
        declares = (own @ period_matrix(done.months, spans, last=False)) > 0
        for name in entry.apart_from:
            for s, span in enumerate(spans):
                beside = done.values[name].value[:, done.periods.index(span)]
                node = np.flatnonzero(declares[:, s] & (beside > 0))  # no data is never more
                month = np.full(len(node), month_number(span.start_date))
                rule = f"declared_beside {name}"
                found += Findings.of("node", rule, done.org.node_id[node], month, beside[node])
    return found


def _below(total: NDArray[np.float64], parent: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return what the nodes directly below each node have, shape (node, month)."""
    below = np.zeros_like(total)
    node, month = np.nonzero(parent >= 0)
    np.add.at(below, (parent[node, month], month), total[node, month])
    return below
