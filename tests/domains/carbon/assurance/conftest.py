"""A verified operator: bills and fuels of a year, its facts, and an engagement over the total."""

from datetime import UTC, datetime

import pytest

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.periods import Period, PeriodKind, month_add, period
from tests.kernel.compute.conftest import operator

__all__ = ["operator"]

NOW = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
YEAR = period("2024")
MONTHS = [Period(m, month_add(m, 1), PeriodKind.MONTH) for m in YEAR.months]


def scope(name, nodes=None):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values, nodes)),))


GAO, LIN, HE = scope("gao"), scope("lin"), scope("he")


def computed(now=NOW, reason=""):
    return compute([YEAR, *MONTHS], boundary="operational", actor="test", now=now, reason=reason)


@pytest.fixture
def told(operator):
    """The operator with a year of bills, diesel and facts."""
    header = "meter_id,start_date,end_date,quantity_kwh"
    rows = [
        f"M-{p},{m},{month_add(m, 1)},{1000 + 137 * i * (1 + (p == 'GD'))}"
        for p in ("GD", "XZ")
        for i, m in enumerate(YEAR.months)
    ]
    operator.send("electricity_bills", header, *rows)
    operator.send(
        "fuel_use",
        "site_id,carrier,start_date,end_date,quantity,unit",
        "S-GD,diesel,2024-03-01,2024-05-01,610,kg",
    )
    computed()
    return operator


def opened(**values):
    given = {
        "statement": "Report 2024",
        "indicator": "ghg_total_location",
        "period_text": "2024",
        "level": "reasonable",
        "materiality_percent": "40",
        "performance_percent": "30",
        "firm": "Harbour Verification",
        "verifier": "Gao",
        "seed": "seed-1",
    }
    return record_open(
        record_type("assurance.engagement"), node="group", values=given | values, scope=GAO, now=NOW
    )


def act(record, action, *, who=GAO, now=NOW, comment="as seen", **values):
    record.refresh_from_db()
    return record_act(record, action, scope=who, now=now, values=values, comment=comment).record


@pytest.fixture
def engagement(told):
    """An engagement whose sample is drawn."""
    return act(act(opened(), "start"), "draw")
