"""Reading files as they lie, a piece at a time: for what sorted rows give without a query engine.

A file holds one month, sorted by its dataset's key. A piece is a row group of it: about a quarter
of a million rows of one month, sorted. Several are worked on at once; memory is a few pieces.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from commonweal.lake.query import files_check, is_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from commonweal.lake.views import Relation

T = TypeVar("T")
_PIECES_A_TASK: Final = 8  # enough to pay for opening the file, few enough to keep every core busy


def can_read_pieces() -> bool:
    """Return whether this machine does the reading, not a cluster that has the files nearer."""
    return settings.QUERY_ENGINE == "duckdb"


def pieces_mapped(
    relation: Relation, columns: Sequence[str], each: Callable[[date, pa.Table], T]
) -> list[T]:
    """Apply a function to every piece of the plain files; return what it gave, in order.

    Args:
        relation: Rows of the lake; its layers are left to a query.
        columns: What to read.
        each: Given the month of a piece and its rows, which are at least one. It runs in threads.

    Raises:
        StateError: A file of the lake is missing or damaged; it is named.
    """
    if not is_whole(relation):
        files_check(relation)
    try:
        tasks = [
            (file, first)
            for file in relation.plain_files
            for first in range(0, pq.read_metadata(file).num_row_groups, _PIECES_A_TASK)
        ]

        def done(task: tuple[str, int]) -> list[T]:
            file, first = task
            month = date.fromisoformat(f"{Path(file).parent.name}-01")
            with pq.ParquetFile(file, memory_map=True) as opened:
                last = min(first + _PIECES_A_TASK, opened.num_row_groups)
                rows = (
                    opened.read_row_group(i, columns, use_threads=False) for i in range(first, last)
                )
                return [each(month, piece) for piece in rows if piece.num_rows]

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return [found for part in pool.map(done, tasks) for found in part]
    except (pa.ArrowException, OSError):
        files_check(relation)
        raise


def pieces_read(
    relation: Relation, columns: Sequence[str], *, words: Sequence[str], among: Sequence[object]
) -> Iterator[pa.Table]:
    """Yield pieces of the plain files in order, a few of them read ahead.

    Args:
        relation: Rows of the lake; its layers are left to a query.
        columns: What to read.
        words: Those that come as dictionaries.
        among: Values of the first column; pieces that can hold none of them are passed over.
            Others come whole.

    Raises:
        StateError: A file of the lake is missing or damaged; it is named.
    """
    if not is_whole(relation):
        files_check(relation)
    wanted = np.sort(np.array(among, object))

    def piece(file: str, group: int) -> pa.Table:
        with pq.ParquetFile(file, memory_map=True, read_dictionary=list(words)) as opened:
            return opened.read_row_group(group, columns, use_threads=False)

    try:
        tasks = ((f, n) for f in relation.plain_files for n in _groups(f, columns[0], wanted))
        waiting: deque[Future[pa.Table]] = deque()
        n_threads = os.cpu_count() or 1
        with ThreadPoolExecutor(n_threads) as pool:
            for task in tasks:
                waiting.append(pool.submit(piece, *task))
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except (pa.ArrowException, OSError):
        files_check(relation)
        raise


def _groups(file: str, name: str, wanted: NDArray[np.object_]) -> Iterator[int]:
    """Yield the row groups of a file that may hold a wanted value of a column."""
    metadata = pq.read_metadata(file)
    column = metadata.schema.names.index(name)
    for group in range(metadata.num_row_groups):
        told = metadata.row_group(group).column(column).statistics
        bounds = (told.min, told.max) if told is not None and told.has_min_max else None
        if bounds is None or np.searchsorted(wanted, bounds[0]) < np.searchsorted(
            wanted, bounds[1], "right"
        ):
            yield group
