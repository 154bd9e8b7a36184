"""Pages that programmes bring themselves: announced by data, scoped, and linked from the board."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.template.loader import get_template
from tests.kernel.programmes.conftest import node_make

from commonweal.domains.giving.points import demo
from commonweal.domains.giving.points.models import Entitlement, Library
from commonweal.errors import DefinitionError
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import programme_get, programmes, record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import period

NOW = datetime(2025, 12, 1, 2, 0, tzinfo=UTC)
CROSSCHECK = "/programmes/payments/pages/crosscheck/"
TRACING = "/programmes/points/pages/tracing/"
INVOICE = {
    "supplier": "Harbour Tower Works",
    "supplier_size": "small",
    "amount_cny": "53000.00",
    "invoice_date": "2024-03-01",
}


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


@pytest.fixture
def sign_in(client, nodes):
    """A function that signs somebody in with one role at one node."""

    def as_(role, node):
        user, _is_new = get_user_model().objects.get_or_create(username=f"{role}-{node}")
        Grant.objects.get_or_create(
            user=user, role=role, node=nodes[node], defaults={"valid_from": "2020-01-01"}
        )
        client.force_login(user)
        return client

    return as_


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


def paid(node, number):
    kind, terms = record_type("payments.invoice"), {"now": NOW}
    clerk, payer = scope("clerk"), scope("payer")
    made = record_open(kind, node=node, values=INVOICE | {"number": number}, scope=clerk, **terms)
    dates = {"accepted_date": "2024-03-05"}
    made = record_act(made, "accept", scope=clerk, values=dates, **terms).record
    return record_act(made, "pay", scope=payer, values={"paid_date": "2024-04-03"}, **terms).record


def test_every_page_that_is_announced_has_a_builder_and_a_template():
    announced = [(each, page) for each in programmes().values() for page in each.spec.pages]
    assert {(each.id, page.id) for each, page in announced} >= {
        ("payments", "crosscheck"),
        ("points", "tracing"),
    }
    for each, page in announced:
        assert callable(each.page_builder(page.id))
        assert get_template(f"{each.id}/{page.id}.html")
    with pytest.raises(DefinitionError, match=r"donations/pages\.py has no 'map'"):
        programme_get("donations").page_builder("map")


def test_the_cross_check_leads_to_the_invoices_of_ones_own_nodes(sign_in, tmp_path):
    lost, other = paid("north", "N-1"), paid("south", "S-1")
    path = tmp_path / "register.csv"
    path.write_text("node_id,invoice_number,paid_date,amount_cny\nnorth,N-9,2024-04-03,1.00\n")
    assert source_ingest("payment_register", path, actor="test", now=NOW).n_rejected == 0
    html = sign_in("reviewer", "north").get(CROSSCHECK).content.decode()
    assert 'id="not_in_register"' in html
    assert 'id="not_in_records"' in html
    assert f'<a href="/programmes/payments/invoice/{lost.pk}/">N-1</a>' in html
    assert ">N-9<" in html
    assert ">53,000.00<" in html
    assert other.number not in html
    html = sign_in("reviewer", "north").get(CROSSCHECK, {"period": "2024-05"}).content.decode()
    assert "The two sources agree" in html


def test_a_page_is_for_its_role(sign_in, client):
    for page in (CROSSCHECK, TRACING):
        answer = sign_in("viewer", "group").get(page)
        assert answer.status_code == 403
        assert "is for those who are reviewer somewhere" in answer.content.decode()
    client.logout()
    assert client.get(CROSSCHECK).status_code == 302


@pytest.mark.parametrize(
    "address",
    [f"{CROSSCHECK}?period=soon", "/programmes/payments/pages/no/", "/programmes/no/pages/x/"],
)
def test_what_there_is_not_is_not_found(sign_in, address):
    assert sign_in("reviewer", "group").get(address).status_code == 404


@pytest.fixture
def points(nodes, tmp_path, monkeypatch):
    """One year of points, of few members."""
    monkeypatch.setattr(demo, "N_MEMBERS", 2000)
    monkeypatch.setattr(demo, "_YEARS", range(2024, 2025))
    monkeypatch.setattr(demo, "_N_PUPILS", 40)
    names = ("data_owner", "reviewer", "second_reviewer", "programme_manager")
    demo.build(scopes={n: scope(n) for n in names}, nodes=nodes, folder=tmp_path)


def test_a_scholarship_is_traced_to_gifts_and_a_gift_to_what_it_became(sign_in, points):
    client = sign_in("reviewer", "group")
    pupil = Entitlement.objects.order_by("pk")[3]
    found = client.get(TRACING, {"of": pupil.code}).context["page"].content
    assert found["whole_cny"] == found["traced_cny"] == pupil.amount_cny
    assert sum(row["cny"] for row in found["rows"]) == Decimal(1000)
    member = found["rows"][0]["member"]
    html = client.get(TRACING, {"of": member}).content.decode()
    assert f"What the gifts of {member} became" in html
    assert "CNY was paid out." in html
    assert f'<a href="?of={pupil.code}">{pupil.code}</a> {pupil.school}' in html


def test_long_traces_are_cut_and_say_so(sign_in, points):
    library = Library.objects.order_by("pk")[0]
    answer = sign_in("reviewer", "group").get(TRACING, {"of": library.code})
    found = answer.context["page"].content
    assert (len(found["rows"]), found["traced_cny"]) == (100, library.cost_cny)
    assert found["n"] > 100
    assert "The first 100 are shown" in answer.content.decode()


def test_who_reviews_one_unit_traces_what_is_theirs_alone(sign_in, points):
    ours = Entitlement.objects.filter(node__code="north").order_by("pk").first()
    theirs = Entitlement.objects.filter(node__code="south").order_by("pk").first()
    client = sign_in("reviewer", "north")
    assert "Gifts that paid for" in client.get(TRACING, {"of": ours.code}).content.decode()
    for hidden in (theirs.code, "member-0000001", "no such"):
        html = client.get(TRACING, {"of": hidden}).content.decode()
        assert f"There is no {hidden}, or it is not yours to see." in html
    html = client.get(TRACING).content.decode()
    assert ours.code[:2] in html
    assert theirs.school not in html


def test_what_may_not_be_read_is_told_without_its_code(points, nodes):
    roles = {"reviewer": frozenset({nodes["group"].pk})}  # of the head office alone
    narrow = Scope("test:narrow", (Principal(None, "narrow", roles),))
    asked = Asked(narrow, period("2024"), NOW, {"of": "member-0000001"})
    found = programme_get("points").page_builder("tracing")(asked)
    assert found["rows"]
    assert {row["record"] for row in found["rows"]} == {None}


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_pages_are_shown_in_every_language(sign_in, points, language):
    for address in (CROSSCHECK, TRACING, f"{TRACING}?of=member-0000001"):
        answer = sign_in("reviewer", "group").get(address, headers={"accept-language": language})
        assert answer.status_code == 200
        assert answer.content.decode().count("<h1") == 1


@pytest.mark.parametrize(("role", "is_offered"), [("reviewer", True), ("viewer", False)])
def test_the_board_offers_a_page_to_who_may_see_it(client, operator, role, is_offered):
    user = get_user_model().objects.create_user("one")
    group = Node.objects.get(code="GROUP")
    Grant.objects.create(user=user, role=role, node=group, valid_from="2020-01-01")
    client.force_login(user)
    html = client.get("/programmes/points/?period=2024").content.decode()
    assert (f'href="{TRACING}"' in html) is is_offered
