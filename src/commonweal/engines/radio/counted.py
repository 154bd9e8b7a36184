"""Rows of counters added up by sector and slot. Compiled.

Axes: row of a table sorted by cell and time; sum × (sector and slot).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.compiling import compiled, inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Floats

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]


@inner
def add_row(  # noqa: PLR0917
    sums: Floats, to: int, is_nr: bool, length_s: int, volume: float, slept_s: float  # noqa: FBT001
) -> None:  # fmt: skip
    """Add one row to the sums of a slot."""
    carried = np.float32(max(volume, 0.0))
    sums[0, to] += np.float32(length_s)
    sums[1, to] += carried
    sums[4, to] += np.float32(slept_s)
    if is_nr:
        sums[2, to] += np.float32(volume)
        sums[3, to] += np.float32(slept_s)


@compiled
def add_counted(  # noqa: PLR0913, PLR0917 - columns of a table
    run_end: Ints, run_at: Ints, run_is_nr: Bools, is_sure: Bools, is_told: Bools, start_us: Ints,
    length_s: Ints, volume: Doubles, out_s: Doubles, carrier_off_s: Doubles, deep_sleep_s: Doubles,
    begin_s: int, slot_s: int, n_slots: int, asleep_share: float, out_share: float, sums: Floats,
) -> int:  # fmt: skip
    """Add rows to seconds, volume, NR's volume, NR's sleep and sleep; return the longest period.

    A row counts where its middle lies. A sleeper that names no volume carried nothing; others that
    name none, rows that are not sure and cells out of service beyond their sleep tell nothing.

    Args:
        run_end: Where the rows of a cell end. Shape (run,), as all of a run.
        run_at: The first slot of its sector; negative where nobody asks for it.
        run_is_nr: The cell is NR.
        is_sure: Shape (row,), as all of a row.
        is_told: Its volume was reported.
        start_us: When it begins, µs since 1970.
        length_s: How long it is.
        volume: 0 where it was not reported, as all that follow.
        out_s: How long the cell was out of service, sleep included.
        carrier_off_s: How long it slept lightly.
        deep_sleep_s: How long it slept deeply.
        begin_s: When the first slot begins, s since 1970.
        slot_s: Length of a slot.
        n_slots: How many slots there are.
        asleep_share: Of its period, that a sleeper sleeps at least.
        out_share: Of its period, that a cell may be out beyond its sleep.
        sums: Added to. Shape (5, sector × slot).
    """
    row, longest = 0, 0
    for run in range(run_end.shape[0]):
        first, last, at = row, run_end[run], run_at[run]
        row = last
        if at < 0:
            continue
        for i in range(first, last):
            start_s = start_us[i] // 1_000_000 - begin_s
            if not is_sure[i] or not 0 <= start_s < n_slots * slot_s:
                continue
            slept_s = carrier_off_s[i] + deep_sleep_s[i]
            tells = is_told[i] or slept_s >= asleep_share * length_s[i]
            if not tells or out_s[i] - slept_s > out_share * length_s[i]:
                continue
            to = at + min((start_s + length_s[i] // 2) // slot_s, n_slots - 1)
            add_row(sums, to, run_is_nr[run], length_s[i], volume[i], slept_s)
            longest = max(longest, length_s[i])
    return longest
