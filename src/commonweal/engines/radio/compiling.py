"""How compiled functions of these engines are compiled: kept on disk, and free of Python's lock.

Modules that import this one load the compiler, a third of a second: they are loaded where first
needed. Threads share work by blocks of sectors; there is no parallel runtime that would not
outlive a fork.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function")


def compiled(function: Function) -> Function:
    """Return the function as machine code, the same for whoever reads types."""
    return cast("Function", njit(cache=True, nogil=True)(function))


def in_threads(each: Callable[[int, int], object], n: int, block: int, threads: int) -> None:
    """Call ``each(first, last)`` for every block of ``n`` things, ``threads`` at a time."""
    ends = [(first, min(first + block, n)) for first in range(0, n, block)]
    if threads == 1 or len(ends) == 1:
        for first, last in ends:
            each(first, last)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(each, *span) for span in ends]:
            done.result()
