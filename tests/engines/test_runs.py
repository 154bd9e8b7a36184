"""Groups from sorted readings: however they are cut into pieces, the groups are the same."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.metering import Groups, group_runs, groups_joined

FIRST = 24_288
reading = st.tuples(
    st.integers(FIRST, FIRST + 2),
    st.integers(0, 4),
    st.integers(0, 50),
    st.floats(0, 1e6, allow_nan=False),
)


def columns(groups):
    """The groups as plain lists, one for each column."""
    return {f.name: getattr(groups, f.name).tolist() for f in fields(Groups)}


def one_by_one(rows):
    """The same groups, found by looking at each meter's month alone; rows are sorted."""
    found = {f.name: [] for f in fields(Groups)}
    for meter, month in sorted({(row[1], row[0]) for row in rows}):
        mine = [row for row in rows if (row[1], row[0]) == (meter, month)]
        register = [row[3] for row in mine]
        told = (
            meter, month, register[0], register[-1], min(register), max(register),
            mine[0][2], mine[-1][2], len(mine),
        )  # fmt: skip
        for column, value in zip(found.values(), told, strict=True):
            column.append(value)
    return found


def piece(rows):
    """A piece of one month's rows."""
    month, meter, at_us, register = zip(*rows, strict=True)
    assert len(set(month)) == 1
    return group_runs(np.array(meter), month[0], np.array(at_us), np.array(register))


@given(
    rows=st.lists(reading, min_size=1, max_size=60, unique_by=lambda row: row[:3]),
    cuts=st.sets(st.integers(1, 59)),
    shuffled=st.randoms(use_true_random=False),
)
def test_pieces_cut_anywhere_and_joined_in_any_order_give_each_group_once(rows, cuts, shuffled):
    rows = sorted(rows)
    months = [row[0] for row in rows]
    edges = {0, len(rows), *(i for i in range(1, len(rows)) if months[i] != months[i - 1])}
    edges = sorted(edges | {cut for cut in cuts if cut < len(rows)})
    pieces = [piece(rows[a:b]) for a, b in pairwise(edges)]
    shuffled.shuffle(pieces)
    assert columns(groups_joined(pieces)) == one_by_one(rows)


@pytest.mark.parametrize("n", [1, 5])
def test_a_piece_of_one_meter_is_one_group(n):
    found = group_runs(np.full(n, 3), FIRST, np.arange(n), np.arange(n) + 0.5)
    assert columns(found) == columns(groups_joined([found]))
    assert (found.meter.tolist(), found.n_readings.tolist()) == ([3], [n])
    assert (found.first.tolist(), found.largest.tolist()) == ([0.5], [n - 0.5])
