"""Ask the general manager: two clocks, one answer on site, and no name where none is given."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from commonweal.domains.people.general_manager import demo
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.wording import LANGUAGES, NO_DATA
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes.clocks import record_clocks
from commonweal.kernel.programmes.receipts import receipt_find, receipt_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.records.models import Event
from commonweal.periods import month, period
from tests.kernel.programmes.conftest import node_make

WEDNESDAY = datetime(2024, 3, 6, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HEARING = {
    "theme": "Tools",
    "held_date": "2024-03-06",
    "place": "Hall 2",
    "leader": "General manager",
    "n_participants": 480,
}


def scope(name):
    return Scope(f"web:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


EACH_ITS_ROLE = {
    name: Scope(f"demo:{name}", (Principal(None, name, {role: None}),))
    for name, role in (
        ("staff", "viewer"),
        ("data_owner", "data_owner"),
        ("reviewer", "reviewer"),
        ("programme_manager", "programme_manager"),
    )
}
REGISTRAR, HANDLER, CHECKER = scope("registrar"), scope("handler"), scope("checker")


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group, **{c: node_make(c, "province", group) for c in ("north", "south")}}


@pytest.fixture
def hearing(nodes):
    kind = record_type("general_manager.hearing")
    opened = record_open(kind, node="north", values=HEARING, scope=REGISTRAR, now=WEDNESDAY)
    return act(opened, "hold")


@pytest.fixture
def ask(hearing):
    """A function that raises an issue at the hearing."""

    def raised(**values):
        given = {"hearing": hearing, "topic": "conditions", "text": "No winter tyres"} | values
        kind = record_type("general_manager.issue")
        return record_open(kind, node="north", values=given, scope=scope("li"), now=WEDNESDAY)

    return raised


def act(record, action, after=timedelta(0), *, who=REGISTRAR, **values):
    now = WEDNESDAY + after
    return record_act(record, action, scope=who, now=now, values=values, comment="why").record


def started(issue):
    return act(act(issue, "assign", HOUR, handler="Fleet"), "start", DAY, who=HANDLER)


def clocks(issue, after):
    kind = record_type("general_manager.issue")
    return {each.clock: each for each in record_clocks(kind, [issue], now=WEDNESDAY + after)}


def test_an_answer_at_the_hearing_stops_both_clocks(ask):
    solved = act(ask(), "solve_on_site", 2 * HOUR, answer="They come on Monday")
    found = clocks(solved, 30 * DAY)
    assert found["on_site"].elapsed == 2 * HOUR
    assert not found["on_site"].is_late
    assert found["solved"].stopped_at == WEDNESDAY + 2 * HOUR


def test_an_issue_that_was_assigned_is_never_solved_on_site(ask):
    solved = act(started(ask()), "solve", 3 * DAY, who=HANDLER, answer="They came")
    found = clocks(solved, 30 * DAY)
    assert found["on_site"].stopped_at is None
    assert found["solved"].stopped_at == WEDNESDAY + 3 * DAY


def test_the_day_after_is_no_answer_on_site(ask):
    with pytest.raises(RefusedError, match="is the day of the hearing; assign it instead"):
        act(ask(), "solve_on_site", DAY, answer="They come on Monday")


def test_waiting_for_the_employee_does_not_count(ask):
    working = started(ask())
    asked_back = act(working, "wait", 2 * DAY, who=HANDLER)
    before = clocks(asked_back, 2 * DAY)["solved"].elapsed
    assert clocks(asked_back, 9 * DAY)["solved"].elapsed == before
    resumed = act(asked_back, "resume", 9 * DAY)
    assert clocks(resumed, 12 * DAY)["solved"].elapsed > before


def test_a_solution_that_does_not_hold_is_counted_and_the_clock_goes_on(ask):
    solved = act(ask(), "solve_on_site", HOUR, answer="Done")
    again = act(solved, "reopen", 5 * DAY)
    assert (again.state, again.n_reopened) == ("in_progress", 1)
    found = clocks(again, 6 * DAY)
    assert found["on_site"].stopped_at == WEDNESDAY + HOUR
    assert found["solved"].stopped_at is None


def test_only_what_is_late_is_escalated_level_by_level(ask):
    working = started(ask())
    with pytest.raises(RefusedError, match="it is not late"):
        act(working, "escalate", 14 * DAY)
    risen = act(working, "escalate", 40 * DAY)
    assert (risen.escalated_to.code, risen.node.code) == ("group", "north")
    with pytest.raises(RefusedError, match="no level above"):
        act(risen, "escalate", 41 * DAY)


def test_who_says_that_it_is_solved_does_not_confirm_it(ask):
    solved = act(started(ask()), "solve", 3 * DAY, who=HANDLER, answer="They came")
    with pytest.raises(RefusedError, match="had no hand"):
        act(solved, "close", 4 * DAY, who=HANDLER)
    assert act(solved, "close", 4 * DAY, who=CHECKER).state == "closed"


def test_a_hearing_closes_when_nothing_is_left_open(ask, hearing):
    issue = ask()
    with pytest.raises(RefusedError, match="not solved yet"):
        act(hearing, "close", DAY)
    act(issue, "solve_on_site", HOUR, answer="Done")
    assert act(hearing, "close", DAY).state == "closed"


def test_a_hearing_that_lies_ahead_was_not_held(nodes):
    kind = record_type("general_manager.hearing")
    opened = record_open(kind, node="north", values=HEARING, scope=REGISTRAR, now=WEDNESDAY - DAY)
    with pytest.raises(RefusedError, match="planned for 2024-03-06, which lies ahead"):
        act(opened, "hold", -DAY)


def test_neither_record_nor_log_holds_who_asked_without_a_name(ask):
    issue = ask(is_anonymous=True)
    told = Event.objects.filter(record_key=str(issue.pk)).values()
    assert issue.owner_id is None
    assert "li" not in {each["actor"].partition(":")[2] for each in told}
    assert "tyres" not in str(list(told))


def test_the_receipt_leads_to_the_answer(ask):
    issue = ask(is_anonymous=True)
    act(issue, "solve_on_site", HOUR, answer="They come on Monday")
    assert receipt_find(receipt_of(issue)).answer == "They come on Monday"


def test_the_published_figures_of_2024_come_out(nodes, tmp_path):
    demo.build(scopes=EACH_ITS_ROLE, nodes=nodes, folder=tmp_path)
    told = {"actor": "test", "now": datetime(2025, 1, 10, tzinfo=UTC)}
    names = dict.fromkeys(("zh-hant", "zh-hans", "en"), "x")
    boundary_set(code="whole", approach="operational_control", names=names, **told)
    since = {"share": Decimal(1), "from_date": date(2020, 1, 1)}
    boundary_share_set(boundary="whole", node="group", **since, **told)
    span = period("2024")
    compute([*(month(2024, n) for n in range(1, 13)), span], boundary="whole", **told)
    facts = Fact.objects.filter(node="group", start_date=span.start_date, end_date=span.end_date)
    found = {each.indicator: each.value for each in facts}
    # Operator report 2024: more than 480 hearings, 230 thousand participants, 10 thousand issues,
    # of which 95 % and more are solved on site.
    assert found["gm_online_sessions"] == 481
    assert found["gm_online_attendance"] == 230_812
    assert found["gm_online_questions"] == 10_020
    assert round(found["gm_online_resolution"], 1) == Decimal("95.2")
    assert found["gm_solved_on_site"] == 9_539
    assert found["gm_solved_on_site"] < found["gm_solved"] < found["gm_online_questions"]
    assert found["gm_solved_in_time"] < found["gm_solved"]
    assert 0 < found["gm_reopened"] < 100
    for language in LANGUAGES:
        printed = report_html(report_build("general_manager", span, language=language))
        assert NO_DATA[language] not in printed
        assert "95.2" in printed
