"""The cross-check of two sources as a page: how they differ, with the way to each invoice."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from commonweal.domains.supply.payments.crosscheck import crosscheck as rows_of
from commonweal.domains.supply.payments.models import Invoice
from commonweal.kernel.programmes.pages import Asked, record_address

if TYPE_CHECKING:
    from collections.abc import Mapping


def crosscheck(asked: Asked) -> Mapping[str, list[dict[str, Any]]]:
    """Return the rows on which the sources disagree by rule, each with its invoice's address."""
    rows = rows_of(asked.period, scope=asked.scope).to_pylist()
    here = Invoice.objects.filter(number__in=[row["number"] for row in rows])
    known = {(each.node_id, each.number): each for each in asked.scope.visible(here)}
    for row in rows:
        invoice = known.get((row["node_id"], row["number"]))
        row["address"] = record_address(invoice) if invoice else ""
    return {rule: list(alike) for rule, alike in groupby(rows, key=lambda row: str(row["rule"]))}
