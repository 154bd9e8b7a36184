"""What a computation would change, and what waits for a closed period, before anybody decides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.late import rows_late
from commonweal.kernel.compute.preview import changes_of
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.services import PeriodLockedError, period_lock, period_unlock
from commonweal.kernel.org.selectors import meters_known
from commonweal.kernel.org.services import meter_replace, meter_update
from commonweal.periods import period

NOW = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
YEAR = period("2024")
TOTAL = ["electricity_use", "scope2_location"]


def recorded(now=NOW, **more):
    terms = {"boundary": "operational", "actor": "test", "indicators": TOTAL}
    return compute([YEAR], now=now, **terms, **more)


def changes(now=LATER):
    done = evaluate([YEAR], boundary="operational", snapshot=now, indicators=TOTAL)
    return changes_of(done)


@pytest.fixture
def billed(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 36600)
    recorded()
    return operator


def test_what_stands_already_is_no_change(billed):
    assert changes() == ()


def test_a_dry_run_names_each_fact_with_old_and_new_and_records_nothing(billed):
    billed.bill("M-GD", "2024-01-01", "2025-01-01", 18300, now=LATER)
    before = Fact.objects.count()
    found = changes()
    use = {each.new.node: each for each in found if each.new.indicator == "electricity_use"}
    assert set(use) == {"group", "GD", "GD-1"}
    assert use["GD"].old.value == 36600
    assert use["GD"].new.value == 18300
    assert use["GD"].percent == Decimal(-50)
    assert not any(each.locked_by for each in found)
    assert Fact.objects.count() == before
    recorded(now=LATER, reason="corrected bill")
    now_standing = Fact.objects.filter(superseded_at=None).values_list("indicator", "node", "value")
    assert {(e.new.indicator, e.new.node, e.new.value) for e in found} <= set(now_standing)


def test_new_facts_come_last_and_have_no_percent(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 36600)
    found = changes()
    assert found
    assert all(each.old is None and each.percent is None for each in found)
    assert not any(each.is_value_changed for each in found)


def test_rows_of_a_closed_period_wait_and_are_listed_until_it_was_computed_again(billed):
    billed.bill("M-XZ", "2024-01-01", "2025-01-01", 100, now=NOW + timedelta(hours=1))
    told = {"period": YEAR, "actor": "test"}
    period_lock(**told, reason="closed", now=NOW + timedelta(hours=2))
    billed.bill("M-GD", "2024-01-01", "2025-01-01", 40000, now=LATER)
    billed.bill("M-GD", "2025-01-01", "2025-02-01", 3000, now=LATER)
    late = rows_late()
    assert [each.n_rows for each in late] == [1, 1]
    assert late[0].known_at < late[0].lock.locked_at < late[1].known_at
    assert all(each.locked_by == "test" for each in changes(LATER + timedelta(hours=1)))
    again = LATER + timedelta(hours=1)
    with pytest.raises(PeriodLockedError):
        recorded(now=again, reason="late")
    period_unlock(**told, reason="material", now=again)
    recorded(now=again, reason="late bills")
    period_lock(**told, reason="closed again", now=again)
    assert rows_late() == ()


def test_a_computation_as_of_an_instant_counts_nothing_that_came_later(billed):
    billed.bill("M-GD", "2024-01-01", "2025-01-01", 40000, now=LATER)
    assert recorded(now=LATER + timedelta(hours=1), snapshot=NOW) is None


def test_the_register_is_read_as_it_was_before_each_correction(operator):
    def known(at, name="multiplier"):
        table = meters_known(at)
        return dict(zip(table["meter_id"].to_pylist(), table[name].to_pylist(), strict=True))

    (gd, _), first = min(known(None).items()), known(NOW)
    for i, multiplier in enumerate((4.0, 40.0)):
        at = NOW + timedelta(days=i + 1)
        meter_update(
            meter="M-GD", changes={"multiplier": multiplier}, actor="t", now=at, reason="plate"
        )
    assert [known(NOW + timedelta(days=i))[gd] for i in range(3)] == [1.0, 4.0, 40.0]
    assert known(NOW) == first
    day = YEAR.start_date
    meter_replace(
        meter="M-GD", new_code="M-GD2", on_date=day, actor="t", now=NOW + timedelta(days=3)
    )
    assert known(NOW, "removed_date")[gd] is None
    assert known(None, "removed_date")[gd] == day
