"""The registers as Arrow tables: codes for the lake, meters for computation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from commonweal.kernel.org.columns import mixed_columns
from commonweal.kernel.org.models import Meter, Node, Site

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

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


def meters_table(carriers: Collection[str] = ()) -> pa.Table:
    """Return every meter, or those of some carriers, by id, with what its registers mean."""
    columns = ["id", *_METERS.names[1:]]
    rows = Meter.objects.filter(carrier__in=carriers) if carriers else Meter.objects.all()
    return _table(rows, columns, _METERS)


def meter_codes() -> pa.Table:
    """Return ``code, id`` of every meter."""
    return _table(Meter.objects.all(), ["code", "id"], _CODES)


def site_codes() -> pa.Table:
    """Return ``code, id`` of every site."""
    return _table(Site.objects.all(), ["code", "id"], _CODES)


def node_codes() -> pa.Table:
    """Return ``code, id`` of every node of the organisation."""
    return _table(Node.objects.all(), ["code", "id"], _CODES)


def _table(rows: QuerySet[Any], columns: list[str], schema: pa.Schema) -> pa.Table:
    floats = [f.name for f in schema if pa.types.is_floating(f.type)]
    found = mixed_columns(rows, [name for name in columns if name not in floats], floats)
    order = pa.array(np.argsort(found["id"].cast(pa.int64()).to_numpy(), kind="stable"))
    arrays = [found[name].cast(f.type).take(order) for name, f in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema)
