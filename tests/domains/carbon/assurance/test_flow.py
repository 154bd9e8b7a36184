"""From the frozen total to the opinion: what is drawn, recomputed, found, corrected, left."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commonweal.domains.carbon.assurance.models import Finding
from commonweal.domains.carbon.assurance.population import population
from commonweal.domains.carbon.assurance.recompute import recompute, rows_behind
from commonweal.domains.carbon.assurance.rules import population_of, selection_of, unit_of
from commonweal.errors import StateError
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.services import meter_update, node_move
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from tests.domains.carbon.assurance.conftest import GAO, LIN, NOW, YEAR, act, computed, opened


def units(**more):
    terms = {"indicator": "ghg_total_location", "node": "group", "boundary": "operational"}
    return population(period=YEAR, **{**terms, **more})


def test_the_units_add_up_to_the_total_and_are_months_of_the_nodes_themselves(told):
    found = units()
    assert abs(found.unexplained) < 1e-3
    assert {unit.fact.node for unit in found.units} == {"GD-1", "XZ-1"}
    assert {str(unit.fact.period) for unit in found.units} == {
        f"2024-{m:02d}" for m in range(1, 13)
    }
    assert "scope1_combustion" in {unit.fact.indicator for unit in found.units}
    assert all(unit.below == 0 for unit in found.units)


def test_what_stands_at_a_node_itself_is_a_unit_beside_those_below_it(told):
    told.send(
        "submissions",
        "node_id,indicator,start_date,end_date,value,unit",
        "GD,scope1_declared,2024-01-01,2025-01-01,12,tCO2e",
    )
    computed(now=NOW + timedelta(days=1), reason="declared late")
    found = units()
    own = [unit for unit in found.units if unit.fact.node == "GD"]
    assert len(own) == 12
    assert sum(unit.amount for unit in own) == pytest.approx(12.0, abs=1e-3)
    assert abs(found.unexplained) < 1e-3
    for unit in own:
        assert recompute(unit).value == pytest.approx(unit.amount / unit.scale, abs=1e-5)


def test_every_unit_recomputes_from_its_rows(told):
    found = units()
    for unit in found.units[::4]:
        again = recompute(unit)
        assert again.value == pytest.approx(float(unit.fact.value), abs=1e-6)
        assert all(line.factor for line in again.lines)
        tables = rows_behind(again, unit.fact)
        names = {name for table in tables.values() for name in table["source_name"].to_pylist()}
        assert names
        assert all(name.endswith(".csv") for name in names)


def test_a_unit_recomputes_as_it_was_known_after_the_meter_was_corrected_and_moved(told):
    found = units(as_of=NOW)
    later = NOW + timedelta(days=5)
    meter_update(meter="M-GD", changes={"multiplier": 2.0}, actor="test", now=later, reason="plate")
    node_move(node="GD-1", parent="XZ", from_date=YEAR.start_date, actor="test", now=later)
    for unit in found.units[::4]:
        assert recompute(unit).value == pytest.approx(float(unit.fact.value), abs=1e-6)


def test_a_drawn_sample_is_drawn_again_from_the_same_seed(engagement):
    found = population_of(engagement)
    again = selection_of(engagement, found)
    items = list(engagement.items.order_by("code"))
    assert [item.unit_key for item in items] == [found.units[i].key for i in again.unit.tolist()]
    assert engagement.n_items == len(items) > 5
    other = act(act(opened(seed="another"), "start"), "draw")
    assert {i.unit_key for i in other.items.all()} != {i.unit_key for i in items}


@pytest.mark.parametrize("method", ["monetary_unit", "stratified"])
def test_a_clean_sample_ends_in_an_unmodified_opinion_that_another_verifier_issues(told, method):
    engagement = act(act(opened(method=method), "start"), "draw")
    for item in engagement.items.all():
        again = act(item, "recompute")
        assert again.difference == 0, again.unit_key
        act(again, "check")
    engagement = act(engagement, "conclude")
    assert engagement.opinion == "unmodified"
    assert (engagement.factual, engagement.projected) == (0, 0)
    material = engagement.total * engagement.materiality_percent / 100
    assert 0 < engagement.upper_limit <= material
    with pytest.raises(RefusedError):
        act(engagement, "issue")


def checked(engagement):
    for item in engagement.items.all():
        act(act(item, "recompute"), "check")


def finding(engagement, **values):
    given = {"engagement": engagement, "kind": "misstatement", "title": "A wrong bill"}
    kind = record_type("assurance.finding")
    return record_open(kind, node="group", values=given | values, scope=GAO, now=NOW)


def test_an_item_that_differs_waits_for_a_finding(engagement):
    item = engagement.items.first()
    type(item).objects.filter(pk=item.pk).update(stated=item.stated + 3)
    item = act(item, "recompute")
    assert item.difference == pytest.approx(Decimal(3), abs=Decimal("1e-5"))
    with pytest.raises(RefusedError, match="enter it as a finding first"):
        act(item, "check")
    finding(engagement, item=item, stated=item.stated, verified=item.recomputed)
    assert act(item, "check").state == "checked"


def test_what_is_left_uncorrected_decides_the_opinion_with_what_it_stands_for(told):
    terms = {"materiality_percent": "30", "performance_percent": "30"}
    engagement = act(act(opened(**terms), "start"), "draw")
    checked(engagement)
    item = engagement.items.filter(is_certain=False).first()
    half = item.stated / 2
    wrong = finding(engagement, item=item, stated=item.stated, verified=half, cause="reading")
    with pytest.raises(RefusedError, match="findings wait for an answer"):
        act(engagement, "conclude")
    act(act(wrong, "answer", who=LIN, answer="we leave it"), "leave")
    engagement = act(engagement, "conclude")
    assert engagement.factual == pytest.approx(item.stated - half, abs=Decimal("1e-5"))
    likely = float(engagement.factual + engagement.projected)
    assert likely == pytest.approx(float(item.stated - half) * item.weight, rel=1e-6)
    assert engagement.opinion == "disclaimed"  # no error would have left 30 % open, and this is one
    engagement = act(engagement, "reopen")
    whole = finding(
        engagement, stated=engagement.total, verified=round(engagement.total * 2 / 3, 6)
    )
    act(act(whole, "answer", who=LIN, answer="so be it"), "leave")
    assert act(engagement, "conclude").opinion == "adverse"


def test_a_correction_is_a_fact_that_supersedes_with_a_reason(engagement, told):
    checked(engagement)
    item = engagement.items.first()
    wrong = finding(engagement, item=item, stated=item.stated, verified=item.stated - 1)
    wrong = act(wrong, "answer", who=LIN, answer="the bill was corrected")
    with pytest.raises(RefusedError, match="supersedes another with a reason"):
        act(wrong, "correct", who=LIN, corrected_fact=item.fact)
    told.bill("M-GD", "2024-12-01", "2025-01-01", 900, now=NOW + timedelta(days=1))
    computed(now=NOW + timedelta(days=2), reason="corrected bill")
    new = Fact.objects.filter(supersedes__isnull=False).first()
    wrong = act(wrong, "correct", who=LIN, corrected_fact=new.pk)
    assert act(wrong, "close").state == "closed"
    assert act(engagement, "conclude").opinion == "unmodified"


def test_a_nonconformity_left_standing_modifies_the_opinion(engagement):
    checked(engagement)
    odd = finding(engagement, kind="nonconformity", title="No log of meter exchanges")
    act(act(odd, "answer", who=LIN, answer="noted"), "leave")
    assert act(engagement, "conclude").opinion == "modified"


def test_impossible_engagements_are_refused(told):
    with pytest.raises(ValuesError):
        opened(performance_percent="41")
    with pytest.raises(StateError, match="is no fact, or has no value"):
        act(opened(period_text="2019"), "start")
    assert Finding.objects.count() == 0


def test_a_misstatement_needs_both_amounts(engagement):
    with pytest.raises(ValuesError):
        finding(engagement, stated="3")
    assert unit_of(engagement.items.first()).amount == float(engagement.items.first().stated)
