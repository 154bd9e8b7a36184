"""What must hold before power is entered, handed over or claimed, and what the ledger does then."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.green_power import holdings
from commonweal.domains.carbon.green_power.models import KWH_PER_MWH, Batch, Claim
from commonweal.domains.carbon.green_power.terms import (
    market_of,
    regional_rule,
    valid_until,
    vintage_window,
)
from commonweal.domains.carbon.green_power.use import use_exceeded
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.records.locks import log_lock
from commonweal.periods import business_date, month_add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from commonweal.domains.carbon.green_power.models import Contract, Handover
    from commonweal.kernel.programmes.services import Context


def place_known(contract: Contract, _context: Context) -> bool:
    """Whether the plant lies in a place of the catalogue."""
    return contract.place in catalogue().places


def fits_contract(batch: Batch, _context: Context) -> bool:
    """Whether the contract supplies in that month, and all its batches are within its amount."""
    contract, month = batch.contract, batch.generated_month
    if month >= contract.supply_until or month_add(month, 1) <= contract.supply_from:
        return False
    others = Batch.objects.filter(contract=contract, state__in=("issued", "expired"))
    entered = others.exclude(pk=batch.pk).aggregate(mwh=Sum("energy_mwh"))["mwh"] or 0
    return bool(entered + batch.energy_mwh <= contract.energy_mwh)


def is_generated(batch: Batch, context: Context) -> bool:
    """Whether the month is over."""
    return month_add(batch.generated_month, 1) <= business_date(context.now)


def told_once(batch: Batch, _context: Context) -> bool:
    """Whether neither this power nor one of these certificates was entered before.

    The environmental attribute of a MWh exists once: settlement and certificates of the same power
    are one batch, two batches of one month are told apart by their certificates.
    """
    entered = Batch.objects.filter(state__in=("issued", "expired")).exclude(pk=batch.pk)
    other = _indistinct(batch, entered.filter(generated_month=batch.generated_month))
    if other is not None:
        raise RefusedError(
            _("%(code)s: the power of %(contract)s in %(month)s is entered as %(other)s already")
            % {
                "code": batch.code,
                "contract": other.contract.code,
                "month": f"{batch.generated_month:%Y-%m}",
                "other": other.code,
            },
            hint=_("add the certificates to %(other)s: they prove the same power")
            % {"other": other.code},
        )
    if batch.serial_first is None:
        return True
    near = entered.filter(serial_first__lte=batch.serial_last, serial_last__gte=batch.serial_first)
    prefix = _spelled(batch.serial_prefix)
    twice = next((each for each in near if _spelled(each.serial_prefix) == prefix), None)
    if twice is not None:
        raise RefusedError(
            _("%(code)s: certificates %(prefix)s%(first)d to %(last)d are entered as %(other)s")
            % {
                "code": batch.code,
                "prefix": batch.serial_prefix,
                "first": max(batch.serial_first, twice.serial_first or 0),
                "last": min(batch.serial_last or 0, twice.serial_last or 0),
                "other": twice.code,
            },
            hint=_("a certificate exists once; check the numbers"),
        )
    return True


def _indistinct(batch: Batch, entered: QuerySet[Batch]) -> Batch | None:
    """Return an entered batch of the month that may be the same power: no certificates tell.

    That is another of the contract; or of the plant under another contract, if one of the two is
    settled power and the other one certificates.
    """
    same = entered.filter(contract=batch.contract)
    found = same if batch.serial_first is None else same.filter(serial_first=None)
    if (other := found.first()) is not None:
        return other
    is_settled = batch.serial_first is None
    plant = _spelled(batch.contract.plant)
    others = entered.filter(serial_first__isnull=not is_settled).select_related("contract")
    return next((each for each in others if _spelled(each.contract.plant) == plant), None)


def _spelled(name: str) -> str:
    """Return a name without what people spell differently: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def is_over(batch: Batch, context: Context) -> bool:
    """Whether nothing of the batch can be claimed any more."""
    return business_date(context.now) >= valid_until(batch.generated_month)


def is_used(claim: Claim, context: Context) -> bool:
    """Whether the time of use is over."""
    return claim.use_until <= business_date(context.now)


def market_fits(claim: Claim, _context: Context) -> bool:
    """Whether plant and unit lie in one market."""
    return market_of(claim.batch.contract.place) == market_of(claim.node.place)


