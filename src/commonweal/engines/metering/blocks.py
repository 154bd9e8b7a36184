"""From groups to use, a block of meters at a time.

What a meter used depends on its own readings alone, so meters may be cut into blocks, and blocks
worked on side by side. A block's arrays stay in a processor's cache: for a nation's meters that is
several times as fast as one pass over all of them, and needs a fraction of the memory.

Axes: ``group`` and ``meter`` as in ``registers``, ``row`` as in ``months``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.metering.keys import is_member, meter_month_key
from commonweal.engines.metering.months import Consumption, consumption
from commonweal.engines.metering.registers import MeterRules, Screened, mended, screen
from commonweal.engines.metering.runs import groups_joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commonweal.engines.metering.registers import Groups, Ints, Rises

BLOCK_METERS: Final = 8192  # of a year: the arrays of a block are then a megabyte each


@dataclass(frozen=True, slots=True)
class MonthStarts:
    """Months in a row: the number of the first, and where each begins and the last ends."""

    first_month: int
    at_us: Ints  # (month + 1,), microseconds since 1970

    def use(self, rises: Rises, rules: MeterRules) -> Consumption:
        """Cut rises at these months' boundaries."""
        return consumption(rises, rules, month_start_us=self.at_us, first_month=self.first_month)


@dataclass(frozen=True, slots=True)
class BlockUse:
    """Use of a block's plain meters, and those of its meters that must be walked."""

    plain: Consumption
    odd: Screened


def blocks(n_meters: int, *, size: int = BLOCK_METERS) -> list[range]:
    """Return the positions of meters cut into blocks; without meters there is an empty one.

    >>> blocks(5, size=2)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return [range(start, min(start + size, n_meters)) for start in range(0, max(n_meters, 1), size)]


def of_blocks(pieces: Sequence[Groups], among: Sequence[range]) -> list[list[Groups]]:
    """Return the pieces cut at the blocks' edges, so that each block has its own."""
    edges = np.array([block.start for block in among[1:]], np.int64)
    found: list[list[Groups]] = [[] for _ in among]
    for piece in pieces:
        if len(piece.meter):
            first, last = np.searchsorted(edges, piece.meter[[0, -1]], side="right").tolist()
            cuts = [0, *np.searchsorted(piece.meter, edges[first:last]).tolist(), len(piece.meter)]
            for number, (start, stop) in enumerate(pairwise(cuts), first):
                found[number].append(piece.where(slice(start, stop)))
    return found


def block_use(block: Sequence[Groups], rules: MeterRules, months: MonthStarts) -> BlockUse:
    """Screen a block, and return the use of the meters that show nothing odd.

    Args:
        block: Groups of all readings of the block's meters.
        rules: Rules of all meters.
        months: Those asked for.
    """
    screened = screen(groups_joined(block), rules)
    is_odd = is_member(screened.suspicious, screened.rises.groups.meter)
    plain = screened.where(~is_odd) if is_odd.any() else screened
    return BlockUse(months.use(plain.rises, rules), screened.where(is_odd))


def walked_too(
    found: Sequence[BlockUse],
    rules: MeterRules,
    months: MonthStarts,
    walk: Callable[[Ints], Rises],
) -> list[Consumption]:
    """Return the use of each block.

    Args:
        found: In order of meters.
        rules: Rules of all meters.
        months: Those asked for.
        walk: Reads and walks the meters it is given; asked once, and only if any is odd.
    """
    odd = [block.odd for block in found if len(block.odd.is_odd)]
    if not odd:
        return [block.plain for block in found]
    left = Screened.joined(odd)
    walked = months.use(mended(left, walk(left.suspicious)), rules)
    return [_merged(block, walked) for block in found]


def _merged(block: BlockUse, walked: Consumption) -> Consumption:
    """Return the use of a block's plain and walked meters."""
    mine = is_member(block.odd.suspicious, walked.meter)
    if not mine.any():
        return block.plain
    columns = {
        name: np.concatenate([getattr(block.plain, name), getattr(walked, name)[mine]])
        for name in _COLUMNS
    }
    order = np.argsort(meter_month_key(columns["meter"], columns["month"]), kind="stable")
    return Consumption(**{name: column[order] for name, column in columns.items()})


_COLUMNS: Final = tuple(f.name for f in fields(Consumption))
