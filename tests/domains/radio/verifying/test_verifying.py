"""From the lake, the plan and the frozen document to a draft that an independent person judges."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from commonweal.domains.radio.energy_saving.models import Verification
from commonweal.domains.radio.energy_saving.verifying import (
    counterfactual_freeze,
    verification_prepare,
)
from commonweal.domains.radio.energy_saving.verifying.document import document_read, folder
from commonweal.errors import InputError, StateError
from commonweal.kernel.compute.activities import ActivityRequest, activities
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, record_act, records_act
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.selectors import record_history
from commonweal.periods import business_midnight
from tests.domains.radio import world
from tests.domains.radio.verifying.conftest import AFTER, BEFORE, FIRST, LAST, PLANNED

pytestmark = pytest.mark.django_db
SPAN = {"first_date": PLANNED, "last_date": LAST}
LATER = AFTER + timedelta(hours=1)


def prepare(**more):
    return verification_prepare(**(SPAN | {"scope": world.scope(), "now": AFTER} | more))


def act(record, action, *, now=AFTER, comment=""):
    by = world.scope("verifier")
    return record_act(record, action, scope=by, now=now, comment=comment).record


def booked_kwh(as_of):
    """What the indicator of verified savings counts in the month of the last day."""
    request = ActivityRequest((LAST.replace(day=1),), as_of, carriers=("radio_energy_saved",))
    return sum(part.quantity.sum() for part in activities("records", request))


def test_the_saving_of_a_week_is_found_and_opened_as_a_draft(frozen):
    made, plan = frozen()
    ((prepared, record),) = prepare()
    truth = made.true_saving_kwh(made.acted)
    assert record.low_kwh < truth < record.high_kwh
    assert float(record.saved_kwh) == pytest.approx(truth, rel=0.1)
    assert prepared.saving.is_significant
    assert prepared.is_accepted
    assert (record.state, record.node.code) == ("draft", "all")
    assert record.metered_share == 1
    assert float(record.lost_traffic_error) == pytest.approx(prepared.service.error, abs=1e-6)
    assert record.n_holdout == 3 * made.held().sum()
    assert record.counterfactual_sha256 == plan.counterfactual_sha256
    assert 0 < record.partner_kwh < record.saved_kwh / 2
    assert sum(prepared.by_site_kwh.values()) == pytest.approx(float(record.saved_kwh), abs=0.01)


def test_nothing_is_found_where_nothing_slept(frozen):
    frozen(acts=lambda _, modes: np.zeros_like(modes))
    ((prepared, _),) = prepare(is_dry=True)
    assert not prepared.saving.is_significant
    assert Verification.objects.count() == 0


def test_half_the_meters_missing_books_half_and_says_so(frozen):
    def lost(counters, power):
        names = sorted(set(power["element_dn"].to_pylist()))
        kept = [name for name in names if int(name.split("-")[2]) % 2]
        return counters, power.filter(pc.is_in(power["element_dn"], pc.cast(kept, "string")))

    made, _ = frozen(change=lost)
    ((prepared, record),) = prepare()
    assert float(record.metered_share) == pytest.approx(0.5, abs=0.05)
    assert prepared.unmetered_expected_kwh > 0
    assert record.saved_kwh < 0.75 * made.true_saving_kwh(made.acted)


def test_a_sleeper_that_sends_nothing_is_not_missing(frozen):
    def silent(counters, power):
        return counters.filter(pc.equal(counters["deep_sleep_s"], 0)), power

    made, _ = frozen(change=silent)
    ((_, record),) = prepare()
    assert record.low_kwh < made.true_saving_kwh(made.acted) < record.high_kwh
    assert record.metered_share == 1


def test_a_holdout_that_slept_by_mistake_is_told(frozen):
    made, _ = frozen(acts=lambda made, _: made.nightly(holdout=False))
    ((prepared, _),) = prepare(is_dry=True)
    saving = prepared.saving
    assert saving.n_slept_holdout == saving.n_holdout == made.held().sum()
    assert saving.saved_kwh < saving.as_treated_kwh


def test_a_changed_document_is_refused(frozen):
    _, plan = frozen()
    path = folder() / f"{plan.counterfactual_sha256}.json"
    document = json.loads(path.read_text())
    document["model"]["fleet_share"] = 0.0001
    path.write_text(json.dumps(document))
    with pytest.raises(StateError, match=r"was changed: its digest is"):
        prepare()


def test_another_plans_document_is_refused(frozen):
    _, plan = frozen()
    other = replace(document_read(plan.counterfactual_sha256))
    assert other.document["plan"] == plan.code
    plan.code = "EP-2024-99999"
    plan.save(update_fields=["code"])
    with pytest.raises(StateError, match="is that of plan EP-2024-00001, not of EP-2024-99999"):
        prepare()


def test_a_document_frozen_after_the_days_began_is_refused(frozen):
    _, plan = frozen()
    plan.counterfactual_sha256 = counterfactual_freeze(plan, BEFORE + timedelta(hours=9))
    plan.save(update_fields=["counterfactual_sha256"])
    with pytest.raises(StateError, match="after 2024-12-11 began"):
        prepare()
    ((_, record),) = prepare(first_date=PLANNED + timedelta(1))
    assert record.first_date == PLANNED + timedelta(1)


def test_the_same_knowledge_freezes_the_same_bytes(build):
    made = build(n_sites=3)
    plan = made.plan(made.nightly())
    first, second = (counterfactual_freeze(plan, BEFORE) for _ in range(2))
    assert first == second
    found = document_read(first)
    assert found.baseline[0] == FIRST
    assert found.names == tuple(made.codes)


def test_days_are_counted_once(frozen):
    frozen()
    prepare(last_date=PLANNED + timedelta(2))
    with pytest.raises(StateError, match="counts days from 2024-12-11 to 2024-12-13"):
        prepare()
    prepare(first_date=PLANNED + timedelta(3))
    assert Verification.objects.count() == 2


def test_a_stopped_plan_and_the_one_after_it_count_no_day_twice(frozen):
    made, stopped = frozen(n_sites=4)
    stopped.state, stopped.closed_at = "stopped", business_midnight(PLANNED + timedelta(3))
    stopped.save(update_fields=["state", "closed_at"])
    ((first, record),) = prepare()
    assert first.days[-1] == record.last_date == PLANNED + timedelta(2)

    after = made.plan(made.nightly(), name="20241211-all-x-2")
    after.counterfactual_sha256 = counterfactual_freeze(after, BEFORE)
    after.save(update_fields=["counterfactual_sha256"])
    with pytest.raises(StateError, match="counts days from 2024-12-11 to 2024-12-13"):
        prepare(first_date=PLANNED + timedelta(2))
    ((rest, _),) = prepare(first_date=PLANNED + timedelta(3))
    assert (rest.plan.pk, rest.days[0]) == (after.pk, PLANNED + timedelta(3))


def test_a_plan_stopped_before_its_first_day_saved_nothing(frozen):
    _, plan = frozen(n_sites=3)
    plan.state, plan.closed_at = "stopped", BEFORE
    plan.save(update_fields=["state", "closed_at"])
    with pytest.raises(InputError, match="no plan was acted on"):
        prepare()


def test_days_to_come_and_days_without_a_plan_are_refused(frozen):
    frozen(n_sites=3)
    with pytest.raises(InputError, match="2024-12-17 is not over yet"):
        prepare(now=BEFORE)
    with pytest.raises(InputError, match="no plan was acted on from 2024-11-21 to 2024-11-22"):
        prepare(first_date=FIRST + timedelta(1), last_date=FIRST + timedelta(2))


def test_a_plan_learns_what_was_verified_of_it(frozen):
    _, plan = frozen(n_sites=3)
    ((_, first),) = prepare(last_date=PLANNED + timedelta(2))
    ((_, second),) = prepare(first_date=PLANNED + timedelta(3))
    for record in (first, second):
        act(record, "verify")
    plan.refresh_from_db()
    assert plan.outcome_kwh == first.saved_kwh + second.saved_kwh


def test_two_savings_verified_at_once_both_count(frozen):
    _, plan = frozen(n_sites=3)
    found = [
        *prepare(last_date=PLANNED + timedelta(2)),
        *prepare(first_date=PLANNED + timedelta(3)),
    ]
    ids, context = [record.pk for _, record in found], Context(world.scope("verifier"), AFTER)
    records_act(record_type("energy_saving.verification"), ids, "verify", context=context)
    plan.refresh_from_db()
    assert plan.outcome_kwh == sum(record.saved_kwh for _, record in found)


def test_a_withdrawn_saving_counts_no_longer_and_its_days_may_be_verified_again(frozen):
    _, plan = frozen(n_sites=3)
    ((_, record),) = prepare()
    assert act(record, "verify").state == "verified"
    with pytest.raises(StateError, match="counts days from") as refused:
        prepare()
    assert "have it withdrawn first" in refused.value.hint
    with pytest.raises(ValuesError, match="say why"):
        act(record, "withdraw")
    with pytest.raises(RefusedError, match="somebody who had no hand"):
        record_act(record, "withdraw", scope=world.scope(), now=LATER, comment="mine")
    gone = act(record, "withdraw", now=LATER, comment="the meter was exchanged")
    assert (gone.state, gone.closed_at) == ("withdrawn", LATER)
    plan.refresh_from_db()
    assert plan.outcome_kwh is None
    told = record_history("energy_saving.plan", str(plan.pk)).last()
    assert told.content["changes"]["outcome_kwh"][1] is None
    assert booked_kwh(AFTER) == pytest.approx(float(record.saved_kwh))
    assert booked_kwh(LATER) == 0
    ((_, again),) = prepare(now=LATER)
    act(again, "verify", now=LATER)
    plan.refresh_from_db()
    assert plan.outcome_kwh == again.saved_kwh


def test_a_register_and_a_shifted_clock_are_left_out_by_name(build):
    made = build(n_sites=4)
    plan = made.plan(made.nightly())
    found = document_read(counterfactual_freeze(plan, BEFORE))
    assert found.document["left_out"] == []
    power = made.reports(FIRST, np.zeros((*made.layers.present.shape, 21 * 24), np.int8))[1]
    rows = power.to_pylist()
    total = 0.0
    for row in rows:
        if made.codes[0] in row["element_dn"]:
            total += row["energy_kwh"]
            row["energy_kwh"] = total
        if made.codes[1] in row["element_dn"]:
            row["start_at"] = row["start_at"] + timedelta(hours=8)
    world.take("element_power", power.from_pylist(rows, power.schema), made.folder)
    late = BEFORE + timedelta(hours=1)
    told = document_read(counterfactual_freeze(plan, late)).document["left_out"]
    assert [each["group"] for each in told] == made.codes[:2]
    assert "register" in told[0]["reason"]
    assert "8 h off" in told[1]["reason"]
