"""What a holding cost: moving average, or first in, first out. Pure: lots in, a cost out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

METHODS: Final = ("moving_average", "fifo")
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Flow:
    """Tonnes that came (positive) at a cost, or went (negative; its cost follows)."""

    tonnes: int
    cost_cny: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What is left and what it cost; ``spent_cny`` is the cost of what went.

    Cost that came is always cost that is left plus cost that went.
    """

    tonnes: int
    left_cny: Decimal
    spent_cny: Decimal

    @property
    def per_t_cny(self) -> Decimal | None:
        """Cost of a tonne; None of nothing."""
        return (self.left_cny / self.tonnes).quantize(_CENT) if self.tonnes else None


def cost_of(flows: Iterable[Flow], method: str) -> Cost:
    """Return what is left after flows in their order, and its cost.

    Raises:
        InputError: The method is none of these, or more goes than is there.

    >>> flows = [Flow(10, Decimal(100)), Flow(10, Decimal(200)), Flow(-10)]
    >>> [cost_of(flows, method).left_cny for method in METHODS]
    [Decimal('150.00'), Decimal('200')]
    """
    if method not in METHODS:
        raise InputError(f"no cost basis {method!r}", hint=f"there are: {', '.join(METHODS)}")
    lots: deque[Flow] = deque()
    spent_cny = Decimal(0)
    for flow in flows:
        if flow.tonnes > 0:
            lots.append(flow)
        else:
            spent_cny += _take(lots, -flow.tonnes)
        if method == "moving_average" and len(lots) > 1:
            lots = deque([Flow(sum(f.tonnes for f in lots), _total(lots))])
    return Cost(sum(each.tonnes for each in lots), _total(lots), spent_cny)


def _take(lots: deque[Flow], tonnes: int) -> Decimal:
    """Take tonnes from the oldest lots and return what they cost, to the cent."""
    cost_cny = Decimal(0)
    while tonnes:
        if not lots:
            raise InputError(f"{tonnes} t go that were never there")
        first = lots.popleft()
        taken = min(tonnes, first.tonnes)
        part_cny = first.cost_cny
        if taken < first.tonnes:
            part_cny = (first.cost_cny * taken / first.tonnes).quantize(_CENT)
            lots.appendleft(Flow(first.tonnes - taken, first.cost_cny - part_cny))
        cost_cny += part_cny
        tonnes -= taken
    return cost_cny


def _total(lots: Iterable[Flow]) -> Decimal:
    return sum((each.cost_cny for each in lots), Decimal(0))
