"""Bills: each case of register against amount, and spans that lose nothing over months."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.metering import MeterRules
from commonweal.engines.metering.bills import BillQuality, billed_use, share_by_month

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


MONTHS = np.array([0, 31, 59, 90, 120])


@given(st.lists(st.tuples(st.integers(0, 119), st.integers(1, 120)), min_size=1, max_size=20))
def test_shares_of_a_span_inside_the_months_add_up_to_one(spans):
    start = np.array([s for s, _ in spans])
    end = np.minimum(start + np.array([n for _, n in spans]), 120)
    span, month, share = share_by_month(start, end, MONTHS)
    assert np.bincount(span, share) == pytest.approx(np.ones(len(spans)))
    assert month.min() >= 0
    assert month.max() <= 3


def test_what_lies_outside_the_months_is_not_allocated():
    _, month, share = share_by_month(np.array([-10, 110]), np.array([10, 130]), MONTHS)
    assert month.tolist() == [0, 3]
    assert share.tolist() == [0.5, 0.5]
