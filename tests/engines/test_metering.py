"""Registers to months: examples a person can check, and laws that always hold."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.metering import (
    Consumption,
    Groups,
    MeterRules,
    MonthStarts,
    Quality,
    block_use,
    blocks,
    consumption,
    group_readings,
    mended,
    of_blocks,
    screen,
    walked_too,
)
from commonweal.engines.metering import walk as walking
from commonweal.engines.metering.walk import unwrap
from commonweal.errors import InputError

H = 3_600_000_000
MONTH_H = 240  # the engine takes months' bounds as given; ten days keep the examples short
FIRST = 24_288


def rules(n=1, *, rollover_at=100_000.0, multiplier=1.0, rate=50.0):
    return MeterRules(np.full(n, rollover_at), np.full(n, multiplier), np.full(n, rate))


def readings(registers, *, at_h=None, meter=0):
    at_h = np.arange(len(registers)) if at_h is None else np.asarray(at_h)
    return np.full(len(registers), meter), at_h * H, np.asarray(registers, dtype=float)


def walked(meter, at_us, register, rule):
    """All readings walked and grouped."""
    return group_readings(meter, month_of(at_us), at_us, *unwrap(meter, at_us, register, rule))


def month_of(at_us):
    return FIRST + at_us // (MONTH_H * H)


def account(meter, at_us, register, rule, *, n_months=2):
    """The whole engine on raw readings, as a caller uses it."""
    screened = screen(group_raw(meter, at_us, register), rule)
    mine = np.isin(meter, screened.suspicious)
    rises = screened.rises
    if mine.any():
        rises = mended(screened, walked(meter[mine], at_us[mine], register[mine], rule))
    starts = np.arange(n_months + 1) * MONTH_H * H
    return consumption(rises, rule, month_start_us=starts, first_month=FIRST)


def assert_same(one, other):
    """Two results agree to the bit."""
    for f in fields(Consumption):
        assert getattr(one, f.name).tobytes() == getattr(other, f.name).tobytes(), f.name


def joined(parts):
    """The use of several blocks as one."""
    columns = (f.name for f in fields(Consumption))
    return Consumption(*(np.concatenate([getattr(p, name) for p in parts]) for name in columns))


class TestExamples:
    def test_two_full_months_are_cut_at_their_boundary(self):
        use = account(*readings(np.arange(2 * MONTH_H + 1) * 2.0), rules(multiplier=10.0))
        assert use.quantity.tolist() == [4800.0, 4800.0]
        assert use.covered_share.tolist() == [1.0, 1.0]
        assert use.flags.tolist() == [0, 0]

    def test_a_rollover_inside_a_month_is_no_loss(self):
        register = (99_500.0 + np.arange(2 * MONTH_H + 1) * 5.0) % 100_000.0
        use = account(*readings(register), rules())
        assert use.quantity.tolist() == [1200.0, 1200.0]
        assert use.flags.tolist() == [Quality.ROLLOVER, 0]

    def test_a_spike_is_left_out_and_named(self):
        register = np.arange(MONTH_H + 1) * 1.0
        register[100] = 90_000.0
        use = account(*readings(register), rules(), n_months=1)
        assert use.quantity.tolist() == [240.0]
        assert use.flags.tolist() == [Quality.SPIKE]

    def test_a_new_meter_of_the_same_name_counts_from_where_it_starts(self):
        register = np.concatenate([5000.0 + np.arange(120), 70.0 + np.arange(121)])
        use = account(*readings(register), rules(rate=5.0), n_months=1)
        assert use.quantity.tolist() == [119.0 + 120.0]  # the step of the exchange is not known
        assert use.flags.tolist() == [Quality.RESET]

    def test_a_gap_over_a_boundary_is_split_by_time_and_said_so(self):
        at_h = np.concatenate([np.arange(0, 200), np.arange(280, 481)])
        use = account(*readings(at_h * 3.0, at_h=at_h), rules())
        assert use.quantity == pytest.approx([720.0, 720.0])
        assert use.interpolated == pytest.approx([(240 - 199) * 3.0, 40 * 3.0])
        assert use.flags.tolist() == [Quality.GAP | Quality.INTERPOLATED] * 2

    def test_a_month_without_a_reading_is_not_invented(self):
        at_h = np.concatenate([np.arange(0, 200), np.arange(500, 721)])
        use = account(*readings(at_h * 3.0, at_h=at_h), rules(), n_months=3)
        assert (use.month - FIRST).tolist() == [0, 2]
        assert use.quantity == pytest.approx([199 * 3.0, 220 * 3.0])
        assert [bool(flag & Quality.PARTIAL) for flag in use.flags] == [True, True]

    def test_a_gap_inside_a_month_costs_nothing(self):
        at_h = np.concatenate([np.arange(0, 50), np.arange(90, 481)])
        use = account(*readings(at_h * 1.0, at_h=at_h), rules())
        assert use.quantity.tolist() == [240.0, 240.0]
        assert use.interpolated.tolist() == [0.0, 0.0]
        assert use.flags.tolist() == [Quality.GAP, 0]

    def test_nothing_is_assumed_after_the_last_reading(self):
        use = account(*readings(np.arange(MONTH_H) * 1.0), rules(), n_months=1)
        assert use.quantity.tolist() == [239.0]
        assert use.covered_share == pytest.approx([239 / 240])
        assert use.flags.tolist() == [Quality.PARTIAL]

    def test_the_highest_plausible_rate_may_be_met_exactly(self):
        register = np.arange(MONTH_H + 1) * 50.0
        use = account(*readings(register), rules(rate=50.0), n_months=1)
        assert use.quantity.tolist() == [12_000.0]
        assert use.flags.tolist() == [0]

    def test_no_readings_are_no_months(self):
        use = account(*readings([]), rules())
        assert use.quantity.tolist() == []

    def test_a_month_of_nothing_but_a_spike_has_no_reading(self):
        register = [0.0, 1.0, 99_999.0, 480.0, 481.0]
        use = account(*readings(register, at_h=[0, 1, 300, 480, 481]), rules(rate=5.0), n_months=3)
        assert (use.month - FIRST).tolist() == [0, 2]
        assert use.quantity.tolist() == [1.0, 1.0]

    def test_groups_out_of_order_are_refused(self):
        one = np.ones(2)
        with pytest.raises(InputError, match="not sorted"):
            Groups(*np.array([[1, 0], [0, 0]]), one, one, one, one, *np.ones((3, 2), dtype=int))


def group_raw(meter, at_us, register):
    """First, last, smallest and largest of raw registers, as the lake's query gives them."""
    month = FIRST + at_us // (MONTH_H * H)
    key = meter * 1_000_000 + month
    keys, starts = np.unique(key, return_index=True)
    parts = np.split(register, starts[1:])[: len(keys)]
    ends = np.append(starts[1:], len(register))[: len(keys)] - 1
    return Groups(
        keys // 1_000_000,
        keys % 1_000_000,
        register[starts],
        register[ends],
        np.array([p.min() for p in parts], dtype=float),
        np.array([p.max() for p in parts], dtype=float),
        at_us[starts],
        at_us[ends],
        np.array([len(p) for p in parts], dtype=int),
    )


