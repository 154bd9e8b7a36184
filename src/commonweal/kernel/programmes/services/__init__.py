"""Writing records: open, change, act, approve, merge, attach. One event for each, or nothing."""

from commonweal.kernel.programmes.services.acting import Context, Outcome, record_act, records_act
from commonweal.kernel.programmes.services.changing import ConflictError, record_change
from commonweal.kernel.programmes.services.opening import Opening, record_open, records_open

__all__ = [
    "ConflictError",
    "Context",
    "Opening",
    "Outcome",
    "record_act",
    "record_change",
    "record_open",
    "records_act",
    "records_open",
]
