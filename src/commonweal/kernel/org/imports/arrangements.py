"""Roles, virtual meters and agreements from tables: each row is one call of its service."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from commonweal.errors import InputError
from commonweal.kernel.org.imports.result import RowReject
from commonweal.kernel.org.services.arrangements import (
    meter_expression_set,
    meter_role_set,
    site_share_set,
)
from commonweal.kernel.org.services.common import NothingChangesError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from commonweal.kernel.org.imports.result import Row
    from commonweal.kernel.org.imports.writing import Change


def _role(values: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    meter_role_set(meter=values["code"], role=values["role"], **told)


def _expression(values: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    meter_expression_set(meter=values["code"], expression=values["expression"], **told)


def _share(values: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    share = values.get("share")
    site_share_set(
        code=values["code"],
        site=values["site"],
        party=values["party"],
        party_kind=values["party_kind"],
        share=None if share is None else Decimal(repr(share)),
        meter=values.get("meter") or "",
        **told,
    )


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], None]]] = {
    "meter_roles": _role,
    "virtual_meters": _expression,
    "site_shares": _share,
}


class ArrangementLoader:
    """Says what is out of the ordinary, row by row: there are few, and each may forbid another."""

    chunk_rows = 1_000

    def __init__(self, table: str, change: Change) -> None:
        """Take which table it is, and where to report to."""
        self._write, self._change = _WRITERS[table], change

    def load(self, rows: Sequence[Row]) -> None:
        """Write the rows, refuse those that break a rule; what is known already stays."""
        for row in rows:
            told = {
                "from_date": row.values["valid_from"],
                "until_date": row.values.get("valid_to"),
                "actor": self._change.actor,
                "now": self._change.now,
                "reason": f"{row.file} row {row.number}",
            }
            try:
                self._write(row.values, told)
            except NothingChangesError:
                self._change.count.unchanged += 1
            except InputError as fault:
                self._change.refuse(RowReject.of(row, "", fault))
            else:
                self._change.count.created += 1
