"""Forms as people fill them in, and what pages of work hold."""

import re

from django.utils import timezone

from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_open

LIST = "/programmes/donations/donation/"
TYPED = {
    "node": "north",
    "purpose": "border",
    "recipient": "Youth Foundation",
    "project": "School library",
    "amount_cny": "53,000.00",
    "pledge_date": "2024-03-01",
}
ROLES = {
    "owner": ("data_owner", "north"),
    "first": ("reviewer", "group"),
    "second": ("reviewer", "group"),
    "manager": ("programme_manager", "group"),
    "stranger": ("data_owner", "south"),
}


def scope(people, name):
    return scope_of(people[name], now=timezone.now())


def gift_make(people, **values):
    kind = record_type("donations.donation")
    fields = {k: v for k, v in (TYPED | {"amount_cny": "53000.00"} | values).items() if k != "node"}
    return record_open(
        kind, node="north", values=fields, scope=scope(people, "owner"), now=timezone.now()
    )


def hidden(html):
    """The hidden inputs of a page's last form, as a browser would send them."""
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
