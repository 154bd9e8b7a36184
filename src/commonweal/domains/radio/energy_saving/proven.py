"""What was verified of a plan: the sum of its verifications, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.domains.radio.energy_saving.models import Verification
from commonweal.domains.radio.network.places import provinces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.domains.radio.energy_saving.models import Plan
    from commonweal.kernel.programmes.pages import Asked


@dataclass(frozen=True, slots=True)
class Verified:
    """Verified savings against one frozen counterfactual.

    Where there are several records their ends add up: an interval that is wide enough whatever
    binds them together.
    """

    records: tuple[Verification, ...]

    @property
    def saved_wh(self) -> float:
        """What was saved."""
        return 1000 * float(sum(each.saved_kwh for each in self.records))

    @property
    def low_wh(self) -> float:
        """The low end of the interval."""
        return 1000 * float(sum(each.low_kwh for each in self.records))

    @property
    def high_wh(self) -> float:
        """The high end of the interval."""
        return 1000 * float(sum(each.high_kwh for each in self.records))


def verified_of(asked: Asked, plan: Plan) -> Verified | None:
    """Return what the reader may see of a plan's verified saving; None without any."""
    if not plan.counterfactual_sha256:
        return None
    seen = asked.scope.visible(Verification.objects.filter(state="verified"))
    found = seen.filter(counterfactual_sha256=plan.counterfactual_sha256)
    records = tuple(found.select_related("node").order_by("first_date", "node__code"))
    return Verified(records) if records else None


def provinces_verified(verified: Verified | None) -> Mapping[str, float]:
    """Return the saving of each province that was verified by itself, watt-hours."""
    found: dict[str, float] = {}
    for record in verified.records if verified else ():
        for part in provinces(record.first_date):
            if record.node.code == part.code:
                saved_wh = 1000 * float(record.saved_kwh)
                found[part.code] = found.get(part.code, 0.0) + saved_wh
    return found
