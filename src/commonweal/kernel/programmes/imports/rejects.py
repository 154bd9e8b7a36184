"""Refused rows as they came, with the reason behind: mend them there and import the file again."""

from __future__ import annotations

import csv
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from commonweal.errors import InputError
from commonweal.kernel.programmes.imports.headers import REASON
from commonweal.kernel.programmes.safe_cells import cell_safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from commonweal.kernel.programmes.imports.rows import Row


class Rejects:
    """A CSV file that appears, whole, when it is finished, and only if a row was refused."""

    def __init__(self, path: Path | None, headers: Sequence[str]) -> None:
        """Name the file; without a path nothing is written."""
        self._path = path
        self._headers = [each for each in headers if each != REASON]
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_stop: object) -> None:
        """Leave nothing behind that was not finished."""
        self._stack.close()

    def add(self, cells: pa.Table, rows: Sequence[Row]) -> None:
        """Keep these rows of a batch."""
        if self._path is None or not rows:
            return
        if self._writer is None:
            self._begin(self._path)
        columns = {name: cells[name] for name in self._headers}
        for row in rows:
            came = [column[row.place].as_py() for column in columns.values()]
            reason = "; ".join(each.told for each in row.faults)
            self._writer.writerow([*(cell_safe("" if c is None else c) for c in came), reason])

    def finish(self) -> Path | None:
        """Put the file in its place; None if no row was refused."""
        if self._path is None or self._writer is None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self._path)
        return self._path

    def _begin(self, path: Path) -> None:
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            self._file = self._stack.enter_context(
                self._part.open("w", encoding="utf-8-sig", newline="")
            )
        except OSError as fault:
            raise InputError(
                f"{path} cannot be written: {fault.strerror}", hint="name another file"
            ) from fault
        self._stack.callback(self._part.unlink, missing_ok=True)
        self._writer = csv.writer(self._file)
        self._writer.writerow([*self._headers, REASON])
