"""The administration of programmes: records as far as one sees them, roles through services."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from tests.kernel.programmes.conftest import NOW, node_make

from commonweal.domains.giving.donations.models import Donation
from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_open
from commonweal.kernel.records.models import Event

VALUES = {
    "purpose": "border",
    "recipient": "Youth Foundation",
    "project": "School library",
    "amount_cny": "53000.00",
    "pledge_date": "2024-03-01",
}
LIST = "admin:donations_donation_changelist"


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


def user_make(name, nodes, **options):
    user = get_user_model().objects.create_user(name, is_staff=True, **options)
    for node in ("north", "group"):
        if node == name:
            Grant.objects.create(
                user=user, role="reviewer", node=nodes[node], valid_from="2020-01-01"
            )
    return user


@pytest.fixture
def chief(client, nodes):
    user = get_user_model().objects.create_superuser("chief", "", "pass-word-1")
    client.force_login(user)
    return client


@pytest.fixture
def gifts(nodes, chief):
    return [gift_make(node) for node in ("north", "south")]


def gift_make(node, **values):
    scope = scope_of(get_user_model().objects.get(username="chief"), now=NOW)
    kind = record_type("donations.donation")
    return record_open(kind, node=node, values=VALUES | values, scope=scope, now=NOW)


def test_a_list_shows_what_its_reader_may_see(client, chief, nodes, gifts):
    html = chief.get(reverse(LIST)).content.decode()
    assert all(each.code in html for each in gifts)
    assert "Border regions (Tibet, Xinjiang)" in html
    client.force_login(user_make("north", nodes))
    html = client.get(reverse(LIST)).content.decode()
    assert [each.code in html for each in gifts] == [True, False]
    other = reverse("admin:donations_donation_change", args=[gifts[1].pk])
    assert client.get(other).status_code == 302  # not there for this reader
    client.force_login(user_make("nobody", nodes))
    assert gifts[0].code not in client.get(reverse(LIST)).content.decode()


def test_a_record_is_read_with_its_history_and_never_written(chief, gifts):
    address = reverse("admin:donations_donation_change", args=[gifts[0].pk])
    html = chief.get(address).content.decode()
    assert "53,000.00" in html
    assert f'href="/programmes/donations/donation/{gifts[0].pk}/"' in html
    assert 'name="_save"' not in html
    assert gifts[0].salt == ""
    assert chief.post(address, {"recipient": "me"}).status_code == 403
    assert chief.get(reverse("admin:donations_donation_add")).status_code == 403
    history = chief.get(reverse("admin:donations_donation_history", args=[gifts[0].pk]))
    assert "web:chief" in history.content.decode()
    assert Donation.objects.filter(recipient="me").count() == 0


def test_a_list_is_filtered_by_names_of_states_and_choices(chief, gifts):
    html = chief.get(reverse(LIST), {"state": "draft", "purpose": "border"}).content.decode()
    assert ">draft</a>" in html
    assert all(each.code in html for each in gifts)
    assert gifts[0].code not in chief.get(reverse(LIST), {"state": "paid"}).content.decode()


def test_names_of_types_are_those_of_their_definition(chief, gifts):
    html = chief.get(reverse("admin:index"), headers={"accept-language": "zh-hant"}).content
    assert "對外捐贈" in html.decode()


def test_a_list_costs_the_same_queries_however_long_it_is(
    chief, gifts, django_assert_max_num_queries
):
    for number in range(12):
        gift_make("north", recipient=f"R{number}")
    with django_assert_max_num_queries(12):
        assert chief.get(reverse(LIST)).status_code == 200


def test_a_role_is_granted_and_revoked_through_services(chief, nodes):
    li = get_user_model().objects.create_user("li")
    form = {"user": li.pk, "role": "reviewer", "node": nodes["north"].pk}
    answer = chief.post(
        reverse("admin:accounts_grant_add"), form | {"valid_from": "2024-01-01", "valid_to": ""}
    )
    grant = Grant.objects.get(user=li)
    assert (answer.status_code, grant.role) == (302, "reviewer")
    address = reverse("admin:accounts_grant_change", args=[grant.pk])
    page = chief.get(address).content.decode()
    assert 'name="_save"' not in page
    assert chief.get(reverse("admin:accounts_grant_history", args=[grant.pk])).status_code == 200
    assert (
        chief.post(f"{address.removesuffix('change/')}revoke/", {"apply": "1"}).status_code == 302
    )
    actions = Event.objects.filter(record_type="accounts.grant").values_list("action", flat=True)
    assert list(actions) == ["grant", "revoke"]
    assert not scope_of(li, now=NOW.replace(year=2099)).holds("reviewer", nodes["north"].pk)


def test_who_administers_nothing_grants_nothing(client, chief, nodes):
    li = get_user_model().objects.create_user("li")
    north = user_make("north", nodes, is_superuser=False)
    for codename in ("add_grant", "view_grant", "change_grant"):
        permission = Permission.objects.get(codename=codename)
        north.user_permissions.add(permission)
    client.force_login(north)
    form = {"user": li.pk, "role": "reviewer", "node": nodes["north"].pk}
    answer = client.post(
        reverse("admin:accounts_grant_add"), form | {"valid_from": "2024-01-01", "valid_to": ""}
    )
    assert answer.status_code == 200  # shown again, with the reason
    assert "administrator" in answer.content.decode()
    assert Grant.objects.filter(user=li).count() == 0


def test_a_delegation_is_made_and_ended_through_services(chief, nodes):
    li, wu = (get_user_model().objects.create_user(name) for name in ("li", "wu"))
    form = {"delegator": li.pk, "delegate": wu.pk, "valid_from": "2024-01-01", "valid_to": ""}
    assert chief.post(reverse("admin:accounts_delegation_add"), form).status_code == 302
    made = Delegation.objects.get()
    address = reverse("admin:accounts_delegation_change", args=[made.pk])
    assert chief.get(address).status_code == 200
    assert chief.post(f"{address.removesuffix('change/')}end/", {"apply": "1"}).status_code == 302
    assert Event.objects.filter(record_type="accounts.delegation").count() == 2
