"""One writer at a time for the logs, on either database."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.transaction import TransactionManagementError

_LOG_LOCK: Final = 0x636F6D6D6F6E  # "common"; any constant will do, as long as all writers share it


def log_lock() -> None:
    """Wait until no other transaction writes to a log; released when this transaction ends.

    SQLite took its write lock when the transaction began (``IMMEDIATE``). One lock serves the
    fact log and the event log, so that writers of both cannot wait for one another in a circle.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a log is written inside a transaction only")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOG_LOCK])
