"""Facts to record."""

from decimal import Decimal

import pytest

from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.periods import period


def row(value="5", *, when="2024-01", **changes):
    """One month of electricity of the group."""
    fields = {
        "indicator": "electricity_use",
        "node": "group",
        "boundary": "operational",
        "period": period(when),
        "value": value if value is None else Decimal(value),
        "unit": "kWh",
        "decimals": 0,
        "method": "calculated",
        "lineage": {"formula": "sum"},
    }
    return FactRow(**{**fields, **changes})


def batch(*rows, reason="", **changes):
    """Rows of one origin."""
    fields = {"engine": "compute", "version": "1", "parameters": {}, "inputs": {}}
    return FactBatch(**{**fields, **changes}, rows=rows, reason=reason)


@pytest.fixture
def record(now):
    """Record rows, by default at the test's instant."""

    def recorded(*rows, reason="", at=now, **changes):
        return facts_record(batch(*rows, reason=reason, **changes), actor="ann", now=at)

    return recorded
