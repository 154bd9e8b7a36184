"""What the ledger says differently to SQLite and to PostgreSQL; below the ORM, for speed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from django.db import connection

from commonweal.errors import DefinitionError
from commonweal.kernel.ledger.stores import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.backends.utils import CursorWrapper


class Store(Protocol):
    """One database's way to take many rows at once; modules of this package have these."""

    def begin(self, cursor: CursorWrapper) -> None:
        """Prepare the connection for a batch."""

    def among(self, column: str) -> str:
        """Return the condition that ``column`` is one of a list, with one ``%s``."""

    def listed(self, values: Sequence[int] | Sequence[str]) -> object:
        """Return the list as that parameter."""

    def instant_in(self, at: datetime) -> object:
        """Return an instant as the database takes it in raw statements."""

    def instant_out(self, at: Any) -> datetime:  # noqa: ANN401 - text or datetime
        """Return an instant that a raw statement gave, in UTC."""

    def rows_insert(
        self, cursor: CursorWrapper, table: str, names: Sequence[str], columns: Sequence[Any]
    ) -> None:
        """Insert rows, given as columns of what the database takes."""

    def balances_write(self, cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows of (account, balance, reserved, next expiry)."""


def store() -> Store:
    """Return the module for the configured database.

    Raises:
        DefinitionError: The database is neither SQLite nor PostgreSQL.
    """
    known = {"sqlite": sqlite, "postgresql": postgresql}
    if connection.vendor not in known:
        raise DefinitionError(
            f"{connection.vendor} cannot keep the ledger", hint="use SQLite or PostgreSQL"
        )
    return cast("Store", known[connection.vendor])
