"""What must hold before a gift moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.periods import business_date

if TYPE_CHECKING:
    from commonweal.domains.giving.donations.models import Donation
    from commonweal.kernel.programmes.services import Context


def is_positive(donation: Donation, _context: Context) -> bool:
    """Whether there is anything to give."""
    return donation.amount_cny > 0


def paid_not_before_pledge(donation: Donation, context: Context) -> bool:
    """Whether the payment follows the pledge, and does not lie ahead."""
    return (
        donation.payment_date is not None
        and donation.pledge_date <= donation.payment_date <= business_date(context.now)
    )


def used_within_gift(donation: Donation, _context: Context) -> bool:
    """Whether no more is said to be used than was given."""
    return donation.used_cny is not None and 0 <= donation.used_cny <= donation.amount_cny
