"""What plans keep to: our defaults, replaced key by key by the operator's own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from django.conf import settings
from pydantic import Field

from commonweal.catalogue.reading import Strict, checked, shown, toml_read
from commonweal.domains.radio.network.layers import LayerPolicy
from commonweal.engines.radio.sectors import Rules

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from commonweal.engines.radio.sectors import Bools

_OURS: Final = Path(__file__).with_name("policy.toml")
_MINUTES_A_DAY: Final = 1440
Share = Annotated[float, Field(ge=0, le=1)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class NotAllowed(Strict):
    """A time at which nothing sleeps; it may run over midnight."""

    name: Annotated[str, Field(min_length=1)]
    from_: Annotated[Clock, Field(alias="from")]
    until: Clock
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(strict=False)] = (
        *range(1, 8),
    )
    node: str = ""

    def slots(self, day: date, slots_a_day: int) -> Bools:
        """Return which slots of a business day it touches."""
        start = np.arange(slots_a_day) * (_MINUTES_A_DAY // slots_a_day)
        end = start + _MINUTES_A_DAY // slots_a_day
        first, last = minute(self.from_), minute(self.until)
        today = day.isoweekday() in self.weekdays
        if first < last:
            return np.asarray(today & (start < last) & (end > first))
        yesterday = (day.isoweekday() - 2) % 7 + 1 in self.weekdays
        return np.asarray((today & (end > first)) | (yesterday & (start < last)))


class Policy(LayerPolicy):
    """The whole policy; ``policy.toml`` gives the reasons."""

    quantile: Annotated[float, Field(gt=0, lt=1)]
    slots_a_day: Literal[24, 96]
    dwell_h: Annotated[float, Field(gt=0, le=24)]
    lead_h: Annotated[float, Field(ge=0, le=24)]
    most_changes_a_day: Annotated[int | None, Field(ge=0)] = None
    unserved_w_per_mbit_s: Annotated[float, Field(gt=0)]
    board_w: Annotated[float, Field(ge=0)]
    weights: Literal["none", "price", "carbon"]
    holdout_share: Share
    holdout_seed: Annotated[str, Field(min_length=1)]
    history_days: Annotated[int, Field(ge=1, le=366)]
    least_reported_share: Share
    neighbour_least_share: Share = 1.0  # plans of before neighbours had no such keys
    neighbour_rate_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    supply: Annotated[str, Field(min_length=1)] = "cabinet"
    outdoor_degc: Annotated[float, Field(ge=-60, le=60)] = 25.0
    not_allowed: Annotated[tuple[NotAllowed, ...], Field(strict=False)] = ()

    @property
    def slot_h(self) -> float:
        """Length of a slot."""
        return 24 / self.slots_a_day

    @property
    def rules(self) -> Rules:
        """What the plan of a day keeps to, in slots; times are rounded up."""
        return Rules(
            slot_h=self.slot_h,
            dwell_slots=max(1, int(np.ceil(self.dwell_h / self.slot_h))),
            lead_slots=int(np.ceil(self.lead_h / self.slot_h)),
            most_changes=self.most_changes_a_day,
            unserved_w_per_mbit_s=self.unserved_w_per_mbit_s,
        )

    def forbidden(self, day: date, nodes: Collection[str]) -> Bools:
        """Return the slots in which nothing below these nodes sleeps. Shape (slot,)."""
        found = np.zeros(self.slots_a_day, np.bool_)
        for each in self.not_allowed:
            if not each.node or each.node in nodes:
                found |= each.slots(day, self.slots_a_day)
        return found

    @property
    def sha256(self) -> str:
        """Digest of all values."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()


def policy_read(**changes: Any) -> Policy:  # noqa: ANN401 - fields of Policy
    """Return the policy in force; what the operator's file states replaces ours.

    Args:
        **changes: Fields that a caller wants otherwise; None keeps what the files say.

    Raises:
        DefinitionError: A file is wrong, or a value out of range.
    """
    content, where = toml_read(_OURS), shown(_OURS)
    own = Path(settings.HOME) / "radio" / "policy.toml"
    if own.exists():
        content, where = content | toml_read(own), str(own)
    return checked(Policy, content | {k: v for k, v in changes.items() if v is not None}, where)


def minute(clock: str) -> int:
    """Return the minute of the day.

    >>> minute("24:00")
    1440
    """
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