@st.composite
def meters(draw):
    """A few meters with honest registers, a rollover here and there, and readings missing."""
    n_meters = draw(st.integers(1, 4))
    parts = []
    for meter in range(n_meters):
        steps = draw(st.lists(st.integers(0, 40), min_size=30, max_size=60))
        start = draw(st.integers(0, 99_999))
        at_h = np.arange(len(steps) + 1) * 8
        keep = draw(st.lists(st.booleans(), min_size=len(at_h), max_size=len(at_h)))
        keep[0] = keep[-1] = True
        keep[::15] = [True] * len(keep[::15])  # every month (30 steps) has a reading
        register = start + np.concatenate([[0], np.cumsum(steps)]).astype(float)
        parts.append((np.full(sum(keep), meter), (at_h * H)[keep], register[keep]))
    return [np.concatenate(p) for p in zip(*parts, strict=True)], n_meters


class TestLaws:
    @given(meters())
    @settings(deadline=None)
    def test_unwrapping_undoes_the_rollover(self, case):
        (meter, at_us, true), n = case
        unwrapped, _ = unwrap(meter, at_us, true % 100_000.0, rules(n))
        for m in range(n):
            mine = meter == m
            assert np.allclose(np.diff(unwrapped[mine]), np.diff(true[mine]))

    @given(meters())
    @settings(deadline=None)
    def test_months_add_up_to_the_whole_rise(self, case):
        (meter, at_us, true), n = case
        use = account(meter, at_us, true % 100_000.0, rules(n), n_months=3)
        rises = [true[meter == m][-1] - true[meter == m][0] for m in range(n)]
        totals = np.bincount(use.meter, use.quantity, minlength=n)
        assert totals == pytest.approx(rises)
        assert np.all(use.quantity >= 0)
        assert np.all(use.interpolated <= use.quantity + 1e-9)

    @given(meters())
    @settings(deadline=None)
    def test_what_passes_the_screen_is_what_a_walk_gives(self, case):
        (meter, at_us, true), n = case
        raw = true % 100_000.0
        screened = screen(group_raw(meter, at_us, raw), rules(n))
        by_walk = walked(meter, at_us, raw, rules(n))
        plain = ~screened.is_odd
        assert np.array_equal(screened.rises.groups.key, by_walk.groups.key)
        assert np.array_equal(screened.rises.use[plain], by_walk.use[plain])
        plain = ~(screened.is_odd_bridge | screened.is_odd)
        plain[1:] &= ~screened.is_odd[:-1]
        assert np.array_equal(screened.rises.rise[plain], by_walk.rise[plain])

    @given(meters(), st.integers(0, 10_000), st.floats(0.0, 99_999.0))
    @settings(deadline=None)
    def test_a_wild_value_is_odd_or_the_month_stays_plausible(self, case, where, wild):
        (meter, at_us, true), n = case
        raw = true % 100_000.0
        raw[where % len(raw)] = wild
        screened = screen(group_raw(meter, at_us, raw), rules(n))
        groups, plain = screened.rises.groups, ~screened.is_odd
        limit = 50.0 * (groups.last_at_us - groups.first_at_us) / H
        assert np.all(screened.rises.use >= 0)
        assert np.all(screened.rises.rise >= 0)
        assert np.all(screened.rises.use[plain] <= limit[plain] + 1e-3)

    @given(meters(), st.integers(1, 3), st.lists(st.integers(0, 10_000), max_size=3))
    @settings(deadline=None)
    def test_blocks_of_meters_give_what_all_at_once_give(self, case, n_meters, where):
        (meter, at_us, true), n = case
        raw, rule = true % 100_000.0, rules(n)
        raw[[place % len(raw) for place in where]] = 77_777.0  # odd now and then
        months = MonthStarts(FIRST, np.arange(4) * MONTH_H * H)

        def walk(positions):
            mine = np.isin(meter, positions)
            return walked(meter[mine], at_us[mine], raw[mine], rule)

        groups = group_raw(meter, at_us, raw)
        by_month = [groups.where(groups.month == month) for month in (FIRST + 1, FIRST, FIRST + 2)]
        among = blocks(n + 1, size=n_meters)  # the last meter has no readings
        cut = [block_use(each, rule, months) for each in of_blocks(by_month, among)]
        found = walked_too(cut, rule, months, walk)
        assert len(found) == len(among)
        for block, use in zip(among, found, strict=True):
            assert set(use.meter.tolist()) <= set(block)
        assert_same(joined(found), account(meter, at_us, raw, rule, n_months=3))

    @given(meters(), st.integers(0, 10_000), st.floats(0.0, 99_999.0))
    @settings(deadline=None)
    def test_compiled_or_not_a_walk_is_the_same(self, case, where, wild):
        (meter, at_us, true), n = case
        raw = true % 100_000.0
        raw[where % len(raw)] = wild
        plain = unwrap(meter, at_us, raw, rules(n))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(walking, "_FEW", 0)
            compiled = unwrap(meter, at_us, raw, rules(n))
        assert [column.tobytes() for column in plain] == [column.tobytes() for column in compiled]

    def test_plain_rollovers_need_no_walk(self):
        for register in ((99_500.0 + np.arange(481) * 5.0), (98_800.0 + np.arange(481) * 5.0)):
            meter, at_us, raw = readings(register % 100_000.0)
            screened = screen(group_raw(meter, at_us, raw), rules())
            assert not screened.suspicious.size
            assert screened.rises.use[:2].tolist() == [1195.0, 1195.0]
            assert Quality.ROLLOVER in screened.rises.flags.tolist()

    def test_an_odd_month_changes_no_plain_one(self):
        register = 900.0 + np.arange(3 * MONTH_H + 1) * 1.0
        register[50:60] -= 7.0  # a dip that stays within the month's first and last
        register[600] = 90_000.0  # a spike two months later
        whole = account(*readings(register), rules(), n_months=3)
        near = register[: 2 * MONTH_H]
        alone = account(*readings(near), rules(), n_months=1)
        assert whole.quantity.tolist() == [240.0, 240.0, 240.0]
        assert alone.quantity.tolist() == [240.0]
        assert whole.flags.tolist() == [0, 0, Quality.SPIKE]

    def test_a_spike_at_the_turn_of_a_month_mends_both_its_sides(self):
        register = np.arange(2 * MONTH_H + 1) * 1.0
        register[MONTH_H] = 50_000.0
        use = account(*readings(register), rules())
        assert use.quantity == pytest.approx([240.0, 240.0])

    @given(meters())
    @settings(deadline=None)
    def test_a_month_alone_and_in_a_year_has_the_same_value(self, case):
        (meter, at_us, true), n = case
        whole = account(meter, at_us, true, rules(n), n_months=3)
        month = at_us // (MONTH_H * H)
        near = month <= 1  # the month asked for and the one beside it
        first = account(meter[near], at_us[near], true[near], rules(n), n_months=1)
        expected = whole.month == FIRST
        assert first.quantity.tolist() == whole.quantity[expected].tolist()
        assert first.interpolated.tolist() == whole.interpolated[expected].tolist()

    @given(meters())
    @settings(deadline=None)
    def test_meters_do_not_influence_each_other(self, case):
        (meter, at_us, true), n = case
        together = account(meter, at_us, true, rules(n), n_months=3)
        for m in range(n):
            mine = meter == m
            alone = account(
                np.zeros(mine.sum(), dtype=int), at_us[mine], true[mine], rules(), n_months=3
            )
            assert np.array_equal(together.quantity[together.meter == m], alone.quantity)


@settings(deadline=None)
@given(
    rises=st.lists(st.floats(0, 240), min_size=40, max_size=40),
    missing=st.sets(st.integers(1, 38), max_size=36),
    start=st.floats(0, 999),
)
def test_a_month_is_exact_unless_it_says_that_turns_are_unknown(rises, missing, start):
    kept = np.array([i for i in range(40) if i not in missing])
    true = start + np.cumsum(rises)
    at_h = kept * 12  # to 468 h: two months
    use = account(*readings(true[kept] % 1000.0, at_h=at_h), rules(rollover_at=1000.0, rate=20.0))
    expected = np.diff(np.interp([0, MONTH_H, 468], at_h, true[kept]))
    sure = (use.flags & Quality.TURNS) == 0
    assert use.quantity[sure] == pytest.approx(expected[sure], abs=1e-6)
