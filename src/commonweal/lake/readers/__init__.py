"""Readers: a file of any supported kind becomes batches of cells with their row numbers.

Readers know nothing of datasets. CSV and XLSX give text; Parquet, Arrow and JSON keep their
types. Every reader is bounded in memory before it believes anything that the file says of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.errors import InputError
from commonweal.lake.readers import arrow_stream, columnar, delimited, json_lines, workbook
from commonweal.lake.readers.base import Layout, RawBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Layout", "RawBatch", "raw_batches"]

_READERS: Mapping[str, Callable[[Path, Layout], Iterator[RawBatch]]] = {
    ".csv": delimited.batches,
    ".tsv": delimited.batches,
    ".txt": delimited.batches,
    ".xlsx": workbook.batches,
    ".xlsm": workbook.batches,
    ".parquet": columnar.batches,
    ".arrows": arrow_stream.batches,
    ".ndjson": json_lines.batches,
}


def raw_batches(path: Path, layout: Layout = Layout()) -> Iterator[RawBatch]:  # noqa: B008 - frozen
    """Yield the rows below the header, in the file's order; blank rows are left out.

    The first batch comes even when no row follows the header, so that the headers are known.

    Raises:
        InputError: The file is missing, not a file, empty, damaged, of an unknown kind, or larger
            in memory than a reader may become. May be raised at any batch.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist", hint="check the name and the folder")
    if not path.is_file():
        raise InputError(
            f"{path} is not a file", hint="give one file; a folder is read file by file"
        )
    if path.suffix.lower() == ".xls":
        raise InputError(
            f"{path.name} is a workbook of Excel 97 to 2003 (.xls)", hint="save it as .xlsx or .csv"
        )
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path.name}: files ending in {path.suffix or 'nothing'} cannot be read",
            hint=f"readable are {', '.join(_READERS)}",
        )
    if not path.stat().st_size:
        raise InputError(
            f"{path.name} is empty: it has no header",
            hint="write it again; `commonweal template` gives a table to fill in",
        )
    return reader(path, layout)
