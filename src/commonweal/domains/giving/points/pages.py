"""Tracing as a page: which gifts paid for this, and what became of this member's gifts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from commonweal.domains.giving.points.models import Entitlement, Library
from commonweal.domains.giving.points.rules import FUND, POINTS_PER_CNY
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.ledger.models import Account
from commonweal.kernel.ledger.selectors import transfers_of, transfers_out_of
from commonweal.kernel.ledger.tracing import Part, paid_from, spent_on
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.kernel.programmes.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.ledger.models import Transfer
    from commonweal.kernel.programmes.models import Record

_SHOWN = 100


def tracing(asked: Asked) -> Mapping[str, Any]:
    """Return what the code in the address is traced to: gifts of a record, or uses of a gift.

    Members are codes of the ledger; a record that may not be read is told without its code.
    """
    of, scope = asked.values.get("of", "").strip(), asked.scope
    tables = [scope.visible(model.objects.all()) for model in (Entitlement, Library)]
    if record := next((row for rows in tables for row in rows.filter(code=of)), None):
        paid = transfers_of(type_of(record).id, str(record.pk))
        parts = [part for each in paid for part in paid_from(each)]
        return {"record": record, "address": record_address(record), **_told(paid, parts, {})}
    account = Account.objects.filter(code=of).first()
    if account and scope.holds(Role.REVIEWER, account.node_id):
        given = [each for each in transfers_out_of(of, code="gift") if each.credit.code == FUND]
        parts = [part for each in given for part in spent_on(each)]
        return {"member": of, **_told(given, parts, _records(parts, scope))}
    done = [rows.filter(state__in=("paid", "built")).order_by("-pk")[:3] for rows in tables]
    offered = [row.code for rows in done for row in rows]
    return {"unknown": of, "offered": offered}


def _told(
    moved: Iterable[Transfer], parts: list[Part], records: Mapping[str, Record]
) -> dict[str, Any]:
    rows = [
        {
            "at": part.transfer.occurred_at,
            "member": part.transfer.debit.code,
            "record": records.get(part.transfer.record_key),
            "cny": _cny(part.amount),
        }
        for part in parts
    ]
    sums = (sum(each.amount for each in moved), sum(part.amount for part in parts))
    whole_cny, traced_cny = map(_cny, sums)
    return {"rows": rows[:_SHOWN], "n": len(rows), "whole_cny": whole_cny, "traced_cny": traced_cny}


def _records(parts: Iterable[Part], scope: Scope) -> dict[str, Record]:
    """Return the records that parts paid, by key, as far as they may be read."""
    keys = {part.transfer.record_key for part in parts}
    tables = (scope.visible(model.objects.filter(pk__in=keys)) for model in (Entitlement, Library))
    return {str(row.pk): row for rows in tables for row in rows}


def _cny(points: int) -> Decimal:
    return (Decimal(points) / POINTS_PER_CNY).quantize(Decimal("0.01"))
