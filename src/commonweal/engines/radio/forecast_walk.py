"""One sector's days in order: forecast each from those before it, then learn from it.

Axes: sector × day × slot. A sector is a level and three profiles: of all days, of working or free
days, of days of this kind. Each is a ratio of sums that fade, traffic over level, so busy days
count more and nothing divides by a quiet hour. What was not reported fades nothing.

A miss is counted in units of ``sqrt(forecast × level)``: traffic arrives in lumps, so its spread
grows with the root of what is expected; or, as far as a class swings as a whole, with what is
expected: ``sqrt(forecast × ((1 - swing) × level + swing × forecast))``. Few days behind a forecast
make it miss more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Floats

    Ints = NDArray[np.int64]

N_KINDS: Final = 9
"""Days of the week from Monday, a holiday, a weekend day that is worked."""
HOLIDAY: Final = 7
WORKED: Final = 8
UNUSUAL: Final = -1
"""Kind of a day that teaches nothing."""
FREE: Final = np.array([0, 0, 0, 0, 0, 1, 1, 1, 0])
"""Group of each kind: 1 where most people have time off. Shape (kind,)."""
WARM_DAYS: Final = 7
"""Days before the first miss is counted."""
MISS_STAYS: Final = 0.9
"""Weight of a day's misses against those of the day after."""
LEAST_SHARE: Final = 0.02
"""Of the level: below it the spread of a quiet slot grows no smaller."""
PRIOR_DAYS: Final = 1.0
"""How many days of its own the profile of a sector's class is worth to it."""
YOUNG_DAYS: Final = 2.0
"""A miss has one part more of variance for each so many days behind the forecast."""
_PRIOR_MISS_DAYS: Final = 2.0
_LEVEL_SHARE, _DAY_SHARE, _KIND_SHARE = 0.1, 0.1, 0.2  # weight of the newest
_ALL, _GROUP, _KIND = np.float32(0.5), np.float32(0.25), np.float32(0.25)  # weight of profiles


@dataclass(frozen=True, slots=True)
class Walked:
    """Where sectors stand after their past.

    Attributes:
        mean: The next day. Shape (sector, slot).
        level: Mean traffic of a day, as it is now. Shape (sector,).
        spread: Mean miss, NaN where none was counted. Shape (sector,).
        n_days: Days with a value. Shape (sector,).
        miss: Of each past slot, NaN where there is none; its second axis is empty unless asked
            for. Shape (sector, day, slot).
    """

    mean: Floats
    level: Floats
    spread: Floats
    n_days: NDArray[np.int32]
    miss: Floats


def walked(
    history: Floats,
    day_kind: Ints,
    *,
    classes: Ints | None = None,
    profile: Floats | None = None,
    spread: Floats | None = None,
    swing: Floats | None = None,
    with_misses: bool = False,
) -> Walked:
    """Walk sectors through their days.

    Args:
        history: Traffic, NaN where not reported, shape (sector, day, slot).
        day_kind: Kind of each day and of the next one, shape (day + 1,).
        classes: Class of each sector, shape (sector,); None for the first.
        profile: What to begin with, shape (class, 2, slot); None to begin with nothing.
        spread: Typical mean miss, shape (class,); with ``profile``.
        swing: How much of the spread grows with the forecast itself, 0 to 1, shape (class,);
            None for nothing of it.
        with_misses: Keep every miss.
    """
    n_sectors, n_past, n_slots = history.shape
    found = Walked(
        np.empty((n_sectors, n_slots), np.float32),
        np.empty(n_sectors, np.float32),
        np.empty(n_sectors, np.float32),
        np.empty(n_sectors, np.int32),
        np.full((n_sectors, n_past if with_misses else 0, n_slots), np.nan, np.float32),
    )
    of = np.zeros(n_sectors, np.int64) if classes is None else np.asarray(classes, np.int64)
    n_classes = int(of.max(initial=0)) + 1
    with_prior = profile is not None and spread is not None
    nothing = np.zeros(n_classes, np.float32)
    compiled(_walk, _profile, _level, _missed, _learn)(
        np.ascontiguousarray(history, np.float32),
        np.ascontiguousarray(day_kind, np.int64),
        of,
        profile if with_prior else np.zeros((n_classes, 2, n_slots), np.float32),
        spread if with_prior else nothing,
        nothing if swing is None else swing,
        np.float32(PRIOR_DAYS if with_prior else 0.0),
        (found.mean, found.level, found.spread, found.n_days, found.miss),
    )
    return found


@cache
def compiled(function: Callable[..., None], *parts: Callable[..., object]) -> Callable[..., None]:
    """Return a function with its parts as machine code that runs beside other threads."""
    from numba.extending import register_jitable  # noqa: PLC0415 - the compiler

    for part in parts:
        register_jitable(part)
    return kept(function, nogil=True)


