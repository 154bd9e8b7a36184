"""When an invoice is due: the days agreed, within what the rule of the day of acceptance allows.

Days are calendar days. A last day that is a holiday is not moved on, as the Civil Code (art. 203)
would allow: who pays by this day is in time either way.
"""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

from commonweal.catalogue.reading import Strict, checked, shown, toml_read
from commonweal.errors import InputError


class Terms(Strict):
    """Days of one rule, in force from a day until the next rule's."""

    valid_from: date
    default_days: int
    longest_days: int
    source: str


def due_date(accepted_date: date, *, agreed_days: int | None, is_protected: bool) -> date:
    """Return the last day on which payment is in time.

    Raises:
        InputError: The invoice was accepted before the first rule.
    """
    rule = next((each for each in reversed(terms()) if each.valid_from <= accepted_date), None)
    if rule is None:
        raise InputError(f"no rule of payment was in force on {accepted_date}: see terms.toml")
    n_days = rule.default_days if agreed_days is None else agreed_days
    return accepted_date + timedelta(min(n_days, rule.longest_days) if is_protected else n_days)


@cache
def terms() -> tuple[Terms, ...]:
    """Return the rules of ``terms.toml``, oldest first."""
    path = Path(__file__).with_name("terms.toml")
    rows = [checked(Terms, row, shown(path)) for row in toml_read(path)["terms"]]
    return tuple(sorted(rows, key=lambda each: each.valid_from))
