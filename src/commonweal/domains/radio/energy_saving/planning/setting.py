"""What the provinces of one plan share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from commonweal.domains.radio.energy_saving.planning.awake import Holding
    from commonweal.domains.radio.energy_saving.planning.expecting import LakeForecasts
    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.domains.radio.network.layers import PowerBook


@dataclass(frozen=True)
class Setting:
    """What the provinces of one plan share."""

    days: tuple[date, ...]
    policy: Policy
    power: PowerBook
    forecasts: LakeForecasts
    holds: tuple[Holding, ...]
    above: Mapping[int, frozenset[str]]
