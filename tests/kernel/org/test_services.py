"""Changing the organisation: each change is one event and leaves the past as it was."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from commonweal.errors import InputError, StateError
from commonweal.kernel.org.models import Membership, Meter, Node, Site, SiteOwnership
from commonweal.kernel.org.selectors import boundary_shares, node_parents, site_nodes, tree
from commonweal.kernel.org.services import (
    boundary_set,
    boundary_share_set,
    meter_install,
    meter_replace,
    meter_update,
    node_create,
    node_merge,
    node_move,
    node_update,
    site_create,
    site_transfer,
    site_update,
)
from commonweal.kernel.org.services.common import NothingChangesError
from commonweal.kernel.org.services.nodes import OverlapError
from commonweal.kernel.org.structure import CycleError
from commonweal.kernel.records.models import Event

from .conftest import BY, OPENED, found, opened

LATER = {"actor": "test", "now": BY["now"] + timedelta(days=30)}
pytestmark = pytest.mark.usefixtures("operator")
JULY, OCTOBER = date(2024, 7, 1), date(2024, 10, 1)
MONTHS = [date(2024, 6, 1), JULY, OCTOBER]
SPOT = {"kind": "unit", "place": "CN-GD", "names": {"en": "N"}, "from_date": OPENED, **BY}
METER = {
    "carrier": "electricity",
    "unit": "kWh",
    "max_rate_per_h": 50.0,
    "installed_date": OPENED,
    **BY,
}


def path(code, day, as_of=None):
    held = tree(day, as_of)
    return [held.code[i] for i in held.ancestors(held.code.index(code))]


def owners(code, as_of=None):
    found_nodes = site_nodes(MONTHS, as_of)
    row = found_nodes.node_id[found_nodes.site_id.tolist().index(Site.objects.get(code=code).pk)]
    names = dict(Node.objects.values_list("id", "code")) | {-1: None}
    return [names[node] for node in row.tolist()]


def last_event():
    return Event.objects.order_by("-sequence").first()


def test_a_move_holds_from_its_day_and_changes_nothing_before():
    node_move(node="U", parent="B", from_date=JULY, **LATER)
    assert path("U", JULY - timedelta(days=1)) == ["A", "G"]
    assert path("U", JULY) == ["B", "G"]
    assert path("U", date(2030, 1, 1), as_of=BY["now"]) == ["A", "G"]
    event = last_event()
    assert (event.record_type, event.record_key, event.action) == ("node", "U", "moved")
    assert event.content["from"] == "A"
    assert event.content["to"] == "B"
    assert event.content["from_date"] == "2024-07-01"


def test_a_move_for_a_while_goes_back_by_itself():
    node_move(node="U", parent="B", from_date=JULY, until_date=OCTOBER, **LATER)
    assert [path("U", day)[0] for day in MONTHS] == ["A", "B", "A"]


def test_a_later_move_is_not_overwritten_in_silence():
    node_move(node="U", parent="B", from_date=OCTOBER, **LATER)
    with pytest.raises(OverlapError, match="U already moves to B on 2024-10-01") as error:
        node_move(node="U", parent="G", from_date=JULY, **LATER)
    assert error.value.hint == "give until_date 2024-10-01 to keep that move"
    node_move(node="U", parent="G", from_date=JULY, until_date=OCTOBER, **LATER)
    assert [path("U", day)[0] for day in MONTHS] == ["A", "G", "B"]


def test_a_move_to_where_it_belongs_is_refused():
    with pytest.raises(NothingChangesError, match="U belongs to A from 2024-07-01 already"):
        node_move(node="U", parent="A", from_date=JULY, **LATER)


def test_a_circle_is_refused_with_its_path():
    with pytest.raises(CycleError, match="A cannot belong to U: A > U > A would be a circle"):
        node_move(node="A", parent="U", from_date=JULY, **LATER)
    with pytest.raises(CycleError, match="A > A would be a circle"):
        node_move(node="A", parent="A", from_date=JULY, **LATER)


def test_a_circle_that_would_arise_only_later_is_refused_too():
    node_move(node="B", parent="U", from_date=OCTOBER, **LATER)
    with pytest.raises(CycleError, match="U > B > U would be a circle from 2024-07-01"):
        node_move(node="U", parent="B", from_date=JULY, **LATER)
    node_move(node="U", parent="B", from_date=JULY, until_date=OCTOBER, **LATER)
    assert path("U", JULY) == ["B", "G"]
    assert path("B", OCTOBER) == ["U", "A", "G"]


def test_a_merge_ends_the_node_and_hands_over_all_it_has():
    node_merge(node="A", into="B", from_date=JULY, **LATER)
    assert tree(JULY).code == ("G", "B", "U")
    assert path("U", JULY) == ["B", "G"]
    assert owners("S-A") == ["A", "B", "B"]
    assert owners("S-A", as_of=BY["now"]) == ["A", "A", "A"]
    assert last_event().content == {
        "into": "B", "from_date": "2024-07-01", "children": ["U"], "n_sites": 1, "reason": "",
    }  # fmt: skip


def test_nothing_merges_into_itself_or_into_what_lies_below():
    with pytest.raises(InputError, match="A cannot merge into itself"):
        node_merge(node="A", into="A", from_date=JULY, **LATER)
    with pytest.raises(CycleError, match="A > U > A"):
        node_merge(node="A", into="U", from_date=JULY, **LATER)


def test_days_on_which_a_node_does_not_exist_are_refused():
    node_merge(node="A", into="B", from_date=JULY, **LATER)
    with pytest.raises(InputError, match="A exists from 2020-01-01 up to 2024-07-01, not on 2024"):
        node_move(node="A", parent="B", from_date=OCTOBER, **LATER)
    with pytest.raises(InputError, match="A exists from 2020-01-01 up to 2024-07-01, not up to an"):
        found("N", "A", from_date=OPENED)
    with pytest.raises(InputError, match="G exists from 2020-01-01, not on 2019-01-01"):
        found("N", "G", from_date=date(2019, 1, 1))
    with pytest.raises(InputError, match="A exists from 2020-01-01 up to 2024-07-01, not on"):
        node_merge(node="A", into="B", from_date=JULY, **LATER)


def test_an_empty_span_is_refused():
    with pytest.raises(InputError, match="the span 2024-07-01 to 2024-07-01 is empty"):
        node_move(node="U", parent="B", from_date=JULY, until_date=JULY, **LATER)


def test_a_clock_that_runs_backwards_is_refused():
    early = {"actor": "test", "now": datetime(2023, 1, 1, tzinfo=UTC)}
    with pytest.raises(StateError, match="after 2023-01-01"):
        node_move(node="U", parent="B", from_date=JULY, **early)
    assert path("U", JULY) == ["A", "G"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "N 1"}, "code 'N 1' is not 1 to 64 letters"),
        ({"code": "G"}, "'G' exists already"),
        ({"kind": "kingdom"}, "'kingdom' is no kind of node"),
        ({"place": "XX"}, "place 'XX' is not in the catalogue"),
        ({"parent": "Z"}, "no organisation node 'Z'"),
        ({"names": {}}, "a name is missing in every language"),
        ({"names": {"fr": "Nord"}}, "'fr' is no language of a name"),
    ],
)
def test_a_node_that_breaks_a_rule_is_not_founded(changes, message):
    with pytest.raises((InputError, StateError), match=message):
        node_create(**{"code": "N", "parent": "G", **SPOT, **changes})
    assert Node.objects.count() == 4


def test_sites_change_hands_from_a_day():
    n_moved = site_transfer(sites=["S-A", "S-B"], node="B", from_date=JULY, **LATER)
    assert n_moved == 1
    assert owners("S-A") == ["A", "B", "B"]
    assert owners("S-A", as_of=BY["now"]) == ["A", "A", "A"]
    event = last_event()
    assert (event.record_key, event.content["from"], event.content["to"]) == ("S-A", "A", "B")
    with pytest.raises(NothingChangesError, match="B runs these 2 sites"):
        site_transfer(sites=["S-A", "S-B"], node="B", from_date=JULY, **LATER)


def test_a_transfer_that_cannot_be_done_moves_no_site_at_all():
    opened("S-late", "A", from_date=OCTOBER)
    site_transfer(sites=["S-U"], node="B", from_date=OCTOBER, **LATER)
    for sites, message in (
        (["S-A", "S-none"], "no site 'S-none'"),
        (["S-A", "S-late"], "site S-late has no owner on 2024-07-01"),
        (["S-A", "S-U"], "site S-U already goes to B on 2024-10-01"),
    ):
        with pytest.raises((InputError, StateError), match=message):
            site_transfer(sites=sites, node="G", from_date=JULY, **LATER)
    assert owners("S-A") == ["A", "A", "A"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "tower"}, "'tower' is no kind of site"),
        ({"longitude_deg": 113.0}, "only one of longitude and latitude"),
        ({"longitude_deg": 113.0, "latitude_deg": 123.0}, "latitude 123.0 is not within -90 to 90"),
        ({"node": "Z"}, "no organisation node 'Z'"),
        ({"from_date": date(2019, 1, 1)}, "not on 2019-01-01"),
        ({"code": "S-A"}, "'S-A' exists already"),
    ],
)
def test_a_site_that_breaks_a_rule_is_not_opened(changes, message):
    fields = {"code": "N", "node": "A", "kind": "macro", "from_date": OPENED, **BY}
    with pytest.raises((InputError, StateError), match=message):
        site_create(**{**fields, **changes})


def test_a_site_takes_the_place_of_its_owner():
    assert opened("S-new", "G").place == "CN"
    assert opened("S-far", "G", place="CN-GX").place == "CN-GX"


def test_an_update_tells_what_was_there_before():
    site_update(site="S-A", changes={"name": "Hill", "kind": "macro"}, reason="typo", **LATER)
    assert last_event().content == {
        "before": {"name": ""}, "after": {"name": "Hill"}, "reason": "typo",
    }  # fmt: skip
    node_update(node="A", changes={"name_en": "Alpha"}, **LATER)
    assert Node.objects.get(code="A").name_en == "Alpha"
    with pytest.raises(NothingChangesError):
        node_update(node="A", changes={"name_en": "Alpha"}, **LATER)
    with pytest.raises(InputError, match="place 'XX' is not in the catalogue"):
        site_update(site="S-A", changes={"place": "XX"}, **LATER)


def test_a_meter_is_installed_replaced_and_corrected():
    meter_install(code="M1", site="S-A", **METER)
    new = meter_replace(
        meter="M1", new_code="M2", on_date=JULY, changes={"multiplier": 40.0}, **LATER
    )
    assert Meter.objects.get(code="M1").removed_date == JULY
    assert (new.installed_date, new.multiplier, new.carrier) == (JULY, 40.0, "electricity")
    with pytest.raises(StateError, match="meter M1 was removed on 2024-07-01"):
        meter_replace(meter="M1", new_code="M3", on_date=OCTOBER, **LATER)
    meter_update(meter="M2", changes={"multiplier": 30.0}, reason="nameplate", **LATER)
    actions = Event.objects.filter(record_type="meter").order_by("sequence")
    assert list(actions.values_list("record_key", "action")) == [
        ("M1", "installed"),
        ("M1", "replaced"),
        ("M2", "installed"),
        ("M2", "updated"),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"carrier": "phlogiston"}, "carrier 'phlogiston' is not in the catalogue"),
        ({"unit": "t"}, "'t' does not convert to 'kWh'"),
        ({"multiplier": 0.0}, "multiplier 0.0 is not a number above 0"),
        ({"max_rate_per_h": float("inf")}, "max_rate_per_h inf is not a number above 0"),
        ({"site": "S-none"}, "no site 'S-none'"),
    ],
)
def test_a_meter_that_breaks_a_rule_is_not_installed(changes, message):
    with pytest.raises(InputError, match=message):
        meter_install(**{"code": "M", "site": "S-A", **METER, **changes})
    assert not Meter.objects.exists()


def test_a_boundary_share_holds_from_its_day():
    boundary_set(code="equity", approach="equity_share", names={"en": "Equity"}, **BY)
    share = {"boundary": "equity", "from_date": OPENED, **BY}
    boundary_share_set(node="G", share=Decimal(1), **share)
    boundary_share_set(node="A", share=Decimal("0.5"), **share)
    late = {**share, "from_date": JULY, **LATER}
    boundary_share_set(node="A", share=Decimal("0.7"), **late)

    def shares(as_of=None):
        held = boundary_shares("equity", MONTHS, as_of)
        return held.share[held.node_id.tolist().index(Node.objects.get(code="U").pk)].tolist()

    assert shares() == [0.5, 0.7, 0.7]
    assert shares(BY["now"]) == [0.5, 0.5, 0.5]
    with pytest.raises(NothingChangesError, match=r"0\.7 of A counts in equity already"):
        boundary_share_set(node="A", share=Decimal("0.7"), **late)
    with pytest.raises(InputError, match="share 51 is not within 0 to 1"):
        boundary_share_set(node="A", share=Decimal(51), **late)


def test_setting_a_boundary_twice_changes_nothing():
    for _ in range(2):
        boundary_set(code="op", approach="operational_control", names={"en": "Op"}, **BY)
    assert Event.objects.filter(record_type="boundary").count() == 1
    with pytest.raises(InputError, match="boundary op consolidates by operational_control"):
        boundary_set(code="op", approach="equity_share", names={"en": "Op"}, **BY)


def test_the_database_itself_refuses_two_parents_on_one_day():
    row = Membership.objects.get(node__code="U")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(
            node=row.node, parent=None, valid_from=row.valid_from, recorded_at=BY["now"]
        )


def test_a_failed_change_leaves_no_event_and_no_row():
    before = Event.objects.count(), Membership.objects.count(), SiteOwnership.objects.count()
    with pytest.raises(InputError):
        node_merge(node="A", into="U", from_date=JULY, **LATER)
    after = Event.objects.count(), Membership.objects.count(), SiteOwnership.objects.count()
    assert after == before


def test_parents_by_month_follow_a_merge():
    node_merge(node="A", into="B", from_date=JULY, **LATER)
    ids = dict(Node.objects.values_list("code", "id"))
    parents = node_parents(MONTHS)
    row = parents.node_id.tolist().index(ids["A"])
    assert parents.parent_node_id[row].tolist() == [ids["G"], -1, -1]
    assert parents.exists[row].tolist() == [True, False, False]