def vintage_fits(claim: Claim, _context: Context) -> bool:
    """Whether the power was generated near enough to its use."""
    first, after = vintage_window(claim.scheme, claim.use_from.year)
    return first <= claim.batch.generated_month < after


def still_valid(claim: Claim, context: Context) -> bool:
    """Whether the certificates may still be claimed."""
    return business_date(context.now) < valid_until(claim.batch.generated_month)


def within_use(claim: Claim, _context: Context) -> bool:
    """Whether the unit, and each above it, used as much as is claimed, as far as that is known."""
    if told := use_exceeded(claim):
        raise RefusedError(f"{claim.code}: {told}", hint=_("claim less, or for a longer time"))
    return True


def left_over(claim: Claim, _context: Context) -> bool:
    """Whether the unit has enough of the batch; if not, the refusal names who claimed the rest."""
    return _is_left(claim, taken_kwh=0)


def _is_left(claim: Claim, *, taken_kwh: int) -> bool:
    left_kwh = holdings.left_kwh(claim.batch, claim.node) - taken_kwh
    if claim.energy_kwh <= left_kwh:
        return True
    others = Claim.objects.filter(batch=claim.batch, state__in=("proposed", "claimed"))
    told = ", ".join(
        _("%(code)s claims %(mwh)s MWh for %(node)s in %(from)s")
        % {
            "code": each.code,
            "mwh": f"{each.energy_mwh.normalize():,f}",
            "node": each.node.code,
            "from": f"{each.use_from:%Y-%m}",
        }
        for each in others.exclude(pk=claim.pk).select_related("node").order_by("code")[:3]
    )
    raise RefusedError(
        _("%(code)s: %(node)s has %(left)s MWh left of %(batch)s, not %(asked)s: %(told)s")
        % {
            "code": claim.code,
            "node": claim.node.code,
            "left": f"{left_kwh / KWH_PER_MWH:,g}",
            "batch": claim.batch.code,
            "asked": f"{claim.energy_mwh.normalize():,f}",
            "told": told or _("nothing of it was handed to this unit"),
        },
        hint=_("each MWh is claimed once; take another batch, or have some handed over"),
    )


def still_there(handover: Handover, _context: Context) -> bool:
    """Whether the giving unit has so much left."""
    return handover.energy_kwh <= holdings.left_kwh(handover.batch, handover.node)


def issue_energy(batches: Sequence[Batch], context: Context) -> None:
    """Enter batches one after another: each is saved before the next is looked at."""
    log_lock()  # whoever enters the same power elsewhere comes before or after, never beside
    for batch in batches:
        if not (told_once(batch, context) and fits_contract(batch, context)):
            raise RefusedError(
                _("%(code)s: together, batches of %(contract)s come to more than it supplies")
                % {"code": batch.code, "contract": batch.contract.code}
            )
        Batch.objects.filter(pk=batch.pk).update(state=batch.state)
        holdings.batch_issue(batch, context)


def expire_rest(batches: Sequence[Batch], context: Context) -> None:
    """Write off what is left."""
    for batch in batches:
        holdings.batch_expire(batch, context, because=batch)


def hand_over(handovers: Sequence[Handover], context: Context) -> None:
    """Move it."""
    for handover in handovers:
        holdings.handover_post(handover, context)


def reserve(claims: Sequence[Claim], context: Context) -> None:
    """Reserve; claims of one call are looked at together."""
    taken_kwh: dict[tuple[object, object], int] = defaultdict(int)
    for claim in claims:
        key = claim.batch_id, claim.node_id
        _is_left(claim, taken_kwh=taken_kwh[key])
        taken_kwh[key] += claim.energy_kwh
    holdings.claims_reserve(claims, context)


def spend(claims: Sequence[Claim], context: Context) -> None:
    """Spend what was reserved."""
    for claim in claims:
        holdings.claim_spend(claim, context)


def release(claims: Sequence[Claim], context: Context) -> None:
    """Free what was reserved."""
    for claim in claims:
        holdings.claim_release(claim, context)


def give_back(claims: Sequence[Claim], context: Context) -> None:
    """Undo a claim that was approved."""
    for claim in claims:
        holdings.claim_give_back(claim, context)


def regional_rule_set(claims: Sequence[Claim], _context: Context) -> None:
    """Note the place whose own rule this power falls under."""
    for claim in claims:
        rule = regional_rule(claim.batch.contract, claim.node.place, claim.use_from.year)
        claim.regional_rule = rule.place if rule else ""
