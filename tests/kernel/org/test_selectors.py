"""What computation reads from the organisation."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from commonweal.errors import InputError, StateError
from commonweal.kernel.org.models import (
    Boundary,
    BoundaryShare,
    Membership,
    Meter,
    Node,
    Site,
    SiteOwnership,
)
from commonweal.kernel.org.selectors import (
    boundary_shares,
    meters_table,
    node_parents,
    site_nodes,
    tree,
)
from commonweal.lake.references import register_codes

pytestmark = pytest.mark.django_db
THEN, LATER = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)
MONTHS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
SPAN = {"valid_from": date(2020, 1, 1), "recorded_at": THEN}


def node(code, parent=None, **span):
    found = Node.objects.create(code=code, kind="unit", place="CN")
    Membership.objects.create(node=found, parent=parent, **{**SPAN, **span})
    return found


@pytest.fixture
def operator():
    """G above A and B; U below A until February 2024, then below B."""
    group = node("G")
    a, b = node("A", group), node("B", group)
    unit = node("U", a, valid_to=date(2024, 2, 1))
    Membership.objects.create(node=unit, parent=b, valid_from=date(2024, 2, 1), recorded_at=THEN)
    return group, a, b, unit


def test_the_tree_lists_parents_before_children_and_siblings_by_code(operator):
    january, march = tree(date(2024, 1, 1)), tree(date(2024, 3, 1))
    assert january.code == ("G", "A", "U", "B")
    assert march.code == ("G", "A", "B", "U")
    assert march.parent.tolist() == [-1, 0, 0, 2]
    assert march.depth.tolist() == [0, 1, 1, 2]
    assert (march.parent.dtype, march.depth.dtype) == (np.int32, np.int8)
    unit = march.index(operator[3].pk)
    assert march.ancestors(unit) == (2, 0)
    assert march.children(0) == (1, 2)
    assert march.children(-1) == (0,)
    assert march.children(unit) == ()


def test_a_node_does_not_exist_before_its_first_day(operator):
    late = node("N", operator[0], valid_from=date(2024, 2, 1))
    assert "N" not in tree(date(2024, 1, 31)).code
    assert "N" in tree(date(2024, 2, 1)).code
    with pytest.raises(InputError, match="not in the organisation on that day"):
        tree(date(2024, 1, 31)).index(late.pk)


def test_a_node_without_any_membership_is_a_root_on_every_day():
    alone = Node.objects.create(code="alone", kind="group", place="CN")
    assert tree(date(1990, 1, 1)).code == ("alone",)
    parents = node_parents(MONTHS)
    assert parents.parent_node_id.tolist() == [[-1, -1, -1]]
    assert parents.exists.all()
    assert parents.node_id.tolist() == [alone.pk]


def test_contradicting_rows_are_an_error_and_not_a_shorter_tree(operator):
    _, a, b, _ = operator
    Membership.objects.filter(node=a).update(parent=b)
    Membership.objects.filter(node=b).update(parent=a)
    with pytest.raises(StateError, match="node A hangs on no root on 2024-01-01"):
        tree(date(2024, 1, 1))


def test_parents_change_in_the_month_of_the_move(operator):
    group, a, b, unit = operator
    parents = node_parents(MONTHS)
    assert parents.node_id.tolist() == [group.pk, a.pk, b.pk, unit.pk]
    assert parents.parent_node_id[3].tolist() == [a.pk, b.pk, b.pk]
    assert parents.parent_node_id[0].tolist() == [-1, -1, -1]


def test_sites_have_the_owner_of_the_first_day_of_each_month(operator):
    _, a, b, _ = operator
    first = Site.objects.create(code="S1", kind="macro", place="CN-GD")
    second = Site.objects.create(code="S2", kind="macro", place="CN-GX")
    Site.objects.create(code="S3", kind="macro", place="CN-GD")
    own = SiteOwnership.objects.create
    own(site=first, node=a, **SPAN, valid_to=date(2024, 2, 2))
    own(site=first, node=b, **SPAN | {"valid_from": date(2024, 2, 2)})
    own(site=second, node=b, **SPAN | {"valid_from": date(2024, 3, 1)})
    found = site_nodes(MONTHS)
    assert found.node_id.tolist() == [[a.pk, a.pk, b.pk], [-1, -1, b.pk], [-1, -1, -1]]
    assert [found.places[i] for i in found.site_place] == ["CN-GD", "CN-GX", "CN-GD"]


def test_what_is_recorded_later_is_not_seen_as_of_before(operator):
    group, a, b, unit = operator
    Membership.objects.filter(node=unit).update(superseded_at=LATER)
    Membership.objects.create(
        node=unit, parent=group, valid_from=date(2020, 1, 1), recorded_at=LATER
    )
    assert node_parents(MONTHS).parent_node_id[3].tolist() == [group.pk] * 3
    before = node_parents(MONTHS, THEN).parent_node_id[3]
    assert before.tolist() == [a.pk, b.pk, b.pk]


@pytest.mark.parametrize(
    ("months", "message"),
    [
        ([], "no month is given"),
        ([date(2024, 1, 2)], "2024-01-02 is not the first day of a month"),
        ([date(2024, 2, 1), date(2024, 1, 1)], "not in ascending order"),
    ],
)
def test_months_must_be_first_days_in_order(months, message):
    with pytest.raises(InputError, match=message):
        site_nodes(months)


def test_a_naive_as_of_is_refused():
    with pytest.raises(InputError, match="2024-01-01T00:00:00 has no time zone"):
        tree(date(2024, 1, 1), datetime(2024, 1, 1))  # noqa: DTZ001 - the point of the test


def test_the_nearest_share_above_decides(operator):
    group, a, b, _ = operator
    outside = node("X")
    equity = Boundary.objects.create(code="equity", approach="equity_share")
    share = BoundaryShare.objects.create
    share(boundary=equity, node=group, share=Decimal(1), **SPAN)
    share(boundary=equity, node=a, share=Decimal("0.51"), **SPAN)
    share(boundary=equity, node=b, share=Decimal("0.7"), **SPAN | {"valid_from": date(2024, 3, 1)})
    found = boundary_shares("equity", MONTHS)
    rows = dict(zip(found.node_id.tolist(), found.share.tolist(), strict=True))
    by_code = {code: rows[Node.objects.get(code=code).pk] for code in "GABU"}
    assert by_code == {
        "G": [1, 1, 1],
        "A": [0.51, 0.51, 0.51],
        "B": [1, 1, 0.7],
        "U": [0.51, 1, 0.7],
    }
    assert rows[outside.pk] == [0, 0, 0]


def test_an_unknown_boundary_is_named():
    with pytest.raises(InputError, match="no reporting boundary 'nowhere'"):
        boundary_shares("nowhere", MONTHS)


@pytest.mark.usefixtures("operator")
def test_the_registers_answer_the_lake():
    site = Site.objects.create(code="S1", kind="macro", place="CN-GD")
    meter = Meter.objects.create(
        code="M1", site=site, carrier="grid_electricity", unit="kWh", max_rate_per_h=50.0,
        installed_date=date(2020, 5, 1),
    )  # fmt: skip
    assert register_codes("meter").to_pylist() == [{"code": "M1", "id": meter.pk}]
    assert register_codes("site").to_pylist() == [{"code": "S1", "id": site.pk}]
    assert register_codes("node")["code"].to_pylist() == ["G", "A", "B", "U"]
    assert meters_table().to_pylist() == [
        {
            "meter_id": meter.pk,
            "site_id": site.pk,
            "carrier": "grid_electricity",
            "unit": "kWh",
            "multiplier": 1.0,
            "rollover_at": 1e6,
            "max_rate_per_h": 50.0,
            "installed_date": date(2020, 5, 1),
            "removed_date": None,
        }
    ]


def test_empty_registers_keep_their_types():
    assert meters_table().schema.field("removed_date").type == "date32[day]"
    assert site_nodes(MONTHS).node_id.shape == (0, 3)
    assert tree(date(2024, 1, 1)).code == ()
