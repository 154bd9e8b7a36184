"""What must hold before a footprint is used, and what happens to the one whose place it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.domains.carbon.value_chain.models import Footprint
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context as Acting
from commonweal.kernel.programmes.services import records_act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.programmes.services import Context


def is_apart(footprint: Footprint, _context: Context) -> bool:
    """Whether no other footprint in use speaks of the same product and days, save preceding ones.

    So a purchase finds one footprint or none, whatever the order in which they came.
    """
    others = Footprint.objects.filter(
        state="accepted",
        supplier=footprint.supplier,
        valid_from__lt=footprint.valid_until,
        valid_until__gt=footprint.valid_from,
    ).exclude(pf_id__in=footprint.preceding.split())
    ids = set(footprint.product_ids.split())
    return not any(ids & set(each.product_ids.split()) for each in others)


def supersede_preceding(footprints: Sequence[Footprint], context: Context) -> None:
    """Take the footprints that these ones name as preceding out of use, and say why."""
    for footprint in footprints:
        before = Footprint.objects.filter(
            pf_id__in=footprint.preceding.split(), state__in=("accepted", "received")
        )
        if keys := [each.pk for each in before]:
            comment = f"{footprint.pf_id} {context.comment}".strip()
            told = Acting(context.scope, context.now, comment)
            records_act(record_type("value_chain.footprint"), keys, "supersede", context=told)
