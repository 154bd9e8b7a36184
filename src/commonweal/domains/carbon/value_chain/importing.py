"""Bringing in what suppliers send: new footprints are opened, deprecated ones go out of use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from commonweal.domains.carbon.value_chain.models import Footprint
from commonweal.domains.carbon.value_chain.pact import ProductFootprint, footprints_parse
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

_KEPT: Final = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of each footprint of a file."""

    opened: tuple[str, ...]
    known: tuple[str, ...]
    """Ids that were there before, from this file sent twice or another."""
    withdrawn: tuple[str, ...]
    refused: tuple[str, ...]
    """Why, a sentence each."""


@transaction.atomic
def footprints_import(text: str, *, node: Node, scope: Scope, now: datetime) -> Imported:
    """Open a record for each new footprint of a PACT text; a reviewer decides on its use.

    A footprint with the status ``Deprecated`` is never opened; one in use is withdrawn by it.

    Raises:
        InputError: The text is no JSON of footprints.
    """
    found = footprints_parse(text)
    sound = [each for each in found if isinstance(each, ProductFootprint)]
    rows = Footprint.objects.filter(pf_id__in=[each.pf_id for each in sound])
    before = {row.pf_id: row for row in rows}
    fresh = {each.pf_id: each for each in sound if each.is_active and each.pf_id not in before}
    kind = record_type("value_chain.footprint")
    openings = [Opening(node=node, values=_values(each)) for each in fresh.values()]
    if openings:
        records_open(kind, openings, scope=scope, now=now)
    ended = {
        each.pf_id: before[each.pf_id].pk
        for each in sound
        if not each.is_active
        and each.pf_id in before
        and before[each.pf_id].state in {"received", "accepted"}
    }
    if ended:
        records_act(
            kind, list(ended.values()), "withdraw", context=Context(scope, now, "Deprecated")
        )
    return Imported(
        opened=tuple(fresh),
        known=tuple(name for name in before if name not in ended),
        withdrawn=tuple(ended),
        refused=tuple(str(each) for each in found if not isinstance(each, ProductFootprint)),
    )


def _values(each: ProductFootprint) -> dict[str, Any]:
    return {
        "pf_id": each.pf_id,
        "supplier": each.supplier,
        "product_name": each.product_name,
        "product_ids": "\n".join(each.product_ids),
        "declared_unit": each.declared_unit,
        "declared_amount": each.declared_amount.quantize(_KEPT),
        "pcf_kgco2e": each.pcf_kgco2e.quantize(_KEPT),
        "valid_from": each.valid_from,
        "valid_until": each.valid_until,
        "gwp_set": each.gwp_set,
        "primary_share": each.primary_share,
        "preceding": "\n".join(each.preceding),
        "document_sha256": each.document_sha256,
    }
