"""Who is entitled, what a list is, and how the fund pays."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from commonweal.kernel.ledger.services import TransferEntry, transfers_post
from commonweal.kernel.programmes.registry import record_type, type_of
from commonweal.kernel.programmes.services import records_act
from commonweal.kernel.programmes.told import snapshot_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.giving.points.models import Cycle, Entitlement, Library
    from commonweal.kernel.programmes.services import Context

FUND: Final = "points-fund"
PAID_OUT: Final = "points-paid-out"
POINTS_PER_CNY: Final = 100  # the demo operator's rate: one point is worth one fen


def is_eligible(entitlement: Entitlement, _context: Context) -> bool:
    """Whether the pupil lives in the country and the household is under the cycle's limit."""
    income_cny = entitlement.income_cny
    return entitlement.is_rural and (
        income_cny is not None and income_cny <= entitlement.cycle.income_limit_cny
    )


def within_budget(cycle: Cycle, _context: Context) -> bool:
    """Whether the scholarships of the cycle fit its budget."""
    amounts = cycle.entitlements.exclude(state="rejected").values_list("amount_cny", flat=True)
    return sum(amounts, Decimal(0)) <= cycle.budget_cny


def freeze_list(cycles: Sequence[Cycle], context: Context) -> None:
    """Close the entitlements of a cycle to changes; reviewers decide on exactly this list.

    The cycle is saved after its effects, so its entitlements still see it as a draft here.
    """
    kind = record_type("points.entitlement")
    for cycle in cycles:
        proposed = cycle.entitlements.filter(state="proposed").order_by("code")
        amounts_cny = dict(proposed.values_list("pk", "amount_cny"))
        done = records_act(kind, list(amounts_cny), "list", context=context)
        listed = [each.record for each in done]
        digests = (f"{each.code} {snapshot_sha256(kind, each)}" for each in listed)
        cycle.list_sha256 = sha256("\n".join(digests).encode()).hexdigest()
        cycle.n_pupils = len(listed)
        cycle.listed_cny = sum(amounts_cny.values(), Decimal(0))


def open_list(cycles: Sequence[Cycle], context: Context) -> None:
    """Let the entitlements of a returned cycle change again."""
    kind = record_type("points.entitlement")
    for cycle in cycles:
        listed = cycle.entitlements.filter(state="listed").values_list("pk", flat=True)
        records_act(kind, list(listed), "unlist", context=context)


def pay_out(records: Sequence[Entitlement | Library], context: Context) -> None:
    """Pay from the fund; it cannot fall below zero, and a record is paid once."""
    amount = "cost_cny" if hasattr(records[0], "cost_cny") else "amount_cny"
    entries = [
        TransferEntry(
            key=f"points:{each.pk}",
            debit=FUND,
            credit=PAID_OUT,
            amount=int(getattr(each, amount) * POINTS_PER_CNY),
            code=type_of(each).spec.code.lower(),
            record_type=type_of(each).id,
            record_key=str(each.pk),
        )
        for each in records
    ]
    transfers_post(entries, actor=context.scope.actor, now=context.now)
