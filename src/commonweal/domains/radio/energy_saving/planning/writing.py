"""Writing plans: what appears is whole, and on disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Self

import pyarrow.parquet as pq

from commonweal.domains.radio.energy_saving.planning.store import INPUTS_KEY, MANIFEST, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa


class ProvinceWriter:
    """Writes one province; the file appears when the block ends without an error."""

    def __init__(self, path: Path, *, inputs_sha256: str) -> None:
        """Prepare; an unfinished file of an earlier run is written anew."""
        self._path, self._partial = path, path.with_suffix(".partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = SCHEMA.with_metadata({INPUTS_KEY: inputs_sha256.encode()})
        self._writer = pq.ParquetWriter(self._partial, schema, compression="zstd")
        self._schema = schema

    def add(self, rows: pa.Table) -> None:
        """Append rows."""
        self._writer.write_table(rows.cast(self._schema))

    def note(self, key: bytes, text: str) -> None:
        """Write a text into the file's footer."""
        self._writer.add_key_value_metadata({key: text.encode()})

    def __enter__(self) -> Self:
        """Use it in a ``with``."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        """Let the file appear, once it is on disk; or leave nothing."""
        self._writer.close()
        if kind is not None:
            self._partial.unlink()
            return
        _publish(self._partial, self._path)


def manifest_write(folder: Path, document: Mapping[str, Any]) -> None:
    """Write ``plan.json``: from here on the plan is finished."""
    text_write(folder / MANIFEST, json.dumps(document, ensure_ascii=False, indent=1))


def text_write(path: Path, text: str) -> None:
    """Write a text so that it is there whole, or as it was before."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    _publish(partial, path)


def _publish(partial: Path, path: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
