"""Where people work: forms, records, lists and the queue, in the reader's words and scope."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from commonweal.domains.giving.donations.models import Donation
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_change, record_open
from commonweal.kernel.records.models import Event
from tests.kernel.programmes.conftest import node_make

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


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


@pytest.fixture
def people(nodes):
    made = {}
    for name, (role, node) in ROLES.items():
        made[name] = get_user_model().objects.create_user(name)
        Grant.objects.create(user=made[name], role=role, node=nodes[node], valid_from="2020-01-01")
    return made


@pytest.fixture
def sign_in(client, people):
    def as_(name):
        client.force_login(people[name])
        return client

    return as_


def scope(people, name):
    return scope_of(people[name], now=timezone.now())


@pytest.fixture
def gift(people):
    return gift_make(people)


def gift_make(people, **values):
    kind = record_type("donations.donation")
    fields = {k: v for k, v in (TYPED | {"amount_cny": "53000.00"} | values).items() if k != "node"}
    return record_open(
        kind, node="north", values=fields, scope=scope(people, "owner"), now=timezone.now()
    )


def hidden(html):
    """The hidden inputs of a page's last form, as a browser would send them."""
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
@pytest.mark.parametrize(
    "address", ["/work/", "/programmes/", LIST, f"{LIST}new/", "{record}", "{record}edit/"]
)
def test_every_page_of_work_is_shown_in_every_language(sign_in, gift, address, language):
    record = f"{LIST}{gift.pk}/"
    answer = sign_in("owner").get(
        address.format(record=record), headers={"accept-language": language}
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count("<h1") == 1
    assert "<script>" not in html
    assert " style=" not in html
