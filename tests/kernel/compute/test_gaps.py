"""A gap that grew against the year before is noticed; the general rule, not one programme's."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.evaluation import Computation
from commonweal.kernel.compute.gaps import gaps_widened
from commonweal.kernel.compute.values import Values
from commonweal.periods import period

A, B = "training_male_hours", "training_female_hours"
NODES = np.array([7, 9])


def found(this_year, last_year, *, kind="2024"):
    """Findings for two nodes; each year is (A's values, B's values) by node."""
    periods = (period(kind), period(kind).year_before)

    def values(which):
        columns = np.array([this_year[which], last_year[which]], dtype=float).T
        return Values(columns, np.zeros_like(columns), np.zeros(columns.shape, np.bool_))

    done = Computation(
        boundary="operational",
        snapshot=datetime(2025, 3, 1, tzinfo=UTC),
        org=SimpleNamespace(node_id=NODES),
        months=(),
        periods=periods,
        n_asked=1,
        cubes={},
        weights={},
        values={A: values(0), B: values(1)},
    )
    return gaps_widened(done)


def test_a_wider_gap_is_noticed_at_its_node_with_what_it_grew_by():
    noticed = found(([110, 90], [105, 90]), ([115, 80], [115, 95]))
    assert noticed.rule == (f"gap_widened {A}",)
    assert noticed.subject_id.tolist() == [7]
    assert noticed.quantity.tolist() == [5]


def test_which_of_the_two_is_ahead_does_not_matter():
    assert found(([100, 1], [110, 1]), ([115, 1], [112, 1])).quantity.tolist() == [7]


def test_where_a_value_is_missing_nothing_is_said():
    none = np.nan
    assert found(([110, none], [105, 2]), ([none, 1], [115, 1])).rule == ()


def test_months_are_not_judged():
    assert found(([110, 1], [105, 1]), ([115, 1], [115, 1]), kind="2024-03").rule == ()


def test_the_definition_names_the_other_indicator():
    assert catalogue().indicators[A].gap.to == B
