"""Bills: each case of register against amount."""

import numpy as np
import pytest

from commonweal.engines.metering import MeterRules
from commonweal.engines.metering.bills import BillQuality, billed_use

RULES = MeterRules(np.array([10_000.0]), np.array([1.0]), np.array([10.0]))
NONE = np.nan


def judge(*bills, hours=720.0):
    """Each bill is (quantity, register at start, register at end)."""
    quantity, start, end = np.array(bills, dtype=float).T
    meter = np.zeros(len(bills), dtype=np.int64)
    return billed_use(meter, meter, np.full(len(bills), hours), quantity, start, end, RULES)


@pytest.mark.parametrize(
    ("bill", "quantity", "is_estimated", "flags"),
    [
        ((500.0, 100.0, 600.0), 500.0, False, BillQuality.GOOD),
        ((500.0, 9_800.0, 300.0), 500.0, False, BillQuality.ROLLOVER),
        ((500_000.0, 100.0, 600.0), 500.0, False, BillQuality.UNIT_SLIP),
        ((0.5, 100.0, 600.0), 500.0, False, BillQuality.UNIT_SLIP | BillQuality.GOOD),
        ((620.0, 100.0, 600.0), 500.0, False, BillQuality.MISMATCH),
        ((500.0, NONE, NONE), 500.0, False, BillQuality.GOOD),
        ((500.0, 100.0, 9_900.0), 500.0, False, BillQuality.REGISTER),
        ((7_200.0, NONE, NONE), 7_200.0, False, BillQuality.GOOD),  # the limit, met exactly
        ((7_201.0, NONE, NONE), NONE, True, BillQuality.IMPLAUSIBLE | BillQuality.NO_DATA),
    ],
)
def test_one_bill(bill, quantity, is_estimated, flags):
    use = judge(bill)
    assert use.quantity.tolist() == pytest.approx([quantity], nan_ok=True)
    assert use.is_estimated.tolist() == [is_estimated]
    assert use.flags.tolist() == [flags]


def test_other_bills_reveal_a_slip_without_registers():
    use = judge(*[(q, NONE, NONE) for q in (480.0, 500.0, 520.0, 500_000.0, 0.51)])
    assert use.quantity.tolist() == pytest.approx([480.0, 500.0, 520.0, 500.0, 510.0])
    assert use.flags.tolist() == [0, 0, 0, BillQuality.UNIT_SLIP, BillQuality.UNIT_SLIP]


def test_the_impossible_is_estimated_at_the_usual_rate():
    use = judge(*[(q, NONE, NONE) for q in (480.0, 500.0, 520.0, 90_000.0)])
    assert use.quantity[3] == pytest.approx(500.0)
    assert use.is_estimated.tolist() == [False, False, False, True]
