"""Laws that hold after any sequence of moves, merges and transfers."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.errors import CommonwealError
from commonweal.kernel.org.selectors import node_parents, site_nodes, tree
from commonweal.kernel.org.services import node_merge, node_move, site_transfer

from .conftest import found, opened

pytestmark = pytest.mark.usefixtures("six_nodes")
MONTHS = tuple(date(2024, number, 1) for number in range(1, 13))
NODES, SITES = ("G", "A", "B", "C", "U", "V"), ("S-A", "S-B", "S-U", "S-V")
START = datetime(2024, 2, 1, tzinfo=UTC)

codes = st.sampled_from(NODES)
changes = st.one_of(
    st.tuples(st.just("move"), codes, codes, st.sampled_from(MONTHS)),
    st.tuples(st.just("merge"), codes, codes, st.sampled_from(MONTHS)),
    st.tuples(st.just("transfer"), st.sampled_from(SITES), codes, st.sampled_from(MONTHS)),
)


@pytest.fixture
def six_nodes(db):
    found("G", kind="group")
    for code, parent in (("A", "G"), ("B", "G"), ("C", "G"), ("U", "A"), ("V", "B")):
        found(code, parent)
    for code in SITES:
        opened(code, code[-1])


def change(kind, who, to, day, now):
    """Do one change; the ones that the rules refuse must leave no trace, which the laws see."""
    by = {"from_date": day, "actor": "test", "now": now}
    if kind == "move":
        node_move(node=who, parent=to, **by)
    elif kind == "merge":
        node_merge(node=who, into=to, **by)
    else:
        site_transfer(sites=[who], node=to, **by)


def knowledge(as_of=None):
    parents, owners = node_parents(MONTHS, as_of), site_nodes(MONTHS, as_of)
    return parents.parent_node_id, parents.exists, owners.node_id


def unchanged(before, after, months):
    return all(
        np.array_equal(old[:, months], new[:, months])
        for old, new in zip(before, after, strict=True)
    )


@given(st.lists(changes, min_size=1, max_size=6))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_change_touches_no_earlier_month_and_no_earlier_knowledge(sequence):
    with transaction.atomic():
        known = [(START - timedelta(days=1), knowledge())]
        for hour, (kind, who, to, day) in enumerate(sequence):
            now, before = START + timedelta(hours=hour), known[-1][1]
            try:
                change(kind, who, to, day, now)
            except CommonwealError:
                assert unchanged(before, knowledge(), slice(None))
                continue
            earlier = slice(0, MONTHS.index(day))
            known.append((now, knowledge()))
            assert unchanged(before, known[-1][1], earlier)
        for as_of, then in known:
            assert unchanged(then, knowledge(as_of), slice(None))
        transaction.set_rollback(True)


@given(st.lists(changes, max_size=6), st.integers(0, 11))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_children_add_up_to_their_parent_and_no_site_is_lost(sequence, month):
    with transaction.atomic():
        for hour, (kind, who, to, day) in enumerate(sequence):
            try:
                change(kind, who, to, day, START + timedelta(hours=hour))
            except CommonwealError:
                continue
        held, owners = tree(MONTHS[month]), site_nodes(MONTHS).node_id[:, month]
        own = np.array([(owners == node_id).sum() for node_id in held.node_id])
        below = own.copy()
        for i in range(len(own) - 1, 0, -1):
            below[held.parent[i]] += below[i]
        for i in range(len(own)):
            assert below[i] == own[i] + sum(below[child] for child in held.children(i))
        assert held.parent.tolist().count(-1) == 1
        assert below[0] == len(SITES)
        parents = node_parents(MONTHS)
        by_month = dict(zip(parents.node_id, parents.parent_node_id[:, month], strict=True))
        above = [held.node_id[p] if p >= 0 else -1 for p in held.parent]
        assert [by_month[node_id] for node_id in held.node_id] == above
        transaction.set_rollback(True)
