"""Machine code that is kept on disk, until anything that went into it changes.

The compiler itself dates what it keeps by the file of the function alone, and would go on with old
parts from other files. Here it is all Python files of the function's folder that count: so
compiled functions call only those of their own folder.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def kept(function: Function, **options: object) -> Function:
    """Return a function as machine code, from the disk where it was compiled before.

    Args:
        function: Calls compiled functions of its own folder, and none of another.
        options: Of ``numba.njit``.
    """
    from numba import njit  # noqa: PLC0415 - the compiler

    fast: Any = njit(cache=True, **cast("dict[str, Any]", options))(function)
    # The compiler has no public place for it; a version without this one fails in every test.
    kept_file = fast._cache._cache_file  # noqa: SLF001
    if not hasattr(kept_file, "_source_stamp"):
        raise AttributeError("numba keeps no _source_stamp: compiled parts could be stale")
    kept_file._source_stamp = _digest(Path(function.__code__.co_filename).parent)  # noqa: SLF001
    return cast("Function", fast)


@cache
def _digest(folder: Path) -> str:
    """Return the SHA-256 of the Python files in a folder, their names included."""
    told = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        told.update(f"{path.name} {len(content)}\n".encode())
        told.update(content)
    return told.hexdigest()
