"""A year is closed at 23:59 while statements come in: each is in before the lock, or waits."""

import json
import os

import pytest

from tests.kernel.programmes.test_killed import done, python

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes")

WORLD = """
    from tests.domains.carbon import collection_world as world
    from commonweal.kernel.facts.services import period_lock
    from commonweal.periods import period
    LATE = datetime(2025, 1, 10, 15, 59, tzinfo=UTC)
"""
OPEN = """
    call_command("migrate", verbosity=0)
    world.nodes_make()
    campaign = world.campaign_make("2024-H2", "2025-01-20", now=LATE)
    for province in world.PROVINCES:
        statement = world.fill(world.statement_of(campaign, province), now=LATE)
        world.act(world.act(statement, "submit", now=LATE), "review", now=LATE)
"""
APPROVE = """
    from commonweal.domains.carbon.collection.models import Statement
    for statement in Statement.objects.order_by("pk"):
        try:
            print(world.act(statement, "approve", now=LATE).state, flush=True)
        except RefusedError as refusal:
            assert "is closed" in str(refusal), refusal
"""
LOCK = """
    print("ready", flush=True)
    sys.stdin.readline()
    period_lock(period=period("2024"), reason="year closed", actor="luo", now=LATE)
"""
TELL = """
    import json
    from commonweal.domains.carbon.collection.models import Statement
    from commonweal.lake.query import query
    from commonweal.lake.views import read
    events = Event.objects.order_by("sequence")
    locked = events.get(record_type="facts.period_lock").sequence
    approved = events.filter(record_type="collection.statement", action="approve")
    sql = "SELECT DISTINCT evidence FROM submissions ORDER BY 1"
    print(json.dumps({
        "states": sorted(Statement.objects.values_list("code", "state")),
        "after": approved.filter(sequence__gt=locked).count(),
        "rows": query(sql, {"submissions": read("submissions")})["evidence"].to_pylist(),
        "holds": chain_verify().holds,
    }))
"""


def test_what_was_approved_before_the_lock_is_in_and_the_rest_waits(tmp_path):
    assert done(python(WORLD + OPEN, tmp_path))[0] == 0
    locker = python(WORLD + LOCK, tmp_path)
    assert locker.stdout.readline() == "ready\n"
    approver = python(WORLD + APPROVE, tmp_path)
    assert [approver.stdout.readline() for _ in range(2)] == ["approved\n"] * 2
    assert done(locker, "\n")[0] == 0  # while the other goes on
    assert done(approver)[0] == 0
    code, said = done(python(WORLD + TELL, tmp_path))
    assert code == 0
    told = json.loads(said)
    assert len(told["states"]) == 7
    assert {state for _, state in told["states"]} <= {"approved", "reviewed"}
    assert told["rows"] == [code for code, state in told["states"] if state == "approved"]
    assert len(told["rows"]) >= 2
    assert told["after"] == 0
    assert told["holds"] is True