def _walk(  # noqa: PLR0917 - compiled
    history: Floats,
    day_kind: Ints,
    classes: Ints,
    prior: Floats,
    prior_spread: Floats,
    swing: Floats,
    first_faith: np.float32,
    found: tuple[Floats, Floats, Floats, NDArray[np.int32], Floats],
) -> None:
    """Fill ``found``, in the order of ``Walked``."""
    mean, level, spread, n_days, misses = found
    n_past, n_slots = history.shape[1:]
    zero, one = np.float32(0), np.float32(1)
    profile = np.empty(n_slots, np.float32)
    nowhere = np.empty(0, np.float32)
    top = np.empty((1 + 2 + N_KINDS, n_slots), np.float32)  # traffic: all, two groups, kinds
    base = np.empty_like(top)  # the level meanwhile
    for s in range(history.shape[0]):
        top[:] = base[:] = zero
        now, seen, faith, missed, counted = zero, 0, first_faith, zero, zero
        for d in range(n_past + 1):
            kind = day_kind[d]
            if kind < 0:
                continue
            rows = (0, 1 + FREE[kind], 3 + kind)
            _profile(top, base, rows, prior[classes[s], FREE[kind]], now * faith, profile)
            if d == n_past:
                break
            day = history[s, d]
            today = _level(day, profile)
            if today < 0:
                continue
            if seen >= WARM_DAYS or (first_faith > 0 and seen):
                kept = misses[s, d] if misses.shape[1] else nowhere
                more, n = _missed(day, profile, now, seen, swing[classes[s]], kept)
                missed = np.float32(MISS_STAYS) * missed + more
                counted = np.float32(MISS_STAYS) * counted + n
            now += max(np.float32(_LEVEL_SHARE), one / np.float32(seen + 1)) * (today - now)
            seen += 1
            faith *= one - np.float32(_DAY_SHARE)
            _learn(day, now, rows, top, base)
        if first_faith > 0:
            missed += np.float32(_PRIOR_MISS_DAYS * n_slots) * prior_spread[classes[s]]
            counted += np.float32(_PRIOR_MISS_DAYS * n_slots)
        n_days[s], level[s] = seen, now
        spread[s] = missed / counted if counted > 0 else np.float32(np.nan)
        if seen and now <= 0:  # nothing was ever carried, and nothing is expected
            spread[s] = profile[:] = zero
        for p in range(n_slots):
            mean[s, p] = now * profile[p] if seen else np.float32(np.nan)


def _profile(  # noqa: PLR0917 - compiled
    top: Floats,
    base: Floats,
    rows: tuple[int, int, int],
    prior: Floats,
    trust: np.float32,
    profile: Floats,
) -> None:
    """Fill what each slot carries over the level; NaN where nothing is known."""
    every, group, kind = rows
    for p in range(len(profile)):
        under = base[every, p] + trust
        whole = np.float32(np.nan)
        if under > 0:
            whole = (top[every, p] + trust * prior[p]) / under
        some = top[group, p] / base[group, p] if base[group, p] > 0 else whole
        own = top[kind, p] / base[kind, p] if base[kind, p] > 0 else some
        profile[p] = _ALL * whole + _GROUP * some + _KIND * own


def _level(day: Floats, profile: Floats) -> np.float32:
    """Return the level that a day shows, told by the slots that it has; -1 for an empty day."""
    plain, total, expected, n = np.float32(0), np.float32(0), np.float32(0), 0
    for p in range(len(day)):
        if day[p] >= 0:
            plain += day[p]
            n += 1
            if not np.isnan(profile[p]):
                total += day[p]
                expected += profile[p]
    if expected > 0:
        return total / expected
    return plain / np.float32(n) if n else np.float32(-1)


def _missed(  # noqa: PLR0917 - compiled
    day: Floats, profile: Floats, now: np.float32, seen: int, swing: np.float32, kept: Floats
) -> tuple[np.float32, np.float32]:
    """Return the sum of a day's misses and their number; write them where they are kept."""
    total, n = np.float32(0), np.float32(0)
    young = np.sqrt(np.float32(1) + np.float32(YOUNG_DAYS) / np.float32(seen))
    for p in range(len(day)):
        ahead = now * profile[p]
        base = max(ahead, np.float32(LEAST_SHARE) * now)
        width = np.sqrt(base * (now + swing * (base - now))) * young
        if day[p] >= 0 and width > 0:
            miss = (day[p] - ahead) / width
            total += abs(miss)
            n += np.float32(1)
            if len(kept):
                kept[p] = miss
    return total, n


def _learn(
    day: Floats, now: np.float32, rows: tuple[int, int, int], top: Floats, base: Floats
) -> None:
    """Let the profiles of a day's kinds take it in."""
    for i in range(3):
        stays = np.float32(1 - (_KIND_SHARE if i == 2 else _DAY_SHARE))  # noqa: PLR2004 - the last
        row = rows[i]
        for p in range(len(day)):
            if day[p] >= 0:
                top[row, p] = top[row, p] * stays + day[p]
                base[row, p] = base[row, p] * stays + now
