"""Hourly matching: between nothing and all, at most what the year matches, and monotone."""

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from commonweal.engines.matching import covered, match, shares_by
from commonweal.errors import InputError

HOURS = 48
AMOUNTS = st.floats(0, 1e6, allow_subnormal=False)
SERIES = arrays(np.float64, HOURS, elements=AMOUNTS)
SITES = arrays(np.float64, (3, HOURS), elements=AMOUNTS)
DAYS, ALL = np.array([0, 24]), np.array([0])


@given(SERIES, SERIES)
def test_wider_windows_match_more_and_no_share_leaves_its_bounds(used, made):
    found = [match(used, made, starts).matched_kwh for starts in (None, DAYS, ALL)]
    total = used.sum()
    assert 0 <= found[0] <= found[1] * (1 + 1e-12) <= found[2] * (1 + 2e-12)
    assert found[2] <= total * (1 + 1e-12)
    assert found[2] == pytest.approx(min(total, made.sum()))
    if total:
        assert 0 <= match(used, made).share <= 1 + 1e-12


@given(SERIES, SERIES, SERIES)
def test_more_generation_never_matches_less(used, made, more):
    for starts in (None, DAYS, ALL):
        before, after = (match(used, each, starts).matched_kwh for each in (made, made + more))
        assert after >= before * (1 - 1e-12)


@given(SITES, SERIES)
def test_sites_share_what_covers_them_together(used, made):
    found = covered(used, made)
    assert found.sum() == pytest.approx(float(match(used.sum(axis=0), made).matched_kwh), abs=1e-3)
    assert np.all(found <= used.sum(axis=1) * (1 + 1e-12))


@given(SERIES, SERIES, st.integers(0, HOURS - 1))
def test_an_hour_that_is_unknown_counts_on_neither_side(used, made, hour):
    gap = used.copy()
    gap[hour] = np.nan
    found = match(gap, made)
    assert found.used_kwh == pytest.approx(np.delete(used, hour).sum())
    assert found.generated_kwh == pytest.approx(np.delete(made, hour).sum())
    assert found.known_share == pytest.approx(1 - 1 / HOURS)


def test_by_hand():
    used, made = [2.0, 2.0, 2.0, 0.0], [0.0, 5.0, 1.0, 0.0]
    assert match(used, made).share == pytest.approx(0.5)
    assert match(used, made, np.array([0, 2])).share == pytest.approx(5 / 6)
    assert match(used, made, ALL).share == 1.0
    cells = shares_by(np.array(used), np.array(made), np.array([0, 1, 0, 2]), 3)
    np.testing.assert_array_equal(cells, [0.25, 1.0, np.nan])


def test_nothing_used_has_no_share():
    assert np.isnan(match([0.0, 0.0], [1.0, 1.0]).share)


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="use of -1 kWh in an hour is below 0"):
        match([-1.0], [1.0])
    with pytest.raises(InputError, match="begin with hour 0"):
        match([1.0, 1.0], [1.0, 1.0], np.array([1]))
    with pytest.raises(InputError, match="do not fit"):
        covered(np.ones((2, 3)), np.ones(4))
    with pytest.raises(InputError, match="unknown"):
        covered(np.ones((2, 3)), np.array([1.0, np.nan, 1.0]))


@pytest.mark.shared
def test_a_year_hides_the_hours_in_which_real_renewables_do_not_blow(shared_data):
    """Generation shaped as a real grid's renewables, as much as a steady site uses in the year."""
    rows = pq.read_table(shared_data / "facilities" / "ci_hourly_16zones_2023_2024.parquet")
    zones = rows["zone"].combine_chunks().dictionary.to_pylist()
    shares = {}
    for zone in zones:
        made = rows.filter(pc.equal(rows["zone"].cast("string"), zone))["renew_pct"].to_numpy()
        made = made.astype(np.float64) / np.nansum(made) * np.sum(~np.isnan(made))
        used = np.ones(len(made))
        assert match(used, made, ALL).share == pytest.approx(1.0)
        shares[zone] = float(match(used, made).share)
    assert all(0.5 < share < 1 for share in shares.values())
    assert min(shares.values()) < 0.85
