"""The admin: every list within a query budget, every change through a service and told."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from commonweal.kernel.org.models import Membership, Meter, Node, Site, SiteOwnership
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.org.services import boundary_set, node_create
from commonweal.kernel.records.models import Event

pytestmark = pytest.mark.django_db
BY = {"actor": "test", "now": datetime(2024, 1, 10, tzinfo=UTC)}
OPENED = date(2020, 1, 1)
LISTS = {
    "org_node": 9,
    "org_site": 9,
    "org_meter": 7,
    "org_membership": 7,
    "org_siteownership": 7,
    "org_boundary": 5,
    "lake_source": 6,
    "lake_segment": 8,
    "facts_fact": 6,
    "facts_batch": 6,
    "facts_periodlock": 5,
    "records_event": 7,
    "targets_target": 5,
}


@pytest.fixture
def staff(client, operator):
    client.force_login(get_user_model().objects.create_superuser("chief", "", "pass-word-1"))
    return client


@pytest.fixture
def operator(db):
    """A group with two provinces, sixty sites and a meter at each."""
    for code, parent, kind in (
        ("G", None, "group"),
        ("A", "G", "province"),
        ("B", "G", "province"),
    ):
        fields = {"kind": kind, "place": "CN-GD", "names": {"en": f"Node {code}"}}
        node_create(code=code, parent=parent, from_date=OPENED, **fields, **BY)
    now, owner = BY["now"], Node.objects.get(code="A")
    sites = Site.objects.bulk_create(
        Site(code=f"S{i:02}", kind="macro", place="CN-GD") for i in range(60)
    )
    SiteOwnership.objects.bulk_create(
        SiteOwnership(site=site, node=owner, valid_from=OPENED, recorded_at=now) for site in sites
    )
    Meter.objects.bulk_create(
        Meter(code=f"M{site.code}", site=site, carrier="electricity", unit="kWh", max_rate_per_h=9)
        for site in sites
    )


@pytest.mark.parametrize(("model", "budget"), LISTS.items())
def test_a_list_costs_the_same_queries_however_long_it_is(
    staff, model, budget, django_assert_max_num_queries
):
    with django_assert_max_num_queries(budget):
        answer = staff.get(reverse(f"admin:{model}_changelist"))
    assert answer.status_code == 200


@pytest.mark.parametrize("model", LISTS)
def test_what_is_computed_or_logged_cannot_be_deleted(staff, model):
    answer = staff.get(reverse(f"admin:{model}_changelist"))
    assert "delete_selected" not in answer.content.decode()


def test_nodes_are_laid_out_as_a_tree_with_the_sites_below(staff):
    shown = staff.get(reverse("admin:org_node_changelist")).context["cl"].result_list
    assert [(n.code, n.depth_today, n.sites_below) for n in shown] == [
        ("G", 0, 60),
        ("A", 1, 60),
        ("B", 1, 0),
    ]


def test_sites_are_listed_by_who_runs_them_or_stands_above(staff):
    found = [
        staff.get(reverse("admin:org_site_changelist"), {"owner": code}).context["cl"].result_count
        for code in ("G", "A", "B", "nobody")
    ]
    assert found == [60, 60, 0, 0]


def test_a_node_moves_through_the_service_and_the_history_tells_it(staff):
    b = Node.objects.get(code="B")
    form = {"parent": Node.objects.get(code="A").pk, "from_date": "2024-07-01", "apply": "1"}
    answer = staff.post(reverse("admin:org_node_move", args=[b.pk]), {**form, "reason": "reform"})
    assert answer.status_code == 302
    assert tree(date(2024, 7, 1)).parent.tolist() == [-1, 0, 1]
    assert tree(date(2024, 6, 30)).parent.tolist() == [-1, 0, 0]
    assert Event.objects.latest("sequence").actor == "web:chief"
    history = staff.get(reverse("admin:org_node_history", args=[b.pk])).content.decode()
    assert "web:chief" in history
    assert "reform" in history


def test_a_refusal_is_shown_in_the_form_and_changes_nothing(staff):
    a, n_rows = Node.objects.get(code="A"), Membership.objects.count()
    form = {"parent": a.pk, "from_date": "2024-07-01", "apply": "1"}
    answer = staff.post(reverse("admin:org_node_move", args=[a.pk]), form)
    assert "A &gt; A would be a circle" in answer.content.decode()
    assert Membership.objects.count() == n_rows


def test_chosen_sites_are_transferred(staff):
    chosen = [str(pk) for pk in Site.objects.order_by("code").values_list("pk", flat=True)[:2]]
    url = reverse("admin:org_site_changelist")
    action = {"action": "transfer_selected", "_selected_action": chosen}
    asked = staff.post(url, action)
    assert "S00" in asked.content.decode()
    form = {"node": Node.objects.get(code="B").pk, "from_date": "2024-07-01", "apply": "1"}
    assert staff.post(url, {**action, **form}).status_code == 302
    assert SiteOwnership.objects.filter(node__code="B", superseded_at=None).count() == 2


def test_a_site_is_opened_and_changed_through_the_service(staff):
    form = {
        "code": "N1",
        "node": Node.objects.get(code="A").pk,
        "from_date": "2024-01-01",
        "name": "New",
        "kind": "room",
        "place": "CN-GD",
    }
    refused = staff.post(reverse("admin:org_site_add"), {**form, "place": "XX"})
    assert "place &#x27;XX&#x27; is not in the catalogue" in refused.content.decode()
    assert staff.post(reverse("admin:org_site_add"), form).status_code == 302
    site = Site.objects.get(code="N1")
    assert site.ownerships.get().node.code == "A"
    url = reverse("admin:org_site_change", args=[site.pk])
    changed = {"name": "Newer", "kind": "room", "place": "CN-GD", "reason": "typo"}
    for inline in ("ownerships", "meters"):
        changed |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    assert staff.post(url, changed).status_code == 302
    event = Event.objects.latest("sequence")
    assert (event.action, event.actor) == ("updated", "web:chief")
    assert event.content["after"] == {"name": "Newer"}


def test_a_meter_is_installed_and_replaced_through_the_service(staff):
    site = Site.objects.get(code="S00")
    form = {
        "code": "X1",
        "site": site.pk,
        "carrier": "electricity",
        "unit": "kWh",
        "multiplier": "1",
        "rollover_at": "1000000",
        "max_rate_per_h": "5",
        "installed_date": "2024-01-01",
    }
    assert staff.post(reverse("admin:org_meter_add"), form).status_code == 302
    meter = Meter.objects.get(code="X1")
    replaced = {"new_code": "X2", "on_date": "2024-07-01", "apply": "1"}
    url = reverse("admin:org_meter_replace", args=[meter.pk])
    assert staff.post(url, replaced).status_code == 302
    assert Meter.objects.get(code="X2").site == site


def test_a_boundary_and_a_share_are_set_through_the_services(staff):
    names = {f"name_{name}": "Equity" for name in ("zh_hant", "zh_hans", "en")}
    form = {"code": "equity", "approach": "equity_share", **names}
    assert staff.post(reverse("admin:org_boundary_add"), form).status_code == 302
    boundary = boundary_set(code="equity", approach="equity_share", names={"en": "Equity"}, **BY)
    share = {"node": Node.objects.get(code="G").pk, "share": "0.5", "from_date": "2024-01-01"}
    url = reverse("admin:org_boundary_share", args=[boundary.pk])
    assert staff.post(url, {**share, "apply": "1"}).status_code == 302
    assert boundary.shares.get().share == pytest.approx(0.5)


@pytest.mark.usefixtures("operator")
def test_who_may_only_look_is_offered_no_change(client):
    client.force_login(get_user_model().objects.create_user("guest", is_staff=True))
    node = Node.objects.get(code="A")
    assert client.get(reverse("admin:org_node_move", args=[node.pk])).status_code == 403
    assert client.get(reverse("admin:org_node_history", args=[node.pk])).status_code == 403


@pytest.mark.parametrize(("language", "word"), [("zh-hant", "組織單位"), ("zh-hans", "组织单位")])
def test_the_admin_speaks_the_readers_language(staff, language, word):
    page = staff.get(reverse("admin:org_node_changelist"), headers={"accept-language": language})
    assert word in page.content.decode()
