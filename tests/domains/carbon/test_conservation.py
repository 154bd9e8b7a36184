"""Conservation of energy: whatever happens, what came in is what became of it, at every node."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from commonweal.errors import CommonwealError
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.compute.cube import cube, organisation
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.services import (
    meter_exchange,
    meter_install,
    meter_role_set,
    site_share_set,
    site_transfer,
)
from commonweal.kernel.org.services.common import NothingChangesError
from commonweal.periods import business_midnight, month_add

MONTHS = tuple(month_add(date(2024, 1, 1), i) for i in range(4))
STARTS = [business_midnight(month) for month in (*MONTHS, date(2024, 5, 1))]
SITES = {"S-GD": "GD-1", "S-XZ": "XZ-1"}
LONG_AGO = date(2020, 1, 1)
ROLLS_AT = 10_000.0
SIGN = {"import": 1, "pv": 1, "export": -1, "radio": 0}

months = st.integers(0, 3)
sites = st.sampled_from(sorted(SITES))
uses = st.lists(st.integers(0, 1_500), min_size=4, max_size=4)


class Conservation(RuleBasedStateMachine):
    """Events come in any order; the law is checked when all are done."""

    operator = None

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = datetime(2024, 6, 1, tzinfo=UTC)
        self.points = []
        """Places that a meter measures: site, role, true use, and its meters one after another."""
        self.shares = {site: [0.0] * 4 for site in SITES}
        self.owner = {site: [node] * 4 for site, node in SITES.items()}

    def told(self):
        self.now += timedelta(hours=1)
        return {"actor": "test", "now": self.now}

    @rule(site=sites, role=st.sampled_from(sorted(SIGN)), use=uses, is_read=st.booleans())
    def install(self, site, role, use, is_read):
        code = f"P{len(self.points)}"
        meter_install(
            code=code, site=site, carrier="electricity", unit="kWh", max_rate_per_h=3.0,
            installed_date=LONG_AGO, rollover_at=ROLLS_AT, **self.told(),
        )  # fmt: skip
        if role != "import":
            meter_role_set(meter=code, role=role, from_date=LONG_AGO, **self.told())
        point = {"site": site, "role": role, "use": use, "meters": [code], "changes": []}
        self.points.append({**point, "is_read": is_read})
        if not is_read:
            for month in range(4):
                self.bill(code, month, use[month])

    def bill(self, code, month, kwh):
        after = month_add(MONTHS[month], 1)
        self.operator.bill(code, MONTHS[month], after, kwh, now=self.told()["now"])

    @precondition(lambda self: any(not point["is_read"] for point in self.points))
    @rule(data=st.data(), month=months, kwh=st.integers(0, 1_500))
    def correct_late(self, data, month, kwh):
        point = data.draw(st.sampled_from([p for p in self.points if not p["is_read"]]))
        point["use"] = [*point["use"][:month], kwh, *point["use"][month + 1 :]]
        self.bill(point["meters"][0], month, kwh)

    @precondition(lambda self: any(point["is_read"] for point in self.points))
    @rule(data=st.data(), hours=st.integers(30, 2_800))
    def replace(self, data, hours):
        point = data.draw(st.sampled_from([p for p in self.points if p["is_read"]]))
        at = STARTS[0] + timedelta(hours=hours, minutes=30)
        if point["changes"] and at - point["changes"][-1] < timedelta(days=2):
            return
        new = f"{point['meters'][-1]}N"
        meter_exchange(
            meter=point["meters"][-1], new_code=new, replaced_at=at, final_register=0.0,
            first_register=0.0, **self.told(),
        )  # fmt: skip
        point["meters"].append(new)
        point["changes"].append(at)

    @rule(site=sites, percent=st.integers(1, 100), month=months)
    def share(self, site, percent, month):
        try:
            site_share_set(
                code=f"T-{site}", site=site, party="P", party_kind="tenant",
                share=Decimal(percent) / 100, from_date=MONTHS[month], **self.told(),
            )  # fmt: skip
        except NothingChangesError:
            return
        self.shares[site][month:] = [percent / 100] * (4 - month)

    @rule(site=sites, node=st.sampled_from(sorted(SITES.values())), month=months)
    def transfer(self, site, node, month):
        try:
            site_transfer(sites=[site], node=node, from_date=MONTHS[month], **self.told())
        except CommonwealError:  # not possible just now; nothing happened
            return
        self.owner[site][month:] = [node] * (4 - month)

    def teardown(self):
        try:
            self.read_all()
            self.check()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def read_all(self):
        """Send all registers: they begin near their end, so that some roll over."""
        rows = []
        for point in (each for each in self.points if each["is_read"]):
            edges = [STARTS[0], *point["changes"], STARTS[-1]]
            for code, (begin, end) in zip(point["meters"], pairwise(edges), strict=True):
                instants = sorted({begin, end, *(at for at in STARTS if begin < at < end)})
                base = counted(point["use"], begin)
                for at in instants:
                    register = (9_500 + counted(point["use"], at) - base) % ROLLS_AT
                    rows.append(f"{code},{at.isoformat()},{register}")
        if rows:
            header = "meter_id,read_at,register"
            self.operator.send("meter_readings", header, *rows, now=self.told()["now"])

    def check(self):
        request = ActivityRequest(MONTHS)
        org = organisation(MONTHS, "operational", None)
        found = cube("energy", request, org)
        drawn, others = self.expected(org)
        parts = {}
        for i, (carrier, _) in enumerate(found.combinations):
            parts[carrier] = parts.get(carrier, 0.0) + found.quantity[:, :, i]
        nothing = np.zeros(drawn.shape)
        of_others = parts.get("electricity_of_others", nothing)
        own = parts.get("electricity", nothing) + parts.get("electricity_pv_own", nothing)
        assert own + of_others == pytest.approx(drawn, abs=1e-6)
        assert of_others == pytest.approx(others, abs=1e-6)

    def expected(self, org):
        """What was drawn, and by others, at every node in every month, from the true use."""
        drawn, others = np.zeros((2, len(org.code), 4))
        parents = {"GD-1": ("GD-1", "GD", "group"), "XZ-1": ("XZ-1", "XZ", "group")}
        for site in SITES:
            of_site = sum(
                (SIGN[p["role"]] * np.array(p["use"], float) for p in self.points
                 if p["site"] == site), np.zeros(4),
            )  # fmt: skip
            for month in range(4):
                for node in parents[self.owner[site][month]]:
                    at = org.code.index(node)
                    drawn[at, month] += of_site[month]
                    others[at, month] += self.shares[site][month] * max(of_site[month], 0.0)
        return drawn, others


def counted(use, at):
    """What a register has counted from January to an instant, evenly within each month."""
    total = 0.0
    for month, kwh in enumerate(use):
        begin, end = STARTS[month], STARTS[month + 1]
        total += kwh * min(max((at - begin) / (end - begin), 0.0), 1.0)
    return total


@pytest.mark.usefixtures("db")
def test_energy_is_conserved_under_any_sequence_of_events(operator):
    assert Node.objects.count() == 5
    Conservation.operator = operator
    run_state_machine_as_test(
        Conservation,
        settings=settings(
            max_examples=8,
            stateful_step_count=8,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
