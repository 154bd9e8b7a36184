"""What the lake knew of sectors before a plan: what they will be asked, what layers carry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.energy_saving.planning.block import Asked
from commonweal.domains.radio.network.ahead import Ahead, demand_forecast, learned, sample_of
from commonweal.domains.radio.network.calendar import events_read
from commonweal.domains.radio.network.layers import layers_of
from commonweal.domains.radio.network.measuring import measured_mbit_s
from commonweal.domains.radio.network.traffic import history, slots_reported
from commonweal.engines.radio.forecast_calibration import QUANTILES, Calibration
from commonweal.lake.views import read
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.planning.policy import Policy
    from commonweal.domains.radio.network.grid import Grid
    from commonweal.domains.radio.network.layers import PowerBook
    from commonweal.domains.radio.network.traffic import History
    from commonweal.engines.radio.sectors import Bools, Floats, Layers

NO_REPORTS: Final = "no_reports"
FEW_REPORTS: Final = "few_reports"
NO_FORECAST: Final = "no_forecast"
_SAMPLE: Final = 100
"""Sectors of each class that tell how fine reports are."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the sectors of a province have in common, and how fine their reports are."""

    calibration: Calibration | None
    slots_a_day: int

    def text(self) -> str:
        """Return it as a text; ``learned_read`` reads it back to the last bit."""
        held = self.calibration
        parts: dict[str, Any] = {"slots_a_day": self.slots_a_day}
        if held is not None:
            for each in fields(held):
                value = getattr(held, each.name)
                parts[each.name] = value if isinstance(value, tuple) else value.tolist()
        return json.dumps(parts, sort_keys=True)


def learned_read(text: str) -> Learned:
    """Return what ``Learned.text`` wrote."""
    parts = json.loads(text)
    slots = parts.pop("slots_a_day")
    if not parts:
        return Learned(None, slots)
    held = Calibration(
        quantiles=tuple(parts["quantiles"]),
        n_sectors=np.array(parts["n_sectors"], np.int64),
        **{
            name: np.array(parts[name], np.float32)
            for name in ("miss", "profile", "spread", "swing")
        },
    )
    return Learned(held, slots)


@dataclass(frozen=True, slots=True)
class LakeForecasts:
    """Forecasts from counters in the lake, as they were known.

    Attributes:
        policy: Length of the history and of slots.
        first_date: The plan's first day: no report from it or later counts.
        as_of: What was known then counts.
    """

    policy: Policy
    first_date: date
    as_of: datetime

    @property
    def sha256(self) -> str:
        """Digest of the files behind it, and of events."""
        month, months = (self.first_date - timedelta(self.policy.history_days)).replace(day=1), []
        while month <= self.first_date:
            months.append(month)
            month = month_add(month, 1)
        files = read("cell_counters", months=months, as_of=self.as_of).sha256s
        return hashlib.sha256("\n".join([events_read().sha256, *files]).encode()).hexdigest()

    def learn(self, province: Grid) -> Learned:
        """Learn from a sample of a province's sectors."""
        slots: int = self.policy.slots_a_day
        if slots != 24:  # noqa: PLR2004 - reports of any length make hours
            some = province.take(sample_of(province, _SAMPLE))
            slots = slots_reported(some, until_date=self.first_date, as_of=self.as_of)
        held = learned(
            province,
            until_date=self.first_date,
            n_days=self.policy.history_days,
            slots_a_day=slots,
            as_of=self.as_of,
            quantiles=sorted({*QUANTILES, self.policy.quantile}),
        )
        return Learned(held, slots)

    def asked(
        self, grid: Grid, days: Sequence[date], quantiles: Sequence[float], learned: Learned
    ) -> Iterator[Sequence[Asked]]:
        """Yield for each day what sectors are asked, once for each quantile.

        Args:
            grid: The sectors.
            days: Days from the plan's first on.
            quantiles: Among those learned.
            learned: Of the province.
        """
        past = self._history(grid, learned.slots_a_day)
        events = events_read()
        for day in days:
            found = demand_forecast(
                grid,
                day,
                past=past,
                calibration=learned.calibration,
                events=events,
                slots_a_day=self.policy.slots_a_day,
                n_threads=2,
            )
            reason = self._reason(past, found.is_cold)
            yield [Asked(found.mean, _at(found, each), reason) for each in quantiles]

    def layers(self, grid: Grid, power: PowerBook, *, helped: Bools | None = None) -> Layers:
        """Return what layers may do, carry and draw; counters tell what the inventory does not."""
        measured = measured_mbit_s(
            grid, until_date=self.first_date, n_days=self.policy.history_days, as_of=self.as_of
        )
        return layers_of(grid, power, self.policy, measured=measured, helped=helped)

    def _history(self, grid: Grid, slots_a_day: int) -> History:
        return history(
            grid,
            until_date=self.first_date,
            n_days=self.policy.history_days,
            slots_a_day=slots_a_day,
            as_of=self.as_of,
        )

    def _reason(self, past: History, is_cold: Bools) -> NDArray[np.object_]:
        reason = np.full(len(is_cold), None, object)
        reason[is_cold] = NO_FORECAST
        reason[past.known_share < self.policy.least_reported_share] = FEW_REPORTS
        reason[past.known_share == 0] = NO_REPORTS
        return reason


def _at(found: Ahead, quantile: float) -> Floats:
    """Return demand at a quantile; where nothing was learned every sector is cold."""
    if quantile not in found.quantiles:
        return np.full_like(found.mean, np.nan)
    at = found.quantiles.index(quantile)
    return np.array(found.quantile[at])  # a copy: the other quantiles may go
