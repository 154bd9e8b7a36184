"""The walk: entries in their order against balances and floors. Pure; no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.ledger.drafts import Draft

LARGEST: Final = 10**15
"""Largest amount and balance: both databases can add up a batch of them."""


class FloorError(StateError):
    """An account would fall below its floor."""


@dataclass(slots=True)
class Holding:
    """An account as the walk sees it; ``balance`` and ``reserved`` change as it goes.

    An account without a floor may go to ``-LARGEST``.
    """

    id: int
    code: str
    asset: int
    kind: str
    floor: int
    balance: int
    reserved: int
    expires_next_at: datetime | None


def walk(draft: Draft, holdings: Mapping[int, Holding], *, stop: bool) -> dict[int, FloorError]:
    """Let transfers change the holdings one after the other; a refused one changes nothing.

    An entry may spend what an entry before it brought in. Reserved amounts cannot be spent;
    posting or voiding a pending transfer frees what it reserved and needs no check.

    Args:
        draft: Transfers whose accounts are all in ``holdings``.
        holdings: By number of account; changed in place.
        stop: End at the first refusal.

    Returns:
        Refusals by place. The sum of all balances is what it was.
    """
    refused: dict[int, FloorError] = {}
    asked = zip(draft.debit, draft.credit, draft.amount, draft.state, draft.released, strict=True)
    for place, (debit, credit, amount, state, released) in enumerate(asked):
        giver = holdings[debit]
        if not released:
            if giver.balance - giver.reserved - amount < giver.floor:
                refused[place] = _refusal(giver, amount)
                if stop:
                    break
                continue
            if state == "pending":
                giver.reserved += amount
                continue
        else:
            giver.reserved -= released
            if state != "posted":
                continue
        giver.balance -= amount
        holdings[credit].balance += amount
    return refused


def _refusal(giver: Holding, amount: int) -> FloorError:
    reserved = f" less {giver.reserved:,} reserved" if giver.reserved else ""
    return FloorError(
        f"{giver.code} cannot give {amount:,}: it holds {giver.balance:,}{reserved},"
        f" and its floor is {giver.floor:,}",
        hint="give less, or after something was credited",
    )
