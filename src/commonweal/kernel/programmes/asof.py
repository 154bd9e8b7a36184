"""Records as they were known at an instant, as columns.

The instant is a place in the event log: its last event by then. Rows that nothing happened to
since are read as they lie; of the others, what the log tells since is taken back, the newest
first. The log's own order counts, not the clocks of those who wrote to it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import CharField, F, Q
from django.db.models.functions import Cast

from commonweal.kernel.programmes.columns import Code, Column, column_of
from commonweal.kernel.records.models import Event
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_CHUNK: Final = 10_000  # rows that a processor keeps at hand while they become columns
_KEYS: Final = 500
_ENVELOPE: Final = ("node", "state")
_TO_TAKE_BACK: Final = ("id", "version")


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the log that counts; ``sequence`` is -1 before the first."""

    sequence: int = -1
    hash: str = ""

    def __str__(self) -> str:
        """Write it as batches keep it: ``41:9f2c…``."""
        return f"{self.sequence}:{self.hash}"


def head_at(as_of: datetime | None = None) -> Head:
    """Return the log's last event whose clock says ``as_of`` or earlier, the newest for None."""
    events = Event.objects.order_by("-sequence")
    if as_of is not None:
        events = events.filter(happened_at__lte=as_of)
    found = events.values_list("sequence", "hash").first()
    return Head(*found) if found else Head()


def known_rows(
    kind: RecordType,
    names: Collection[str],
    head: Head,
    *,
    within: Q | None = None,
) -> pa.Table:
    """Return the records of a type as known at a place in the log.

    Args:
        kind: The type.
        names: Fields wanted, of the programme or the envelope; none of them personal.
        head: The last event that counts.
        within: Which records are of interest, to read fewer; more may be returned.

    Returns:
        ``node_id``, ``state`` and the fields, in this order: days as ``date32`` (an instant by its
        business day), numbers exact, references as text, ``id`` as 32 hexadecimal digits.
    """
    wanted = list(dict.fromkeys((*_ENVELOPE, *names)))
    everything = kind.model._default_manager.all()  # noqa: SLF001 - public _meta
    rows = everything if within is None else everything.filter(within)
    if not _is_later(kind, head):
        table = columns_read(rows, [column_of(kind, name) for name in wanted])
        if not _is_later(kind, head):  # nor while it was read
            return table
    columns = [column_of(kind, name) for name in dict.fromkeys((*_TO_TAKE_BACK, *wanted))]
    return _read_back(kind, rows, columns, head).select(
        [each.field.name for each in columns if each.name in wanted]
    )


def _is_later(kind: RecordType, head: Head) -> bool:
    return Event.objects.filter(record_type=kind.id, sequence__gt=head.sequence).exists()


def _read_back(
    kind: RecordType, rows: QuerySet[Record], columns: Sequence[Column], head: Head
) -> pa.Table:
    """Read rows, then those changed since the head, then what happened to these: to take it back.

    In this order nothing slips through that is written meanwhile.
    """
    table = columns_read(rows, columns)
    keys = sorted(_later(kind, head))
    is_changed = pc.is_in(table["id"], pa.array(keys, pa.string()))
    everything = kind.model._default_manager.all()  # noqa: SLF001 - public _meta
    parts = [table.filter(is_changed)]
    if rows.query.where:  # some of what changed may not have been of interest
        parts = [
            columns_read(everything.filter(pk__in=keys[start : start + _KEYS]), columns)
            for start in range(0, len(keys), _KEYS)
        ]
    later = _later(kind, head)
    before = [
        row
        for part in parts
        for each in part.to_pylist()
        if (row := _taken_back(each, later[each["id"]], columns)) is not None
    ]
    _closed_again(kind, before, head)
    return pa.concat_tables([table.filter(pc.invert(is_changed)), _table(before, columns)])


def columns_read(rows: QuerySet[Record], columns: Sequence[Column]) -> pa.Table:
    """Read columns as the database writes them as text: it is Arrow that makes dates of them."""
    wanted = {
        f"c{i}": Cast(F(each.attname), CharField()) if each.is_text else F(each.attname)
        for i, each in enumerate(columns)
    }
    found = rows.order_by().values_list(*(wanted[name] for name in wanted))
    schema = pa.schema([each.field for each in columns])
    tables = []
    cursor = found.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(cursor, _CHUNK)):
        cells = zip(*chunk, strict=True)
        arrays = [each.read(values) for each, values in zip(columns, cells, strict=True)]
        tables.append(pa.Table.from_arrays(arrays, schema=schema))
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _later(kind: RecordType, head: Head) -> Mapping[str, Sequence[Event]]:
    """Return what happened after the head by record, the newest first."""
    found: dict[str, list[Event]] = defaultdict(list)
    events = Event.objects.filter(record_type=kind.id, sequence__gt=head.sequence)
    for event in events.order_by("-sequence").only("record_key", "action", "content").iterator():
        found[event.record_key.replace("-", "")].append(event)
    return found


def _taken_back(
    row: dict[str, Any], later: Sequence[Event], columns: Sequence[Column]
) -> dict[str, Any] | None:
    """Return a row without what happened later; None if it was opened later.

    Events of a version that the row does not have yet were written after it was read.
    """
    kinds = {each.name: each for each in columns}
    for event in later:
        content = event.content
        if content.get("version", 0) > row["version"]:
            continue
        if event.action == "open":
            return None
        for name, (old, _new) in content.get("changes", {}).items():
            if name in kinds:
                row[kinds[name].field.name] = kinds[name].told(old)
        row["state"] = content.get("from", row["state"])
    return row


def _closed_again(kind: RecordType, rows: Sequence[dict[str, Any]], head: Head) -> None:
    """Set when rows were closed: the log tells it by the action that led to the final state."""
    if not rows or "closed_at" not in rows[0]:
        return
    closed = {each["id"]: each for each in rows if kind.spec.state(each["state"]).final}
    for each in rows:
        each["closed_at"] = None
    keys = sorted(closed)
    for start in range(0, len(keys), _KEYS):
        dashed = [f"{k[:8]}-{k[8:12]}-{k[12:16]}-{k[16:20]}-{k[20:]}" for k in keys[start:][:_KEYS]]
        events = Event.objects.filter(
            record_type=kind.id, record_key__in=dashed, sequence__lte=head.sequence
        ).order_by("sequence")
        for key, at, content in events.values_list("record_key", "happened_at", "content"):
            if "to" in content:
                closed[key.replace("-", "")]["closed_at"] = business_date(at)


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> pa.Table:
    """Make columns of rows, looking up what the log told by code."""
    for each in columns:
        told = {row[each.field.name] for row in rows if isinstance(row[each.field.name], Code)}
        if not told:
            continue
        known = each.by_code(told)
        for row in rows:
            if isinstance(row[each.field.name], Code):
                row[each.field.name] = known.get(row[each.field.name])
    return pa.Table.from_pylist(list(rows), schema=pa.schema([each.field for each in columns]))
