"""What must hold before an invoice moves on, and what follows when a payment comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.supply.payments.models import Invoice
    from commonweal.kernel.programmes.services import Context

_DAYS = ("invoice_date", "accepted_date", "disputed_date", "settled_date", "paid_date")


def days_in_order(invoice: Invoice, context: Context) -> bool:
    """Whether no day lies before the one that comes ahead of it, nor after today."""
    days = [getattr(invoice, name) for name in _DAYS if getattr(invoice, name)]
    days.append(business_date(context.now))
    return days == sorted(days)


def disputed_before_due(invoice: Invoice, _context: Context) -> bool:
    """Whether the dispute was raised while the invoice was not overdue."""
    disputed, due = invoice.disputed_date, invoice.due_date
    return disputed is not None and due is not None and disputed <= due


def clear_payment(invoices: Sequence[Invoice], _context: Context) -> None:
    """Forget a payment that came back; the log keeps it."""
    for invoice in invoices:
        invoice.paid_date = invoice.is_paid_late = None
