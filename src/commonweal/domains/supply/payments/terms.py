"""When an invoice is due: the days agreed, within what the rule of the day of acceptance allows."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.catalogue.reading import Strict, checked, shown, toml_read
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.domains.supply.payments.models import Invoice


class Terms(Strict):
    """Days of one rule, in force from a day until the next rule's."""

    valid_from: date
    default_days: int
    longest_days: int
    source: str


def due_date(invoice: Invoice, accepted_date: date) -> date:
    """Return the last day on which payment of an accepted invoice is in time.

    Days are calendar days. A last day that is a holiday is not moved on, as the Civil Code (art.
    203) would allow: who pays by this day is in time either way. A settled dispute takes its own
    days out of the term.

    Raises:
        InputError: The invoice was accepted before the first rule.
    """
    rule = next((each for each in reversed(terms()) if each.valid_from <= accepted_date), None)
    if rule is None:
        raise InputError(f"no rule of payment was in force on {accepted_date}: see terms.toml")
    n_days = rule.default_days if invoice.agreed_days is None else invoice.agreed_days
    if invoice.supplier_size != "large":
        n_days = min(n_days, rule.longest_days)
    if invoice.disputed_date and invoice.settled_date:
        n_days += (invoice.settled_date - invoice.disputed_date).days
    return accepted_date + timedelta(days=n_days)


@cache
def terms() -> tuple[Terms, ...]:
    """Return the rules of ``terms.toml``, oldest first."""
    path = Path(__file__).with_name("terms.toml")
    rows = [checked(Terms, row, shown(path)) for row in toml_read(path)["terms"]]
    return tuple(sorted(rows, key=lambda each: each.valid_from))
