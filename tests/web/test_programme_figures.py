"""A programme's figures are brought up to date on its board, by who manages it."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from tests.kernel.programmes.conftest import NOW, VALUES, nodes, person  # noqa: F401 - fixtures

from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Approach, Node
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open

NAMES = {"zh-hant": "邊界", "zh-hans": "边界", "en": "Boundary"}


@pytest.fixture
def paid(nodes, person):  # noqa: F811 - fixtures
    """A gift of 53,000 CNY, paid in April 2024."""
    terms = {"actor": "test", "now": NOW}
    boundary_set(code="whole", approach=Approach.OPERATIONAL_CONTROL, names=NAMES, **terms)
    boundary_share_set(
        boundary="whole",
        node="group",
        share=Decimal(1),
        from_date=date(2020, 1, 1),
        reason="test",
        **terms,
    )
    people = {
        "owner": person("owner", data_owner="group"),
        "first": person("first", reviewer="group"),
        "second": person("second", reviewer="group"),
        "manager": person("manager", programme_manager="group"),
    }
    gift = record_open(
        record_type("donations.donation"),
        node="north",
        values=VALUES,
        scope=people["owner"],
        now=NOW,
    )
    for action, who in (("pledge", "owner"), ("approve", "first"), ("approve", "second")):
        gift = record_act(gift, action, scope=people[who], now=NOW).record
    values = {"payment_date": "2024-04-15"}
    return record_act(gift, "pay", scope=people["manager"], now=NOW, values=values).record


def signed_in(client, name):
    client.force_login(get_user_model().objects.get(username=name))
    return client


def update(client, **sent):
    address = reverse("figures", args=["donations"])
    return client.post(address, {"year": "2024", **sent}, follow=True).content.decode()


def test_the_manager_brings_a_gift_into_the_figures_of_its_year_and_month(client, paid):
    page = update(signed_in(client, "manager"))
    assert "figures are new" in page
    facts = Fact.objects.filter(indicator="donations_total", node="group", superseded_at=None)
    found = {(f.start_date, f.period_kind): f.value for f in facts}
    assert found[date(2024, 1, 1), "year"] == found[date(2024, 4, 1), "month"] == Decimal(53000)
    assert not Fact.objects.filter(indicator="energy_use").exists()
    assert not Finding.objects.exists()
    assert "Every figure was up to date" in update(client)


def test_the_report_of_the_programme_offers_the_year_and_says_the_sum(client, paid):
    update(signed_in(client, "manager"))
    page = client.get("/report/donations/", headers={"accept-language": "en"}).content.decode()
    assert '<option value="2024" selected>' in page
    assert "0.053" in page


def test_a_changed_figure_needs_a_reason(client, paid):
    update(signed_in(client, "manager"))
    type(paid).objects.filter(pk=paid.pk).update(amount_cny=1)
    assert "reason" in update(client)
    assert (
        Fact.objects.filter(indicator="donations_total", superseded_at__isnull=False).count() == 0
    )
    assert "figures are new" in update(client, reason="the sum was mistyped")


@pytest.mark.parametrize("name", ["owner", "first"])
def test_who_does_not_manage_programmes_computes_nothing(client, paid, name):
    page = update(signed_in(client, name))
    assert "needs the role of programme manager for group" in page
    assert not Fact.objects.exists()


def test_a_manager_of_a_part_computes_nothing_for_the_whole(client, paid):
    north = Node.objects.get(code="north")
    user = get_user_model().objects.create(username="part")
    Grant.objects.create(
        user=user, role="programme_manager", node=north, valid_from=date(2020, 1, 1)
    )
    assert "needs the role" in update(signed_in(client, "part"))
    assert not Fact.objects.exists()


@pytest.mark.parametrize("year", ["", "1999", "3024", "x"])
def test_a_year_that_is_none_is_refused(client, paid, year):
    page = update(signed_in(client, "manager"), year=year)
    assert "is no year with figures" in page
