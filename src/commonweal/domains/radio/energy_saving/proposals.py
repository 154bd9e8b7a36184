"""Sleep that was shown to save, proposed for every night of a year."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.domains.radio.energy_saving.models import Verification
from commonweal.kernel.actions import Proposal, proposes
from commonweal.kernel.disclosure.known import node_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from commonweal.kernel.org.models import Node

_PRICE_CNY_KWH: Final = Decimal("0.72")
"""A round figure for general commerce and industry, as that of dual control's rules."""
_LIFE_YEARS: Final = 3
"""Sleep needs no investment; after a few years equipment and traffic are others."""


@proposes("energy_saving")
def sleep(now: datetime) -> Iterator[Proposal]:
    """Yield one proposal for each node with a verified saving: a year of nights like those."""
    of: dict[Node, list[Verification]] = defaultdict(list)
    for each in Verification.objects.filter(state="verified").select_related("node"):
        of[each.node].append(each)
    factors = catalogue().factors["grid_average"]
    for node, records in sorted(of.items(), key=lambda row: row[0].code):
        n_days = sum((each.last_date - each.first_date).days + 1 for each in records)
        saved, low, high = (
            round(sum(getattr(each, name) for each in records) / n_days * 365)
            for name in ("saved_kwh", "low_kwh", "high_kwh")
        )
        if saved <= 0:
            continue
        factor = factors.find(
            carrier="electricity", place=node.place or "CN", year=now.year, known_at=now
        ).row.value
        yield Proposal(
            key=f"energy_saving:{node.code}",
            name=f"多層協同休眠，全年 · {node_name(node, 'zh-hant')}",
            node=node.code,
            kind="radio",
            capex_cny=Decimal(0),
            opex_cny_a=Decimal(0),
            life_years=_LIFE_YEARS,
            saving_kwh_a=Decimal(saved),
            saving_low_kwh_a=Decimal(low),
            saving_high_kwh_a=Decimal(high),
            abatement_tco2e_a=round(Decimal(saved) * Decimal(str(factor)) / 1000, 2),
            saving_cny_a=round(saved * _PRICE_CNY_KWH, 2),
            verified_by="radio_energy_saved",
            source=", ".join(each.code for each in records),
        )
