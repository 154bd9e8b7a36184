"""Manifests as a page: weights at both ends by class, and each transfer where they differ."""

from __future__ import annotations

from decimal import Decimal
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
    classes: list[dict[str, Any]] = []
    for each in rows.values("waste_class").order_by("waste_class").annotate(sent=Sum("sent_kg")):
        known = waste_classes()[each["waste_class"]]
        arrived = rows.filter(waste_class=known.id, received_kg__isnull=False)
        at_both = arrived.aggregate(sent=Sum("sent_kg"), received=Sum("received_kg"))
        classes.append(
            {
                "name": named(choices[known.id]),
                "known": known,
                "sent": _round(each["sent"]),
                "under_way": _round(each["sent"] - (at_both["sent"] or 0)),
                "received": _round(at_both["received"] or Decimal(0)),
            }
        )
    classes.sort(key=lambda row: (not row["known"].hazardous, -row["sent"]))
    differing = rows.filter(is_differing=True).select_related("node").order_by("-shipped_date")
    return {
        "classes": classes,
        "differing": [
            {
                "code": each.code,
                "name": named(choices[each.waste_class]),
                "address": record_address(each),
                "manifest": each.manifest,
                "sent": _round(each.sent_kg),
                "received": _round(each.received_kg or Decimal(0)),
                "difference": _round(each.difference_kg or Decimal(0)),
            }
            for each in differing[:_SHOWN]
        ],
    }


def _round(weight_kg: Decimal) -> Decimal:
    return weight_kg.quantize(Decimal("0.1"))
