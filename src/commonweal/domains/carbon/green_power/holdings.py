"""A batch in the ledger: what came in, who has it, what is reserved, claimed and expired.

Each batch has accounts of its own, in whole kWh of its year of generation, so that what was
entered is always what is held, reserved, claimed or expired of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.carbon.green_power.terms import valid_until
from commonweal.kernel.ledger.models import AccountKind, Balance, State, Transfer
from commonweal.kernel.ledger.services import (
    TransferEntry,
    account_open_many,
    asset_create,
    pending_post,
    pending_void,
    transfer_reverse,
    transfers_post,
)
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.carbon.green_power.models import Batch, Claim, Handover
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.services import Context

CLAIM: Final = "green_power.claim"
_NAMES: Final = {"zh-hant": "綠電 {0}", "zh-hans": "绿电 {0}", "en": "green power {0}"}


def account(batch: Batch, holder: str) -> str:
    """Return the code of an account of a batch: of a unit, or ``issued claimed expired``."""
    return f"green:{batch.code}:{holder}"


def left_kwh(batch: Batch, node: Node) -> int:
    """Return what a unit has of a batch and nobody has reserved, kWh."""
    found = Balance.objects.filter(account__code=account(batch, node.code)).first()
    return found.available if found else 0


def batch_issue(batch: Batch, context: Context) -> None:
    """Enter a batch: its unit holds it."""
    terms: dict[str, Any] = {"actor": context.scope.actor, "now": context.now}
    vintage = f"green-{batch.generated_month.year}"
    names = {lang: name.format(batch.generated_month.year) for lang, name in _NAMES.items()}
    asset_create(code=vintage, names=names, unit="kWh", node=batch.node.code, **terms)
    opened: dict[str, Any] = {"asset": vintage, "node": batch.node.code, **terms}
    kinds = (("issued", AccountKind.SOURCE, None), ("claimed", AccountKind.FUND, 0))
    for name, kind, floor in (*kinds, ("expired", AccountKind.FUND, 0)):
        account_open_many(codes=[account(batch, name)], kind=kind, floor=floor, **opened)
    account_open_many(codes=[account(batch, batch.node.code)], **opened)
    entry = TransferEntry(
        key=f"green:issue:{batch.pk}",
        debit=account(batch, "issued"),
        credit=account(batch, batch.node.code),
        amount=batch.energy_kwh,
        code="issue",
        record_type="green_power.batch",
        record_key=str(batch.pk),
    )
    transfers_post([entry], **terms)


def batch_expire(batch: Batch, context: Context, *, because: Batch | Claim) -> None:
    """Write off what any unit still has of a batch, once for each record that is the cause."""
    done = ("issued", "claimed", "expired")
    held = Balance.objects.filter(account__code__startswith=account(batch, "")).exclude(
        account__code__in=[account(batch, name) for name in done]
    )
    entries = [
        TransferEntry(
            key=f"green:expire:{batch.pk}:{each.account_id}:{because.pk}:{because.version}",
            debit=each.account.code,
            credit=account(batch, "expired"),
            amount=each.balance,
            code="expire",
            record_type="green_power.batch",
            record_key=str(batch.pk),
        )
        for each in held.select_related("account").filter(balance__gt=0)
    ]
    transfers_post(entries, actor=context.scope.actor, now=context.now)


def handover_post(handover: Handover, context: Context) -> None:
    """Move part of a batch from one unit to another."""
    batch = handover.batch
    terms: dict[str, Any] = {"actor": context.scope.actor, "now": context.now}
    to = account(batch, handover.to_node.code)
    vintage = f"green-{batch.generated_month.year}"
    account_open_many(codes=[to], asset=vintage, node=handover.to_node.code, **terms)
    entry = TransferEntry(
        key=f"green:handover:{handover.pk}",
        debit=account(batch, handover.node.code),
        credit=to,
        amount=handover.energy_kwh,
        code="handover",
        record_type="green_power.handover",
        record_key=str(handover.pk),
    )
    transfers_post([entry], **terms)


def claims_reserve(claims: Sequence[Claim], context: Context) -> None:
    """Reserve what claims ask for, until they are decided or their certificates expire."""
    entries = [
        TransferEntry(
            key=f"green:claim:{each.pk}:{each.version}",
            debit=account(each.batch, each.node.code),
            credit=account(each.batch, "claimed"),
            amount=each.energy_kwh,
            code="claim",
            record_type=CLAIM,
            record_key=str(each.pk),
            pending_until=business_midnight(valid_until(each.batch.generated_month)),
        )
        for each in claims
    ]
    transfers_post(entries, actor=context.scope.actor, now=context.now)


def claim_spend(claim: Claim, context: Context) -> None:
    """Spend what was reserved."""
    pending = _reserved(claim)
    pending_post(pending=pending.key, actor=context.scope.actor, now=context.now)


def claim_release(claim: Claim, context: Context) -> None:
    """Free what was reserved, unless its time has freed it."""
    pending = _reserved(claim)
    if pending.pending_until and pending.pending_until > context.now:
        pending_void(pending=pending.key, actor=context.scope.actor, now=context.now)


def claim_give_back(claim: Claim, context: Context) -> None:
    """Give back what was spent; of an expired batch it expires at once."""
    spent = Transfer.objects.get(resolves=_reserved(claim), state=State.POSTED)
    terms: dict[str, Any] = {"actor": context.scope.actor, "now": context.now}
    transfer_reverse(transfer=spent.key, reason=context.comment, **terms)
    if claim.batch.state == "expired":
        batch_expire(claim.batch, context, because=claim)


def _reserved(claim: Claim) -> Transfer:
    """Return the latest reservation of a claim."""
    found = Transfer.objects.filter(
        record_type=CLAIM, record_key=str(claim.pk), state=State.PENDING
    )
    return found.latest("pk")
