"""How compiled functions of these engines are compiled: kept on disk, and free of Python's lock.

Modules that import this one load the compiler, a third of a second: they are loaded where first
needed. Threads share work by blocks of sectors; there is no parallel runtime that would not
outlive a fork.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

from commonweal.engines.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Function = TypeVar("Function", bound="Callable[..., Any]")


def compiled(function: Function) -> Function:
    """Return the function as machine code, the same for whoever reads types."""
    return kept(function, nogil=True)


def inner(function: Function) -> Function:
    """Return the function as machine code for compiled functions alone, which compiles sooner.

    It makes no array: then nothing has to count who holds those that it is given, which would cost
    a small function more than its work.
    """
    return making(function, _nrt=False)


def making(function: Function, **options: object) -> Function:
    """Return a function for compiled functions alone that may make arrays."""
    unwrapped: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **options}
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
