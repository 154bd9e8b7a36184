"""A plan is approved by somebody else, acted on alone, stopped at any time; a hold has an end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.domains.radio.energy_saving.models import holds_in_force
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.values import ValuesError
from tests.kernel.programmes.conftest import node_make

NOW = datetime(2024, 12, 9, 8, tzinfo=UTC)
PLAN = {
    "plan_date": date(2024, 12, 10),
    "days": 7,
    "quantile": "0.95",
    "n_sites": 24,
    "n_sectors": 72,
    "expected_kwh": "310.5",
    "all_on_kwh": "1000",
    "gap_share": "0.001",
    "unserved_share": "0.0002",
    "folder": "2024-12-10-a",
    "plan_sha256": "a" * 64,
    "holdout_share": "0.02",
}
VERIFICATION = {
    "first_date": date(2024, 12, 10),
    "last_date": date(2024, 12, 16),
    "expected_kwh": "310.5",
    "saved_kwh": "300",
    "low_kwh": "280",
    "high_kwh": "320",
    "n_sectors": 72,
    "n_holdout": 9,
    "metered_share": "1",
    "cv_rmse": "0.3",
    "nmbe": "-0.1",
    "counterfactual_sha256": "b" * 64,
    "method": "did",
}


def scope(name, *roles):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(roles or Role.values)),))


ANN, BOB, EVE = map(scope, ("ann", "bob", "eve"))


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {code: node_make(code, "province", group) for code in ("north", "south")} | {
        "group": group
    }


def plan_open(node="group", **values):
    kind = record_type("energy_saving.plan")
    return record_open(kind, node=node, values=PLAN | values, scope=ANN, now=NOW)


def act(record, action, by, *, now=NOW, comment=""):
    return record_act(record, action, scope=by, now=now, comment=comment).record


def plan_active(node="group", **values):
    plan = act(plan_open(node, **values), "propose", ANN)
    return unmetered(act(plan, "approve", BOB))


def unmetered(plan):
    return act(plan, "activate_unmetered", EVE, comment="no meters yet")


def hold_open(**values):
    told = {
        "cell_id": "S-1-1-n78",
        "kind": "manual",
        "reason": "marathon",
        "from_at": NOW,
        "until_at": NOW + timedelta(hours=6),
    }
    kind = record_type("energy_saving.hold")
    return record_open(kind, node="north", values=told | values, scope=ANN, now=NOW)


def test_nobody_approves_what_they_put_forward(nodes):
    plan = act(plan_open(), "propose", BOB)
    for maker in (ANN, BOB):
        with pytest.raises(RefusedError):
            act(plan, "approve", maker)
    assert act(plan, "approve", EVE).state == "approved"


def test_a_plan_goes_its_whole_way(nodes):
    plan = plan_active()
    assert plan.state == "active"
    over = datetime(2024, 12, 16, 16, tzinfo=UTC)  # midnight of the seventeenth
    with pytest.raises(RefusedError, match="the 7 days from 2024-12-10 are not over"):
        act(plan, "end", EVE, now=over - timedelta(seconds=1))
    assert act(plan, "end", EVE, now=over).state == "ended"


def test_a_plan_whose_days_have_passed_is_neither_put_forward_nor_approved(nodes):
    late = datetime(2024, 12, 17, tzinfo=UTC)
    with pytest.raises(RefusedError, match="all 7 days from 2024-12-10 have passed"):
        act(plan_open(), "propose", ANN, now=late)
    plan = act(plan_open(folder="b"), "propose", ANN)
    with pytest.raises(RefusedError, match="have passed"):
        act(plan, "approve", BOB, now=late)


@pytest.mark.parametrize(
    ("first", "second", "later", "is_refused"),
    [
        ("group", "group", 0, True),
        ("group", "north", 0, True),
        ("north", "group", 6, True),
        ("north", "south", 0, False),
        ("group", "group", 7, False),
    ],
)
def test_two_active_plans_do_not_speak_for_the_same_site_and_day(
    nodes, first, second, later, is_refused
):
    plan_active(first)
    day = PLAN["plan_date"] + timedelta(days=later)
    plan = act(plan_open(second, folder="b", plan_date=day), "propose", ANN)
    plan = act(plan, "approve", BOB)
    if is_refused:
        with pytest.raises(RefusedError, match="another active plan covers"):
            unmetered(plan)
    else:
        assert unmetered(plan).state == "active"


@pytest.mark.parametrize(("action", "role"), [("stop", "programme_manager"), ("halt", "reviewer")])
def test_a_manager_and_a_reviewer_may_stop_a_plan_and_must_say_why(nodes, action, role):
    plan = plan_active()
    with pytest.raises(ValuesError):
        act(plan, action, scope("kim", role))
    with pytest.raises(RoleError):
        act(plan, action, scope("kim", "viewer"), comment="calls are dropped")
    assert act(plan, action, scope("kim", role), comment="calls are dropped").state == "stopped"


def test_a_plan_cannot_save_more_than_there_is(nodes):
    with pytest.raises(ValuesError, match="more than all layers draw"):
        plan_open(expected_kwh="1000.001")


def test_a_hold_is_in_force_from_its_start_until_its_end_or_until_it_is_lifted(nodes):
    hold = hold_open()
    assert list(holds_in_force(NOW)) == [hold]
    assert not holds_in_force(NOW - timedelta(seconds=1))
    assert not holds_in_force(NOW + timedelta(hours=6))
    with pytest.raises(RefusedError, match="in force until"):
        act(hold, "expire", EVE)
    act(hold, "lift", EVE, comment="it is over")
    assert not holds_in_force(NOW)
    other = hold_open(cell_id="")
    assert act(other, "expire", EVE, now=NOW + timedelta(hours=6)).state == "expired"


def test_a_hold_ends_after_it_begins(nodes):
    with pytest.raises(ValuesError, match="after the start"):
        hold_open(until_at=NOW)


def test_a_saving_is_verified_once_its_days_are_over_by_somebody_independent(nodes):
    kind = record_type("energy_saving.verification")
    record = record_open(kind, node="group", values=VERIFICATION, scope=ANN, now=NOW)
    over = datetime(2024, 12, 16, 16, tzinfo=UTC)
    with pytest.raises(RefusedError, match="2024-12-16 is not over"):
        act(record, "verify", EVE, now=over - timedelta(seconds=1))
    with pytest.raises(RefusedError):
        act(record, "verify", ANN, now=over)
    with pytest.raises(RefusedError, match="keeps its limits"):
        act(record, "verify_despite", EVE, now=over, comment="why not")
    assert act(record, "verify", EVE, now=over).state == "verified"


@pytest.mark.parametrize(
    "seen", [{"cv_rmse": "0.300001"}, {"nmbe": "-0.100001"}, {"cv_rmse": None}, {"nmbe": None}]
)
def test_a_model_outside_its_limits_is_verified_with_a_reason_only(nodes, seen):
    kind = record_type("energy_saving.verification")
    record = record_open(kind, node="group", values=VERIFICATION | seen, scope=ANN, now=NOW)
    over = datetime(2024, 12, 16, 16, tzinfo=UTC)
    with pytest.raises(RefusedError, match="misses its limits"):
        act(record, "verify", EVE, now=over)
    with pytest.raises(ValuesError, match="say why"):
        act(record, "verify_despite", EVE, now=over)
    done = act(record, "verify_despite", EVE, now=over, comment="hold-outs agree with it")
    assert done.state == "verified"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"saved_kwh": "321"}, "outside its own interval"),
        ({"last_date": date(2024, 12, 9)}, "before the first day"),
    ],
)
def test_a_verification_that_contradicts_itself_is_refused(nodes, values, message):
    kind = record_type("energy_saving.verification")
    with pytest.raises(ValuesError, match=message):
        record_open(kind, node="group", values=VERIFICATION | values, scope=ANN, now=NOW)
