"""Writing records: open, change, act, approve, merge, attach. One event for each, or nothing."""

from commonweal.kernel.programmes.services.acting import record_act, records_act
from commonweal.kernel.programmes.services.attaching import attachment_add, attachment_open
from commonweal.kernel.programmes.services.changing import ConflictError, record_change
from commonweal.kernel.programmes.services.context import Context, Outcome
from commonweal.kernel.programmes.services.merging import record_merge, record_unmerge
from commonweal.kernel.programmes.services.noting import (
    comment_add,
    personal_erase,
    record_assign,
    record_restore,
)
from commonweal.kernel.programmes.services.opening import Opening, record_open, records_open
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.services.views import view_remove, view_save

__all__ = [
    "ConflictError",
    "Context",
    "Opening",
    "Outcome",
    "RefusedError",
    "RoleError",
    "attachment_add",
    "attachment_open",
    "comment_add",
    "personal_erase",
    "record_act",
    "record_assign",
    "record_change",
    "record_merge",
    "record_open",
    "record_restore",
    "record_unmerge",
    "records_act",
    "records_open",
    "view_remove",
    "view_save",
]
