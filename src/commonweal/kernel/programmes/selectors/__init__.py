"""Reading records: what needs me, lists, suspects, history."""

from commonweal.kernel.programmes.past import Past, record_at
from commonweal.kernel.programmes.selectors.duplicates import duplicates_list, duplicates_of
from commonweal.kernel.programmes.selectors.history import (
    Change,
    Difference,
    record_diff,
    record_timeline,
)
from commonweal.kernel.programmes.selectors.waiting import Key, Page, queue, queue_of

__all__ = [
    "Change",
    "Difference",
    "Key",
    "Page",
    "Past",
    "duplicates_list",
    "duplicates_of",
    "queue",
    "queue_of",
    "record_at",
    "record_diff",
    "record_timeline",
]
