"""What is odd about one entered value: against the last period, its peers, and what was computed.

Nothing here refuses: an odd value may be right, and then somebody says why. Values are in one unit;
``peers`` has shape (peer,), without the value itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIGMA_OF_MAD: Final = 1.4826  # the standard deviation of a normal sample, from its MAD
_LEAST_SPREAD: Final = 0.05  # peers that agree to the last digit still allow 5 %


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """Beyond what a value asks for a reason; shares are of the value compared with."""

    step_share: float = 0.5
    differs_share: float = 0.05
    robust_z: float = 3.5
    n_peers: int = 5
    """Fewer peers say nothing."""


@dataclass(frozen=True, slots=True)
class Odd:
    """One thing that is odd, ``step``, ``peers`` or ``differs``: a share, or a robust z."""

    check: str
    size: float


def robust_z(value: float, peers: NDArray[np.float64]) -> float:
    """Return how many robust standard deviations a value lies from its peers' median.

    Where all are positive they are compared by their logarithms: units of very different size are
    peers, and twice as much is as odd as half as much. The spread is at least 5 %.

    Args:
        value: The value.
        peers: What others of the same kind say, shape (peer,), at least one.

    Source: B. Iglewicz, D. C. Hoaglin, How to Detect and Handle Outliers, ASQC 1993, section 3.3
        (the modified z-score and its limit of 3.5).

    >>> round(robust_z(8.0, np.array([1.0, 2.0, 2.0, 2.0, 4.0])), 1)
    27.7
    >>> robust_z(2.0, np.array([1.0, 2.0, 3.0]))
    0.0
    """
    is_positive = value > 0 and bool((peers > 0).all())
    scaled = np.log(peers) if is_positive else peers
    own = np.log(value) if is_positive else value
    middle = float(np.median(scaled))
    least = _LEAST_SPREAD if is_positive else _LEAST_SPREAD * abs(middle)
    spread = max(_SIGMA_OF_MAD * float(np.median(np.abs(scaled - middle))), least)
    distance = float(own) - middle
    if distance == 0:
        return 0.0
    return distance / spread if spread else float(np.copysign(np.inf, distance))


def odd_things(
    value: float,
    *,
    previous: float | None,
    computed: float | None,
    peers: NDArray[np.float64],
    limits: CheckLimits,
) -> tuple[Odd, ...]:
    """Return what is odd about a value; nothing where there is nothing to compare it with.

    Args:
        value: As entered.
        previous: Of the period before; None if unknown.
        computed: Of the same period, by another route; None if unknown.
        peers: Of others of the same kind, shape (peer,).
        limits: What still passes, exactly met included.

    >>> odd_things(160.0, previous=100.0, computed=None, peers=np.array([]), limits=CheckLimits())
    (Odd(check='step', size=0.6),)
    """
    found = []
    for check, base, most in (
        ("step", previous, limits.step_share),
        ("differs", computed, limits.differs_share),
    ):
        if base is not None and abs(value - base) > most * abs(base):
            size = (value - base) / abs(base) if base else float(np.copysign(np.inf, value))
            found.append(Odd(check, size))
    if len(peers) >= limits.n_peers and abs(z := robust_z(value, peers)) > limits.robust_z:
        found.append(Odd("peers", z))
    return tuple(found)
