"""What was known is what is read, however often it was restated since."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import FieldError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.kernel.facts.conftest import batch, row

from commonweal.errors import InputError
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.selectors import (
    fact_get,
    fact_history,
    fact_series,
    facts_as_of,
)
from commonweal.kernel.facts.services import facts_record
from commonweal.periods import PeriodKind, period

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OURS = {"boundary": "operational"}

# Each restatement: hours since the last one, and the new value for some of three nodes.
restatements = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.dictionaries(st.sampled_from("abc"), st.integers(0, 3) | st.none(), min_size=1),
    ),
    max_size=8,
)


class AsOf(TestCase):
    """Hypothesis rolls the database back after each example."""

    @given(restatements)
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_every_instant_gives_what_was_current_then(self, told):
        now, known, truth = START, {}, {}
        for hours, values in told:
            now += timedelta(hours=hours)
            rows = [row(value, node=node) for node, value in sorted(values.items())]
            facts_record(batch(*rows, reason="restated"), actor="ann", now=now)
            known = known | values
            truth[now] = known
        for at, expected in truth.items():
            facts = facts_as_of(**OURS, as_of=at)
            assert {f.node: f.value for f in facts} == expected
            assert len({f.node for f in facts}) == len(facts)
        assert not facts_as_of(**OURS, as_of=START - DAY).exists()


pytestmark = pytest.mark.django_db


def test_facts_are_found_by_indicator_node_and_period(record):
    record(*(row(1, node=n, when=w) for n in "ab" for w in ("2024-01", "2024-02", "2024-Q1")))

    def found(**asked):
        return [(f.node, f.period_kind) for f in facts_as_of(**OURS, **asked)]

    assert found(periods=[period("2024-Q1")]) == [("a", "quarter"), ("b", "quarter")]
    assert found(nodes=["b"], periods=[period("2024-01")]) == [("b", "month")]
    assert found(indicators=["energy_per_traffic"]) == []
    assert found(periods=[]) == []
    assert not facts_as_of(boundary="equity_share").exists()


def test_periods_are_matched_exactly(record):
    written = ("2024-01..2024-03", "2024-01..2024-06", "2024-H1", "2024-Q1", "2024", "2024-01-01")
    record(*(row(n, when=when) for n, when in enumerate(written)))

    for n, when in enumerate(written):
        assert [f.value for f in facts_as_of(**OURS, periods=[period(when)])] == [n]
    both = [period("2024-01..2024-03"), period("2024-H1")]
    assert {f.value for f in facts_as_of(**OURS, periods=both)} == {0, 2}


def test_a_series_is_in_order_of_time_and_of_one_kind(record):
    record(row(3, when="2024-03"), row(1, when="2024-01"), row(6, when="2024"))

    asked = {"indicator": "electricity_use", "node": "group", **OURS}
    assert [f.value for f in fact_series(**asked)] == [1, 3]
    assert [f.value for f in fact_series(**asked, kind=PeriodKind.YEAR)] == [6]


def test_the_history_of_a_fact_begins_with_its_first_version(record, now):
    for n in range(3):
        record(row(n), reason="again", at=now + n * DAY)

    newest = Fact.objects.get(superseded_at=None)
    assert [f.value for f in fact_history(newest)] == [0, 1, 2]
    assert fact_get(newest.pk).supersedes.value == Decimal(1)


def test_an_unknown_fact_and_a_naive_instant_are_refused():
    with pytest.raises(InputError, match="there is no fact #77"):
        fact_get(77)
    with pytest.raises(InputError, match="has no time zone"):
        facts_as_of(**OURS, as_of=datetime(2025, 1, 1))  # noqa: DTZ001 - that is the point


def test_values_are_not_compared_letter_by_letter():
    with pytest.raises(FieldError, match="value cannot be compared by 'gt' in SQL"):
        Fact.objects.filter(value__gt=5).exists()
