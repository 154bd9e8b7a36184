"""What must hold before waste leaves, arrives, and is done with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.periods import business_date

if TYPE_CHECKING:
    from commonweal.domains.carbon.waste.models import Transfer
    from commonweal.kernel.programmes.services import Context


def papers_are_complete(transfer: Transfer, _context: Context) -> bool:
    """Whether hazardous waste has a manifest, a carrier, and a receiver licensed on that day."""
    if not transfer.is_hazardous:
        return True
    until = transfer.licence_until_date
    return bool(
        transfer.manifest
        and transfer.carrier
        and transfer.licence
        and until
        and until >= transfer.shipped_date
    )


def has_left(transfer: Transfer, context: Context) -> bool:
    """Whether the day of shipping has come."""
    return transfer.shipped_date <= business_date(context.now)


def weights_agree(transfer: Transfer, _context: Context) -> bool:
    """Whether both scales say the same, within 1 %."""
    return not transfer.is_differing


def weights_differ(transfer: Transfer, _context: Context) -> bool:
    """Whether the scales differ by more than 1 %: somebody has to say why."""
    return bool(transfer.is_differing)
