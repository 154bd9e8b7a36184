"""Laws of figures: children add up to their parent, and what was known stays as it was."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.errors import CommonwealError
from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.services import compute
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.selectors import node_parents, site_nodes
from commonweal.kernel.org.services import meter_update, node_merge, node_move, site_transfer
from commonweal.periods import Period, PeriodKind, month_add, period

NOW = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
YEAR = period("2024")
MONTHS = [Period(m, month_add(m, 1), PeriodKind.MONTH) for m in YEAR.months]
ADDITIVE = ["electricity_use", "energy_electricity_tce", "scope2_location"]
NODES = ("GD", "XZ", "GD-1", "XZ-1", "GD-2", "XZ-2")
SITES = ("S-GD", "S-XZ", "S-GD2", "S-XZ2")

some_day = st.builds(lambda m, d: date(2024, m, d), st.integers(1, 12), st.sampled_from([1, 15]))
moves = st.tuples(st.just("move"), st.sampled_from(NODES[2:]), st.sampled_from(NODES), some_day)
transfers = st.tuples(st.just("give"), st.sampled_from(SITES), st.sampled_from(NODES), some_day)
merges = st.tuples(st.just("merge"), st.sampled_from(NODES), st.sampled_from(NODES), some_day)
changes = st.lists(st.one_of(moves, transfers, merges), max_size=6)
small = settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


def reorganise(history, *, start=NOW):
    """Do what can be done of a history; what the services refuse is refused."""
    n_done = 0
    for i, (what, one, other, day) in enumerate(history):
        told = {"from_date": day, "actor": "test", "now": start + timedelta(minutes=i)}
        try:
            with transaction.atomic():
                if what == "move":
                    node_move(node=one, parent=other, **told)
                elif what == "merge":
                    node_merge(node=one, into=other, **told)
                else:
                    site_transfer(sites=[one], node=other, **told)
        except CommonwealError:
            continue
        n_done += 1
    return n_done


@pytest.fixture
def larger(operator):
    """Two units in each of two provinces, and bills whose sums tell every subset apart."""
    for code, place in (("GD", "CN-GD"), ("XZ", "CN-XZ")):
        operator.node(f"{code}-2", "unit", place, code)
        operator.site(f"S-{code}2", f"{code}-2", max_rate_per_h=500.0)
    rows = [
        f"M-{code},{m},{month_add(m, 1)},{(2**i) * 1000 + j}"
        for i, code in enumerate(("GD", "XZ", "GD2", "XZ2"))
        for j, m in enumerate(YEAR.months)
    ]
    operator.send("electricity_bills", "meter_id,start_date,end_date,quantity_kwh", *rows)
    return operator


@small
@given(history=changes)
def test_children_add_up_to_their_parent_after_any_reorganisation(larger, history):
    with transaction.atomic():
        reorganise(history)
        at = NOW + timedelta(hours=1)
        done = evaluate([YEAR, *MONTHS], boundary="operational", snapshot=at, indicators=ADDITIVE)
        parents, owners = node_parents(YEAR.months, at), site_nodes(YEAR.months, at)
        transaction.set_rollback(True)
    ids = done.org.node_id.tolist()
    use = done.values["electricity_use"].value
    for name in ADDITIVE:
        value = done.values[name].value
        years, months = value[:, 0], value[:, 1:]
        both = ~np.isnan(years)
        assert np.allclose(np.nansum(months, axis=1)[both], years[both], rtol=1e-12)
        for m in range(12):
            above = dict(
                zip(parents.node_id.tolist(), parents.parent_node_id[:, m].tolist(), strict=True)
            )
            for n, node in enumerate(ids):
                below = [i for i, child in enumerate(ids) if above.get(child) == node]
                own = [s for s in range(len(owners.site_id)) if owners.node_id[s, m] == node]
                total = np.nansum(months[below, m])
                if not own and below and not np.isnan(months[n, m]):
                    assert np.isclose(total, months[n, m], rtol=1e-12), (name, node, m)
    whole = use[done.org.code.index("group"), 1:]
    assert whole.tolist() == [15 * 1000 + 4 * m for m in range(12)]  # nobody lost, nobody twice


def told_as_of(at):
    rows = facts_as_of(boundary="operational", as_of=at).values_list(
        "indicator", "node", "period_kind", "start_date", "value", "lineage", "reason", "leaf_hash"
    )
    return repr(list(rows)).encode()


kinds = st.sampled_from(["bill", "meter", "org", "compute"])


@settings(small, max_examples=5)
@given(history=st.lists(st.tuples(kinds, st.integers(1, 400), changes), min_size=1, max_size=5))
def test_what_was_known_stays_the_same_bytes_whatever_is_corrected_later(larger, history):
    with transaction.atomic():
        terms = {"boundary": "operational", "actor": "test", "indicators": ADDITIVE}
        compute([YEAR], now=NOW, **terms)
        at, known = NOW, {NOW: told_as_of(NOW)}
        asked = {"language": "en", "as_of": NOW, "node": "GD"}
        report = report_html(report_build("energy_carbon", YEAR, **asked))
        for i, (what, number, moved) in enumerate(history):
            at = NOW + timedelta(days=i + 1)
            if what == "bill":
                larger.bill("M-GD", "2024-03-01", "2024-04-01", number, now=at)
            elif what == "meter":
                changes_ = {"multiplier": float(number) + i / 10}
                meter_update(meter="M-XZ", changes=changes_, actor="t", now=at, reason="plate")
            elif what == "org":
                reorganise(moved, start=at)
            else:
                compute([YEAR], now=at + timedelta(hours=1), reason=f"step {i}", **terms)
            known[at + timedelta(hours=2)] = told_as_of(at + timedelta(hours=2))
        compute([YEAR], now=at + timedelta(days=1), reason="at last", **terms)
        again = {instant: told_as_of(instant) for instant in known}
        report_again = report_html(report_build("energy_carbon", YEAR, **asked))
        transaction.set_rollback(True)
    assert again == known
    assert report_again == report
