"""Measures that nobody approved yet, proposed as actions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.domains.carbon.dual_control.house import costs_rule
from commonweal.domains.carbon.dual_control.models import Measure
from commonweal.kernel.actions import Proposal, proposes
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_SURE_SHARE: Final = Decimal("0.9")


@proposes("dual_control")
def measures(now: datetime) -> Iterator[Proposal]:
    """Yield every measure that is an idea; one that was approved goes its own way."""
    price = Decimal(repr(costs_rule(business_date(now)).price_cny_kwh))
    for each in Measure.objects.filter(state="idea").select_related("node").order_by("code"):
        yield Proposal(
            key=f"dual_control:{each.pk}",
            name=each.title,
            node=each.node.code,
            kind=each.kind,
            capex_cny=each.capex_cny,
            opex_cny_a=each.opex_cny_a,
            life_years=each.life_years,
            saving_kwh_a=each.saving_kwh_a,
            saving_low_kwh_a=each.saving_low_kwh_a,
            saving_high_kwh_a=each.saving_high_kwh_a,
            abatement_tco2e_a=each.abatement_tco2e_a,
            saving_cny_a=round(each.saving_kwh_a * price, 2),
            confidence_share=_SURE_SHARE,
            source=each.code,
        )
