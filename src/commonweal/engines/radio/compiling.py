"""How compiled functions of these engines are compiled: kept on disk, and free of Python's lock.

Modules that import this one load the compiler, a third of a second: they are loaded where first
needed. Threads share work by blocks of sectors; there is no parallel runtime that would not
outlive a fork.

What is kept is dated by the file of the function itself: after an edit of a function that
another file's function calls, delete ``__pycache__/*.nb?``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Function = TypeVar("Function")


def compiled(function: Function) -> Function:
    """Return the function as machine code, the same for whoever reads types."""
    return cast("Function", njit(cache=True, nogil=True)(function))


def inner(function: Function) -> Function:
    """Return the function as machine code for compiled functions alone, which compiles sooner."""
    unwrapped: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast("Function", njit(**unwrapped)(function))


def in_threads(jobs: Sequence[Callable[[], object]], threads: int) -> None:
    """Do every job, ``threads`` at a time; what one raises is raised."""
    if threads == 1 or len(jobs) <= 1:
        for job in jobs:
            job()
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()
