"""Rejected rows: what was wrong, and the whole row as it came, so that its owner can mend it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from commonweal.errors import InputError, StateError
from commonweal.lake.datasets import dataset_get
from commonweal.lake.models import Source

REASON: Final = "(why rejected)"

REJECT_SCHEMA: Final = pa.schema(
    [
        pa.field("source_row", pa.int64(), nullable=False),  # as a spreadsheet numbers it
        pa.field("repeat", pa.int32(), nullable=False),  # which [[repeat]] of the mapping, from 1
        pa.field("column", pa.string(), nullable=False),  # "" where the whole row is meant
        pa.field("value", pa.string()),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("sentence", pa.string(), nullable=False),
        pa.field("hint", pa.string(), nullable=False),
        pa.field("also", pa.string(), nullable=False),  # further faults of the same row
        pa.field("raw", pa.string(), nullable=False),  # JSON: header → cell, nothing left out
    ]
)


def rejects_read(source: Source) -> pa.Table:
    """Return the rejected rows of one source, in the file's order.

    Raises:
        StateError: The file of rejects is missing or damaged.
    """
    if not source.rejects_path:
        return REJECT_SCHEMA.empty_table()
    path = Path(settings.LAKE_ROOT) / source.rejects_path
    try:
        return pq.read_table(path, schema=REJECT_SCHEMA)
    except (OSError, pa.ArrowException) as fault:
        raise StateError(
            f"the rejects of {source.name} cannot be read from {source.rejects_path}",
            hint="restore the file from a backup, or ingest the source into a new lake",
        ) from fault


def sources_of(subject: str) -> list[Source]:
    """Return the source with this number, or all sources of this dataset, newest first.

    Raises:
        InputError: There is no such source or dataset.
    """
    if not subject.isdecimal():
        dataset_get(subject)
        return list(Source.objects.filter(dataset=subject).order_by("-known_at", "-pk"))
    found = list(Source.objects.filter(pk=int(subject)))
    if not found:
        raise InputError(f"no source {subject}", hint="`commonweal rejects DATASET` lists them")
    return found


def rejects_csv(rejects: pa.Table) -> bytes:
    """Return the rows as they came, one line each, to be mended and ingested again.

    The file has the source's own headers, so that the same mapping fits, and then the reasons.
    A line that a mapping repeats stands there once.
    """
    raws: dict[tuple[int, str], dict[str, object]] = {}
    for reject in rejects.to_pylist():
        row = raws.setdefault((reject["source_row"], reject["raw"]), json.loads(reject["raw"]))
        reasons = filter(None, (row.get(REASON), reject["sentence"], reject["also"]))
        row[REASON] = "; ".join(str(reason) for reason in reasons)
    headers = dict.fromkeys(header for row in raws.values() for header in row if header != REASON)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*headers, REASON], quoting=csv.QUOTE_MINIMAL)
    writer.writeheader()
    writer.writerows(raws.values())
    return text.getvalue().encode("utf-8-sig")
