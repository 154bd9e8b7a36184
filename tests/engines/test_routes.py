"""Two routes to one total: every watt-hour of the difference has a name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from commonweal.engines.metering.routes import TERMS, Route, routes_explained

NONE = float("nan")


def explained(read, billed, *, estimated=0.0, judged=None, read_share=1.0, bill_share=1.0, ratio=1):
    """Terms of one row that are not 0, kWh."""
    found = routes_explained(
        Route(np.array([read]), np.array([read_share])),
        np.array([estimated]),
        Route(np.array([billed]), np.array([bill_share])),
        np.array([billed if judged is None else judged]),
        np.array([float(ratio)]),
    )
    return {name: wh[0] / 1000 for name, wh in found.terms.items() if wh[0]}


@pytest.mark.parametrize(
    ("given_", "terms"),
    [
        ({"read": 100.0, "billed": 100.0}, {}),
        ({"read": 100.0, "billed": NONE}, {"without_bills": 100}),
        ({"read": NONE, "billed": 70.0}, {"without_readings": -70}),
        ({"read": 100.0, "billed": 98.0}, {"metering_difference": 2}),
        ({"read": 100.0, "billed": 90.0, "estimated": 10.0}, {"estimates": 10}),
        ({"read": 100.0, "billed": 50.0, "bill_share": 0.5}, {"days_not_billed": 50}),
        ({"read": 50.0, "billed": 100.0, "read_share": 0.5}, {"days_not_read": -50}),
        ({"read": 4000.0, "billed": 100.0, "ratio": 40}, {"multiplier": 3900}),
        ({"read": 100.0, "billed": 4000.0, "ratio": 40}, {"multiplier": -3900}),
        ({"read": 100.0, "billed": 0.1, "judged": 100.0}, {"bills_corrected": 99.9}),
    ],
)
def test_each_reason_has_its_own_term(given_, terms):
    assert explained(**given_) == pytest.approx(terms)


amounts = st.one_of(st.just(NONE), st.floats(0, 1e9))
columns = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        *(arrays(np.float64, n, elements=each) for each in (
            amounts, st.floats(0, 1), amounts, st.floats(0, 1), amounts, st.floats(0, 1e6),
            st.sampled_from([1.0, 40.0, 2000.0]),
        ))
    )
)  # fmt: skip


@given(columns)
def test_the_terms_add_up_to_the_difference_exactly(rows):
    read, read_share, billed, bill_share, judged, estimated, ratio = rows
    found = routes_explained(
        Route(read, read_share), estimated, Route(billed, bill_share), judged, ratio
    )
    total = sum(found.terms.values())
    assert set(found.terms) == set(TERMS)
    assert (total == found.from_readings - found.from_bills).all()
