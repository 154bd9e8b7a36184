"""Publishing: a dataset as an Apache Iceberg table, for engines that are not ours.

The table refers to the lake's own files; nothing is copied. Its catalogue is an SQLite file in the
target folder, its column ids come from a name mapping because the files carry none.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonweal.errors import StateError
from commonweal.lake.datasets import dataset_get
from commonweal.lake.models import Segment
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

_NAMESPACE = "commonweal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A published snapshot."""

    table: str
    """Name in the catalogue: ``commonweal.<dataset>``."""
    metadata: str
    """The table's metadata file; engines without a catalogue open this."""
    catalog: str
    """Address of the catalogue."""
    n_rows: int
    n_files: int
    n_files_added: int


def publish_iceberg(dataset_id: str, target_dir: Path, *, root: Path | None = None) -> Publication:
    """Make ``commonweal.<dataset>`` in ``target_dir`` show the rows as they are known now.

    New files are added to the table; files that compaction replaced are dropped from it in the
    same snapshot, so that a reader sees the old state or the new one.

    Raises:
        InputError: No such dataset.
        StateError: Months hold uncompacted corrections, which Iceberg could not tell from
            duplicates; or pyiceberg is not installed.
    """
    relation = read(dataset_id, root=root)
    if relation.layers:
        _refuse_layers(dataset_id, [name for group in relation.layers for name in group])
    with closing(_catalog(Path(target_dir))) as catalog:
        table = _table(catalog, dataset_id, dataset_get(dataset_id).schema)
        wanted = {f"file://{name}" for name in relation.files}
        present = set(table.inspect.files()["file_path"].to_pylist())
        with table.transaction() as transaction:
            if gone := present - wanted:
                transaction.delete("month >= '0001-01-01'")
            added = sorted(wanted if gone else wanted - present)
            if added:
                transaction.add_files(added, check_duplicate_files=False)
        return Publication(
            table=f"{_NAMESPACE}.{dataset_id}",
            metadata=table.metadata_location,
            catalog=catalog.properties["uri"],
            n_rows=relation.n_rows,
            n_files=len(wanted),
            n_files_added=len(wanted - present),
        )


def _refuse_layers(dataset_id: str, names: Collection[str]) -> None:
    hashes = [Path(name).stem for name in names]
    segments = Segment.objects.filter(dataset=dataset_id, sha256__in=hashes)
    months = ", ".join(f"{month:%Y-%m}" for month in sorted({each.month for each in segments}))
    raise StateError(
        f"{dataset_id} holds corrections that are not compacted yet, in {months}",
        hint=f"run `commonweal lake compact {dataset_id}`, then publish again",
    )


def _catalog(target: Path) -> Any:  # noqa: ANN401 - pyiceberg is optional
    try:
        from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 - optional, heavy
    except ImportError as fault:
        raise StateError(
            f"publishing needs pyiceberg, which is not installed: {fault}",
            hint="pip install 'commonweal[iceberg]'",
        ) from fault
    target.mkdir(parents=True, exist_ok=True)
    place = target.resolve()
    catalog = SqlCatalog(
        _NAMESPACE, uri=f"sqlite:///{place / 'catalog.sqlite'}", warehouse=f"file://{place}"
    )
    catalog.create_namespace_if_not_exists(_NAMESPACE)
    return catalog


def _table(catalog: Any, dataset_id: str, schema: pa.Schema) -> Any:  # noqa: ANN401 - as above
    name = f"{_NAMESPACE}.{dataset_id}"
    return catalog.create_table_if_not_exists(name, schema=schema)
