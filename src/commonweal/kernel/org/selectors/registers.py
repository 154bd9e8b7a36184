"""The registers as Arrow tables: codes for the lake, meters for computation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from django.db.models import CharField
from django.db.models.functions import Cast

from commonweal.kernel.org.columns import column_chunks
from commonweal.kernel.org.models import Meter, Node, Site

if TYPE_CHECKING:
    from django.db.models import Model

_CODES: Final = pa.schema([("code", pa.string()), ("id", pa.int32())])
_METERS: Final = pa.schema(
    [
        ("meter_id", pa.int32()),
        ("site_id", pa.int64()),
        ("carrier", pa.string()),
        ("unit", pa.string()),
        ("multiplier", pa.float64()),
        ("rollover_at", pa.float64()),
        ("max_rate_per_h", pa.float64()),
        ("installed_date", pa.date32()),
        ("removed_date", pa.date32()),
    ]
)


def meters_table() -> pa.Table:
    """Return every meter, by id, with what its registers mean."""
    columns = ["id", *_METERS.names[1:]]
    return _table(Meter, columns, _METERS)


def meter_codes() -> pa.Table:
    """Return ``code, id`` of every meter."""
    return _table(Meter, ["code", "id"], _CODES)


def site_codes() -> pa.Table:
    """Return ``code, id`` of every site."""
    return _table(Site, ["code", "id"], _CODES)


def node_codes() -> pa.Table:
    """Return ``code, id`` of every node of the organisation."""
    return _table(Node, ["code", "id"], _CODES)


def _table(model: type[Model], columns: list[str], schema: pa.Schema) -> pa.Table:
    days = {name: Cast(name, CharField()) for name in columns if name.endswith("_date")}
    rows = model._default_manager.order_by("id").annotate(  # noqa: SLF001 - its public name
        **{f"{name}_text": day for name, day in days.items()}
    )
    columns = [f"{name}_text" if name in days else name for name in columns]
    chunks = [
        pa.table([_array(a, f) for a, f in zip(chunk, schema, strict=True)], schema)
        for chunk in column_chunks(rows, *columns)
    ]
    return pa.concat_tables(chunks).combine_chunks() if chunks else schema.empty_table()


def _array(values: tuple[Any, ...], field: pa.Field) -> pa.Array:
    """Return a column of the table; days come as text, which Arrow reads a column at a time."""
    if pa.types.is_date(field.type):
        return pa.array(values, pa.string()).cast(field.type)
    return pa.array(values, field.type)
