"""Manifests as a page: weights at both ends by class, and each transfer where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from commonweal.domains.carbon.waste.classes import waste_classes
from commonweal.domains.carbon.waste.models import Transfer
from commonweal.kernel.programmes.pages import record_address
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.programmes.pages import Asked

_SHOWN = 200


def manifests(asked: Asked) -> Mapping[str, Any]:
    """Return weights by class of what left in the period, and the transfers that differ."""
    span = asked.period
    rows = asked.scope.visible(
        Transfer.objects.filter(
            shipped_date__gte=span.start_date,
            shipped_date__lt=span.end_date,
            state__in=("sent", "received", "closed"),
        )
    )
    choices = record_type("waste.transfer").spec.fields["waste_class"].choices
    classes = []
    for each in rows.values("waste_class").order_by("waste_class").annotate(sent=Sum("sent_kg")):
        known = waste_classes()[each["waste_class"]]
        arrived = rows.filter(waste_class=known.id, received_kg__isnull=False)
        at_both = arrived.aggregate(sent=Sum("sent_kg"), received=Sum("received_kg"))
        under_way = each["sent"] - (at_both["sent"] or 0)
        names = {"name": named(choices[known.id]), "known": known, "under_way": under_way}
        classes.append({**names, "sent": each["sent"], "received": at_both["received"]})
    classes.sort(key=lambda row: (not row["known"].hazardous, -row["sent"]))
    differing = rows.filter(is_differing=True).select_related("node").order_by("-shipped_date")
    return {
        "classes": classes,
        "differing": [
            (each, named(choices[each.waste_class]), record_address(each))
            for each in differing[:_SHOWN]
        ],
    }
