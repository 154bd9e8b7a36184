"""Whatever people do in whatever order: what was entered is held, reserved, claimed or expired."""

from datetime import UTC, datetime, time

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commonweal.domains.carbon.green_power.models import Batch, Claim
from commonweal.domains.carbon.green_power.terms import valid_until
from commonweal.kernel.ledger.models import Balance
from commonweal.kernel.ledger.verify import ledger_verify
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.periods import business_date
from tests.domains.carbon.green_world import World, node, sums_kwh

UNITS = ("BJ", "GD")
AMOUNTS = st.integers(1, 12)
YEAR_END = datetime(2025, 1, 2, 2, tzinfo=UTC)


class GreenPower(RuleBasedStateMachine):
    """The real programme beside a plain book of MWh by batch and unit."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        for unit in UNITS:
            node(unit, f"CN-{unit}")
        self.world = World(now=YEAR_END)
        self.left = {}  # (batch, unit): MWh
        self.claims = {}  # claim: (batch, unit, MWh)

    def teardown(self):
        report = ledger_verify()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        assert report.differences == ()

    def is_over(self, batch):
        return business_date(self.world.now) >= valid_until(batch.generated_month)

    @initialize()
    def agree(self):
        self.contract = self.world.contract(energy_mwh=10_000)
        self.receive(10)

    def receive(self, mwh):
        month = f"2024-{len(self.left) // 2 % 12 + 1:02d}-01"
        batch = self.world.batch(self.contract, mwh=mwh, month=month)
        self.left |= {(batch.pk, unit): mwh if unit == "BJ" else 0 for unit in UNITS}

    @precondition(lambda self: len(self.left) < 8)
    @rule(mwh=AMOUNTS)
    def receive_more(self, mwh):
        self.receive(mwh)

    @rule(chosen=st.data(), mwh=AMOUNTS)
    def hand_over(self, chosen, mwh):
        key = self.some_batch(chosen)
        batch = Batch.objects.get(pk=key)
        if self.is_over(batch):
            return
        if mwh > self.left[key, "BJ"]:
            with pytest.raises(RefusedError, match="not so much left"):
                self.world.handed(batch, mwh, to="GD")
            return
        self.world.handed(batch, mwh, to="GD")
        self.left[key, "BJ"] -= mwh
        self.left[key, "GD"] += mwh

    @rule(chosen=st.data(), mwh=AMOUNTS, unit=st.sampled_from(UNITS))
    def propose(self, chosen, mwh, unit):
        key = self.some_batch(chosen)
        batch = Batch.objects.get(pk=key)
        claim = self.world.claim(batch, mwh, node=unit)
        if self.is_over(batch) or mwh > self.left[key, unit]:
            with pytest.raises(RefusedError, match=r"left of|must be|have expired"):
                self.world.act(claim, "propose")
            return
        self.world.act(claim, "propose")
        self.left[key, unit] -= mwh
        self.claims[claim.pk] = key, unit, mwh

    @precondition(lambda self: self.claims)
    @rule(chosen=st.data(), said=st.sampled_from(["approve", "return", "withdraw"]))
    def decide(self, chosen, said):
        pk = chosen.draw(st.sampled_from(sorted(self.claims)))
        claim = Claim.objects.get(pk=pk)
        key, unit, mwh = self.claims[pk]
        starts = {"approve": "proposed", "return": "proposed", "withdraw": "claimed"}
        if claim.state != starts[said] or (said == "approve" and self.is_over(claim.batch)):
            with pytest.raises(RefusedError, match=r"starts from|must be|expired"):
                self.world.act(claim, said, comment="why")
            return
        self.world.act(claim, said, comment="why")
        if said != "approve":
            del self.claims[pk]
            self.left[key, unit] += mwh

    @rule(chosen=st.data())
    def expire(self, chosen):
        batch = Batch.objects.get(pk=self.some_batch(chosen))
        if batch.state == "issued":
            until = datetime.combine(valid_until(batch.generated_month), time(2), UTC)
            self.world.now = max(self.world.now, until)
            self.world.act(batch, "expire")

    def some_batch(self, chosen):
        return chosen.draw(st.sampled_from(sorted({key for key, _ in self.left})))

    @invariant()
    def nothing_is_lost_or_spent_twice(self):
        for key in {key for key, _ in self.left}:
            batch = Batch.objects.get(pk=key)
            found = sums_kwh(batch)
            issued = found.pop("issued")
            assert issued == batch.energy_kwh == sum(found.values())
            assert batch.state != "expired" or not found["held"] + found["reserved"]
            claimed = Claim.objects.filter(batch=batch, state="claimed")
            assert found["claimed"] == sum(each.energy_kwh for each in claimed)

    @invariant()
    def every_unit_has_what_the_plain_book_says(self):
        for (key, unit), mwh in self.left.items():
            batch = Batch.objects.get(pk=key)
            if not self.is_over(batch):  # then reservations end by themselves
                found = Balance.objects.filter(account__code=f"green:{batch.code}:{unit}").first()
                assert (found.available if found else 0) == mwh * 1000


@pytest.mark.django_db
def test_power_is_conserved_and_spent_once_whatever_people_do():
    run_state_machine_as_test(
        GreenPower,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
