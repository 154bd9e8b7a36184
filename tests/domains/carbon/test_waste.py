"""Waste: hazardous by class, under papers, and weighed at both ends."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commonweal.domains.carbon.waste.classes import waste_classes
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import programme_get, record_type
from commonweal.kernel.programmes.services import RefusedError, record_act, record_open
from commonweal.kernel.programmes.values import ValuesError
from commonweal.periods import period
from tests.domains.carbon.collection_world import SCOPES, nodes_make

NOW = datetime(2024, 7, 9, 2, 0, tzinfo=UTC)
PAPERS = {
    "carrier": "Safe Haulage",
    "licence": "HW-1",
    "licence_until_date": "2024-05-14",
    "manifest": "M-1",
}
VALUES = {
    "waste_class": "lead_acid_battery",
    "shipped_date": "2024-05-14",
    "sent_kg": "1000",
    "receiver": "Metal Recovery Works",
    "route": "recycled",
}


@pytest.fixture
def nodes(db):
    return nodes_make()


def transfer(**values):
    kind = record_type("waste.transfer")
    return record_open(kind, node="north", values=VALUES | values, scope=SCOPES["lin"], now=NOW)


def act(record, action, who="lin", comment="", **values):
    terms = {"scope": SCOPES[who], "now": NOW, "values": values, "comment": comment}
    return record_act(record, action, **terms).record


def received(weight, **values):
    sent = act(transfer(**PAPERS, **values), "send")
    return act(sent, "receive", received_date="2024-05-15", received_kg=weight)


def test_every_class_is_offered_with_its_code_and_where_that_is_from():
    offered = record_type("waste.transfer").spec.fields["waste_class"].choices
    assert set(offered) == set(waste_classes())
    hazardous = {each.id for each in waste_classes().values() if each.hazardous}
    assert {"lead_acid_battery", "fluorescent_tube", "toner_cartridge"} <= hazardous
    for each in waste_classes().values():
        assert each.source
        assert each.status
        assert bool(each.code) == each.hazardous


@pytest.mark.parametrize("lacking", PAPERS)
def test_hazardous_waste_does_not_leave_without_its_papers(nodes, lacking):
    papers = {name: value for name, value in PAPERS.items() if name != lacking}
    with pytest.raises(RefusedError, match="hazardous waste needs a manifest"):
        act(transfer(**papers), "send")


def test_a_licence_counts_on_its_last_day_and_not_on_the_next(nodes):
    assert act(transfer(**PAPERS), "send").state == "sent"
    with pytest.raises(RefusedError, match="valid on 2024-05-15"):
        act(transfer(**PAPERS, shipped_date="2024-05-15"), "send")


def test_office_waste_leaves_without_papers_but_not_before_its_day(nodes):
    assert act(transfer(waste_class="office_waste"), "send").state == "sent"
    with pytest.raises(RefusedError, match="the day of sending, 2024-07-10, lies ahead"):
        act(transfer(waste_class="office_waste", shipped_date="2024-07-10"), "send")


@pytest.mark.parametrize(("weight", "differs"), [("990", False), ("989.999", True)])
def test_weights_agree_within_one_percent_exactly(nodes, weight, differs):
    assert received(weight).is_differing is differs


def test_a_weight_that_differs_is_explained_before_it_is_closed(nodes):
    done = received("900")
    assert done.difference_kg == -100
    with pytest.raises(RefusedError, match=r"1000\.000 kg were sent and 900\.000 kg received"):
        act(done, "close", "wang")
    with pytest.raises(ValuesError, match="say why"):
        act(done, "explain", "wang")
    assert act(done, "explain", "wang", "acid had leaked").state == "closed"


def test_what_arrives_before_it_left_is_refused(nodes):
    sent = act(transfer(**PAPERS), "send")
    with pytest.raises(ValuesError, match="this lies before it was sent"):
        act(sent, "receive", received_date="2024-05-13", received_kg="1000")


def test_figures_tell_hazardous_from_other_waste_and_what_was_recycled(nodes):
    received("1000")
    received("500", sent_kg="500", waste_class="fluorescent_tube", route="treated")
    received("2500", sent_kg="2500", waste_class="cable", route="reused")
    transfer(waste_class="cable", sent_kg="9000")  # still in the yard
    compute([period("2024-05")], boundary="operational", actor="test", now=NOW)
    found = dict(Fact.objects.filter(node="group").values_list("indicator", "value"))
    assert found["hazardous_waste"] == Decimal("1.5")
    assert found["non_hazardous_waste"] == Decimal("2.5")
    assert found["waste_recycled_share"] == Decimal("87.5")
    assert float(found["hazardous_waste_recycled_share"]) == pytest.approx(66.6667, abs=1e-3)
    assert found["waste_weights_differing"] == 0


def test_the_page_of_manifests_adds_weights_up_by_class_and_names_what_differs(nodes):
    odd = received("900")
    received("1000")
    act(transfer(**PAPERS), "send")
    built = programme_get("waste").page_builder("manifests")
    page = built(Asked(scope=SCOPES["lin"], period=period("2024"), now=NOW))
    (row,) = page["classes"]
    assert (row["sent"], row["under_way"], row["received"]) == (3000, 1000, 1900)
    assert [each["code"] for each in page["differing"]] == [odd.code]
