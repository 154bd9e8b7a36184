"""The registers as Arrow tables: codes for the lake, meters for computation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.kernel.org.columns import float_columns, text_columns
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
    floats = [f.name for f in schema if pa.types.is_floating(f.type)]
    texts = [name for name in columns if name not in floats]
    rows = model._default_manager.all()  # noqa: SLF001 - its public name
    found = dict(zip(texts, text_columns(rows, texts), strict=True))
    order = pa.array(np.argsort(found["id"].cast(pa.int64()).to_numpy(), kind="stable"))
    found = {name: column.take(order) for name, column in found.items()}
    found |= zip(floats, float_columns(model, floats) if floats else (), strict=True)
    arrays = [found[name].cast(f.type) for name, f in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema)
