"""What became of each batch, from the ledger: held, reserved, claimed, expired, in kWh."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Self

from commonweal.domains.carbon.green_power.terms import valid_until
from commonweal.kernel.ledger.models import Balance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from commonweal.domains.carbon.green_power.models import Batch

_OTHERS: Final = {"issued", "claimed", "expired"}


@dataclass(frozen=True, slots=True)
class Sums:
    """Energy entered and what became of it; ``entered`` is the sum of the others."""

    entered_kwh: int = 0
    left_kwh: int = 0
    reserved_kwh: int = 0
    claimed_kwh: int = 0
    expired_kwh: int = 0

    def __add__(self, other: Self) -> Self:
        """Add field by field."""
        names = [each.name for each in fields(self)]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class Held:
    """One batch, its sums, and the first day on which nothing of it can be claimed."""

    batch: Batch
    sums: Sums
    valid_until: date


def holdings(batches: Iterable[Batch]) -> list[Held]:
    """Return entered batches with what became of them, those that expire first ahead."""
    entered = {each.code: each for each in batches if each.state in {"issued", "expired"}}
    sums = dict.fromkeys(entered, Sums())
    vintages = {f"green-{each.generated_month.year}" for each in entered.values()}
    found = Balance.objects.filter(account__asset__code__in=vintages)
    for code, held, reserved in found.values_list("account__code", "balance", "reserved"):
        _, batch, holder = code.split(":", 2)
        if batch in sums:
            sums[batch] += _sums(holder, held, reserved)
    told = [
        Held(each, sums[code], valid_until(each.generated_month)) for code, each in entered.items()
    ]
    return sorted(told, key=lambda each: (each.valid_until, each.batch.code))


def _sums(holder: str, held: int, reserved: int) -> Sums:
    if holder not in _OTHERS:
        return Sums(left_kwh=held - reserved, reserved_kwh=reserved)
    if holder == "issued":
        return Sums(entered_kwh=-held)
    return Sums(claimed_kwh=held) if holder == "claimed" else Sums(expired_kwh=held)
