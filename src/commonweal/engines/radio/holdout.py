"""Who is left alone today: units drawn by hash, so that anyone can draw them again.

A unit is what one meter wholly measures: a site with all its managed elements, or several sites
where one serves for another. Were sectors drawn, a meter would hold some that sleep and some that
do not, and the comparison would say nothing. Each day draws anew, so that no unit is always out.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.engines.radio.sectors import Bools

_FULL: Final = 2.0**64


class Day(Protocol):
    """A business day, such as a date."""

    def isoformat(self) -> str:
        """Write it as 2024-12-10."""


def is_holdout(units: Iterable[str], day: Day, *, seed: str, share: float) -> Bools:
    """Return which units stay awake all day for comparison; the same for any batch of them.

    A larger share keeps everyone whom a smaller one drew.

    Args:
        units: Names, such as codes of sites. Shape (unit,).
        day: The business day.
        seed: What makes the draw the operator's own; it is published with the result.
        share: Of unit-days, 0-1.

    Returns:
        Shape (unit,).

    Raises:
        InputError: The share is no share.

    >>> from datetime import date
    >>> int(is_holdout(map(str, range(10_000)), date(2024, 12, 10), seed="x", share=0.02).sum())
    209
    """
    if not 0 <= share <= 1:
        raise InputError(f"share={share} of a hold-out is not between 0 and 1")
    key = f"{seed}\n{day.isoformat()}\n".encode()
    numbers = [
        int.from_bytes(blake2b(key + unit.encode(), digest_size=8).digest(), "big")
        for unit in units
    ]
    return np.array(numbers, np.float64) < share * _FULL
