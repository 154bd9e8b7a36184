"""An operator with a year of facts, and editions of its report made by different people."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.periods import month_add, period
from tests.kernel.compute.conftest import operator

__all__ = ["operator"]

NOW = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
YEAR = period("2024")


def scope(name, role):
    return Scope(f"test:{name}", (Principal(None, name, {role.value: None}),))


LIN, WANG, LUO, CHEN = (
    scope("lin", Role.DATA_OWNER),
    scope("wang", Role.REVIEWER),
    scope("luo", Role.BOARD),
    scope("chen", Role.PROGRAMME_MANAGER),
)


def computed(now=NOW, reason=""):
    return compute(
        [YEAR],
        boundary="operational",
        actor="test",
        now=now,
        reason=reason,
        indicators=["energy_use", "ghg_total_location"],
    )


def opened(**values):
    given = {
        "title": "Report 2024",
        "report": "energy_carbon",
        "period_text": "2024",
        "languages": "en",
        "forms": "html",
    }
    kind = record_type("editions.edition")
    return record_open(kind, node="group", values=given | values, scope=LIN, now=NOW)


def act(record, action, who, *, now=NOW, comment="as seen", **values):
    record.refresh_from_db()
    return record_act(record, action, scope=who, now=now, values=values, comment=comment).record


def signed(edition, now=NOW):
    for each in edition.signoffs.filter(state="open"):
        act(each, "sign", WANG, now=now)
    return edition


def published(edition, now=NOW):
    signed(act(edition, "check", LIN, now=now), now)
    return act(act(edition, "approve", LUO, now=now), "publish", CHEN, now=now)


@pytest.fixture
def told(operator):
    """The operator with a year of bills and its facts."""
    for number, place in enumerate(("GD", "XZ")):
        for month in YEAR.months:
            operator.bill(f"M-{place}", month, month_add(month, 1), 1000 + 100 * number)
    computed()
    return operator


@pytest.fixture
def restated(told):
    """Restate January, which was too low; returns when."""
    later = NOW + timedelta(days=3)

    def restate():
        told.bill("M-GD", "2024-01-01", "2024-02-01", 9000, now=later)
        computed(later, reason="late bill of January")
        return later

    return restate
