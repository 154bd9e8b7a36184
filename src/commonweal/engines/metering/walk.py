"""Walking registers step by step, for the few meters that fail the screen.

Many readings are walked by compiled code. Loading the compiler takes a third of a second, so that
a few meters are walked sooner without it; both take the same steps, to the bit.

Axis: ``reading`` is one register value, sorted by meter, then time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.compiling import kept
from commonweal.engines.metering.registers import (
    SLACK,
    US_PER_H,
    Quality,
)
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonweal.engines.metering.registers import Flags, Floats, Ints, MeterRules

_FEW: Final = 20_000  # readings that are walked as they are in less time than the compiler loads
# Compiled code takes plain integers.
_ROLLOVER: Final = int(Quality.ROLLOVER)
_SPIKE: Final = int(Quality.SPIKE)
_RESET: Final = int(Quality.RESET)
_TURNS: Final = int(Quality.TURNS)


def _plausible(  # noqa: PLR0917 - compiled: plain scalars
    before: float, after: float, hours: float, rollover_at: float, rate: float, slack: float
) -> float:
    """Return the step between two readings, or -1 if neither rise nor rollover explains it."""
    limit = rate * hours + slack
    step = after - before
    if -slack <= step < 0.0:
        return 0.0
    if 0.0 <= step <= limit:
        return step
    wrapped = step + rollover_at
    if step < 0.0 and 0.0 <= wrapped <= limit:
        return wrapped
    return -1.0


def _walk(
    meter: Ints, at_us: Ints, register: Floats, rollover_at: Floats, rate: Floats
) -> tuple[Floats, Flags]:
    """Unwrap each meter's registers; a reading left out keeps NaN."""
    n = register.shape[0]
    unwrapped = np.full(n, np.nan)
    flags = np.zeros(n, dtype=np.uint8)
    previous, offset = -1, 0.0
    for i in range(n):
        if previous < 0 or meter[i] != meter[previous]:
            previous, offset = i, 0.0
            unwrapped[i] = register[i]
            continue
        end, limit = rollover_at[meter[i]], rate[meter[i]]
        slack = SLACK * end
        hours = (at_us[i] - at_us[previous]) / US_PER_H
        step = _plausible(register[previous], register[i], hours, end, limit, slack)
        if step < 0.0 and i + 1 < n and meter[i + 1] == meter[i]:
            ahead_h = (at_us[i + 1] - at_us[previous]) / US_PER_H
            ahead = _plausible(register[previous], register[i + 1], ahead_h, end, limit, slack)
            if ahead >= 0.0:
                flags[i] = _SPIKE
                continue
        if step < 0.0:
            flags[i] = _RESET
            offset += register[previous] - register[i]
        elif register[i] < register[previous] - slack:
            flags[i] = _ROLLOVER
            offset += end
        if step >= 0.0 and step + end <= limit * hours + slack:
            flags[i] |= _TURNS
        unwrapped[i] = register[i] + offset
        previous = i
    return unwrapped, flags


@cache
def _walk_compiled() -> Callable[[Ints, Ints, Floats, Floats, Floats], tuple[Floats, Flags]]:
    from numba.extending import register_jitable  # noqa: PLC0415 - the compiler

    register_jitable(_plausible)
    return kept(_walk)


def unwrap(meter: Ints, at_us: Ints, register: Floats, rules: MeterRules) -> tuple[Floats, Flags]:
    """Return registers that only rise, and what was done to each reading.

    A drop is a rollover if the register's end explains it at a plausible rate. A value that the
    next reading contradicts is a spike and becomes NaN. Anything else is a reset: the step
    counts as 0, because its true size is not known. Where one more turn would be plausible too,
    the fewest are counted and TURNS says so.

    Args:
        meter: Index into ``rules``, shape (reading,), grouped by meter.
        at_us: When it was read, rising within a meter, shape (reading,).
        register: Value read, from 0 up to ``rollover_at``, shape (reading,).
        rules: Rules of each meter.

    Returns:
        Unwrapped registers and flags (ROLLOVER, SPIKE, RESET, TURNS), both of shape (reading,).
        Within a meter the registers that are not NaN never fall.

    >>> from commonweal.engines.metering.registers import MeterRules
    >>> rules = MeterRules(np.array([1000.0]), np.array([1.0]), np.array([50.0]))
    >>> hours = np.arange(4) * 3_600_000_000
    >>> registers, flags = unwrap(np.zeros(4, int), hours, np.array([980.0, 990, 5, 15]), rules)
    >>> registers.tolist(), flags.tolist()
    ([980.0, 990.0, 1005.0, 1015.0], [0, 0, 1, 0])
    """
    if not meter.shape == at_us.shape == register.shape:
        raise InputError(f"shapes differ: {meter.shape}, {at_us.shape}, {register.shape}")
    walk = _walk if len(meter) < _FEW else _walk_compiled()
    unwrapped, flags = walk(meter, at_us, register, rules.rollover_at, rules.rate_per_h)
    return unwrapped, flags
