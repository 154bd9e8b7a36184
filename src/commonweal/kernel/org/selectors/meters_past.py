"""The register of meters as it was known at an instant: later corrections are undone.

A meter is one row and its corrections are events that tell field, before and after; the past is
read by undoing what came later. So what a published fact was made of can be computed again after
its meter was corrected.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from commonweal.kernel.org.models import Meter
from commonweal.kernel.org.selectors.registers import meters_table
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def meters_known(as_of: datetime | None, carriers: Collection[str] = ()) -> pa.Table:
    """Return every meter as the register had it at an instant, in the form of ``meters_table``.

    Meters that are not of the carriers asked for may be left out.

    A meter that was registered later is there with its present row: nothing was known of it then,
    so no row of that instant speaks of it.
    """
    undone = _undone(as_of) if as_of else {}
    table = meters_table(() if undone else carriers)  # a carrier may have been corrected
    if not undone:
        return table
    ids = table["meter_id"].to_pylist()
    place = {meter_id: i for i, meter_id in enumerate(ids)}
    for name in sorted({name for fields in undone.values() for name in fields}):
        if name not in table.column_names:
            continue
        values = table[name].to_pylist()
        for meter_id, fields in undone.items():
            if name in fields and meter_id in place:
                values[place[meter_id]] = _read(fields[name], is_day=name.endswith("_date"))
        field = table.schema.field(name)
        column = pa.array(values, field.type)
        table = table.set_column(table.column_names.index(name), field, column)
    return table


def _undone(as_of: datetime) -> dict[int, dict[str, Any]]:
    """Return what the fields of corrected meters were, by id: the earliest later change counts."""
    newest = Event.objects.order_by("-sequence").values_list("happened_at", flat=True).first()
    if newest is None or newest <= as_of:  # what is known now, as computation mostly asks
        return {}
    later = Event.objects.filter(
        record_type="meter", happened_at__gt=as_of, action__in=("updated", "replaced")
    )
    found: dict[str, dict[str, Any]] = {}
    rows = later.order_by("-sequence").values_list("record_key", "action", "content")
    for code, action, content in rows.iterator():
        before = content["before"] if action == "updated" else {"removed_date": None}
        found.setdefault(code, {}).update(before)
    ids = dict(Meter.objects.filter(code__in=found).values_list("code", "pk"))
    return {ids[code]: fields for code, fields in found.items() if code in ids}


def _read(value: Any, *, is_day: bool) -> Any:  # noqa: ANN401 - whatever the register holds
    return date.fromisoformat(value) if is_day and value else value
