"""What a plan does, read from the tables of least regrets, from its last slot on. Compiled.

Axes: configuration × lane, as in ``lanes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.compiling import inner

if TYPE_CHECKING:
    from commonweal.engines.radio.lanes import Block, Numbers
    from commonweal.engines.radio.sectors import Floats


@inner
def come_from(  # noqa: PLR0917
    m: int, n_choices: int, stride: int, switch: Floats, regret: Floats, meet: Numbers
) -> None:
    """Add what it costs one layer to come to choice ``m`` from each of its choices.

    ``meet`` grows into the configuration that both ends have in common: of each layer the deeper.
    """
    for before in range(n_choices):
        deeper, cost_wh = stride * max(m, before), switch[m] + switch[before]
        for first in range(before * stride, regret.shape[0], stride * n_choices):
            for other in range(first, first + stride):
                meet[other] += deeper
                if m != before:
                    regret[other] += cost_wh


@inner
def left_for(j: int, k: int, s: int, n: Numbers, block: Block, lead: int) -> int:  # noqa: PLR0917
    """Return the configuration that lane ``j`` left for ``k`` in slot ``s`` at the least regret."""
    regret, meet = block.left, block.meet
    for other in range(regret.shape[0]):
        regret[other], meet[other] = block.kept[s, other, j], 0
    stride, rest = 1, k
    for i in range(n.shape[0]):
        if n[i] > 1:
            come_from(rest % n[i], n[i], stride, block.switch[i, :, j], regret, meet)
            rest //= n[i]
            stride *= n[i]
    least, found = np.float32(np.inf), k
    for other in range(regret.shape[0]):
        for later in range(s, min(s + lead, block.flow.shape[0])):
            regret[other] += block.flow[later, meet[other], j]
        if regret[other] < least:
            least, found = regret[other], other
    return found


@inner
def trace(j: int, n: Numbers, block: Block, dwell: int, lead: int, path: Numbers) -> None:  # noqa: PLR0917
    """Write the configuration of every slot for lane ``j``, from the last slot to the first."""
    k, t = int(block.v[:, j].argmin()), block.flow.shape[0]
    while t > 0:
        if block.changed[t - 1, k, j]:
            path[t - dwell : t] = k
            t -= dwell
            if t > 0:
                k = left_for(j, k, t, n, block, lead)
        else:
            t -= 1
            path[t] = k
