"""Campaigns and statements: what is asked, checked, reviewed, approved, and becomes data."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model

from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.services import ReasonRequiredError, period_lock, period_unlock
from commonweal.kernel.programmes.exports import records_export
from commonweal.kernel.programmes.imports import records_import
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import programme_get, record_type
from commonweal.kernel.programmes.reminders import reminders_due
from commonweal.kernel.programmes.services import RefusedError, attachment_open, record_act
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.selectors import record_history
from commonweal.lake.models import Source
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import period
from tests.domains.carbon.collection_world import (
    LATER,
    NOW,
    PROVINCES,
    SCOPES,
    act,
    approved,
    campaign_make,
    fill,
    nodes_make,
    scope,
    statement_of,
)


@pytest.fixture
def nodes(db):
    return nodes_make()


@pytest.fixture
def campaign(nodes):
    return campaign_make()


def rows():
    found = read("submissions")
    if not found.files:
        return []
    sql = "SELECT indicator, value, evidence FROM submissions ORDER BY 1"
    return query(sql, {"submissions": found}).to_pylist()


def computed(span, **more):
    return compute(
        [period(span)],
        boundary="operational",
        actor="test",
        now=more.pop("now", LATER),
        indicators=["energy_saving_investment", "energy_officers"],
        **more,
    )


def fact(indicator, node, span):
    found = Fact.objects.filter(
        indicator=indicator,
        node=node,
        superseded_at=None,
        start_date=period(span).start_date,
        end_date=period(span).end_date,
    ).first()
    return found and found.value


def test_a_launched_campaign_asks_every_unit_of_the_level_for_every_figure(campaign):
    assert campaign.n_statements == len(PROVINCES)
    statement = statement_of(campaign, "north")
    assert statement.state == "due"
    assert statement.due_at.date().isoformat() == "2024-07-20"  # its last day ends at 16:00 UTC
    asked = statement.items.order_by("pk").values_list("indicator", "value_unit", "is_declared")
    assert list(asked) == [
        ("energy_saving_investment", "cny", True),
        ("energy_officers", "person", True),
    ]


def test_a_campaign_for_a_level_that_is_not_there_is_refused(nodes):
    with pytest.raises(RefusedError, match="asks nobody for anything: no prefecture below group"):
        campaign_make(level="prefecture")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"covers": "2024-03-05"}, "write a month, quarter, half-year or year"),
        ({"covers": "soon"}, "write a month, quarter, half-year or year"),
        ({"indicators": "no_such_thing"}, "there is no indicator 'no_such_thing'"),
        ({"due": "2024-06-01"}, "this lies before the end of the period"),
    ],
)
def test_a_campaign_that_nobody_could_answer_is_refused(nodes, values, said):
    with pytest.raises(ValuesError, match=said):
        campaign_make(**values)


def test_nobody_is_asked_twice_for_the_same_figure_of_the_same_period(campaign):
    with pytest.raises(RefusedError, match="is asked for energy_officers of this period already"):
        campaign_make(indicators="energy_officers")


def test_what_cannot_be_is_refused_at_entry(campaign):
    statement = statement_of(campaign, "north")
    with pytest.raises(ValuesError, match="-1 cny cannot be"):
        fill(statement, energy_saving_investment=-1)
    with pytest.raises(ValuesError, match="'kWh' does not convert to 'cny'"):
        fill(statement, energy_saving_investment={"value": 1, "value_unit": "kWh"})


def test_a_value_may_come_in_another_unit_of_its_dimension(campaign):
    given = {"value": "12.5", "value_unit": "萬元"}
    statement = fill(statement_of(campaign, "north"), energy_saving_investment=given)
    item = statement.items.get(indicator="energy_saving_investment")
    assert item.amount == Decimal(125_000)


def test_an_odd_value_is_taken_but_goes_nowhere_without_a_reason(nodes):
    first = campaign_make("2023-H2", "2024-01-20")
    for province in PROVINCES:
        approved(statement_of(first, province))
    statement = fill(statement_of(campaign_make(), "north"), energy_officers=151)
    item = statement.items.get(indicator="energy_officers")
    assert (item.is_odd, item.odd) == (True, "step=+0.51 peers=+8.24")
    with pytest.raises(RefusedError, match="out of the ordinary needs a reason"):
        act(statement, "submit")
    fill(statement, energy_officers={"value": 151, "reason": "two centres were taken over"})
    assert act(statement, "submit").n_odd == 1


def test_a_statement_with_an_empty_item_is_not_submitted(campaign):
    with pytest.raises(RefusedError, match="some items have no value yet"):
        act(statement_of(campaign, "north"), "submit")


def test_nobody_reviews_or_approves_what_they_entered_or_reviewed(campaign):
    both = scope("lin", "data_owner", "reviewer", "board")
    SCOPES["both"] = both
    statement = act(fill(statement_of(campaign, "north")), "submit", who="both")
    with pytest.raises(RefusedError, match="for somebody who had no hand"):
        act(statement, "review", who="both")
    reviewer = scope("wang", "reviewer", "board")
    statement = record_act(statement, "review", scope=reviewer, now=NOW).record
    with pytest.raises(RefusedError, match="for somebody who had no hand"):
        record_act(statement, "approve", scope=reviewer, now=NOW)


def test_who_entered_a_figure_has_a_hand_in_the_statement_that_another_submits(campaign):
    SCOPES["zhao"] = scope("zhao", "data_owner", "reviewer")
    statement = fill(statement_of(campaign, "north"), who="zhao")
    with pytest.raises(RefusedError, match="for somebody who had no hand"):
        act(act(statement, "submit"), "review", who="zhao")


def test_a_returned_statement_is_changed_and_submitted_again(campaign):
    statement = act(fill(statement_of(campaign, "north")), "submit")
    with pytest.raises(RefusedError, match="its fields do not change any more"):
        fill(statement, energy_officers=3)
    statement = act(fill(act(statement, "return"), energy_officers=3), "submit")
    assert act(statement, "review").state == "reviewed"


def test_approval_makes_rows_of_what_was_declared_and_says_from_where(campaign):
    statement = approved(statement_of(campaign, "north"), energy_officers=7)
    source = Source.objects.get(dataset="submissions")
    assert source.name == f"{statement.code} north 2024-H1"
    assert source.mapping["id"] == str(statement.pk)
    assert source.known_at == NOW
    assert [(row["indicator"], row["value"], row["evidence"]) for row in rows()] == [
        ("energy_officers", 7.0, statement.code),
        ("energy_saving_investment", 100.0, statement.code),
    ]
    assert set(statement.items.values_list("state", flat=True)) == {"accepted"}


def test_the_approved_statement_is_kept_as_a_file_under_its_hash(campaign):
    statement = approved(statement_of(campaign, "north"))
    kept = Attachment.objects.get(record_id=statement.pk, kind="statement")
    with attachment_open(kept, scope=SCOPES["luo"]) as file:
        assert file.read(2) == b"PK"
    told = record_history("collection.statement", str(statement.pk))
    assert kept.sha256 in {each.content.get("sha256") for each in told}


def test_a_flow_is_spread_over_the_months_and_a_stock_stands_at_the_end(campaign):
    for province in PROVINCES[:2]:
        approved(statement_of(campaign, province), energy_officers=7, energy_saving_investment=182)
    computed("2024-H1")
    assert fact("energy_saving_investment", "group", "2024-H1") == 364
    assert fact("energy_officers", "group", "2024-H1") == 14
    computed("2024-01")
    assert fact("energy_saving_investment", "north", "2024-01") == 31
    assert fact("energy_officers", "north", "2024-01") is None


def test_a_correction_is_a_new_revision_and_restates_with_a_reason(campaign):
    statement = approved(statement_of(campaign, "north"), energy_officers=7)
    computed("2024-H1", now=NOW)
    act(statement, "correct")
    newer = statement_of(campaign, "north")
    assert (newer.revision, newer.replaces, newer.why) == (2, statement, "as agreed")
    approved(newer, now=LATER, energy_officers={"value": 70, "reason": "a slip of the pen"})
    statement.refresh_from_db()
    assert statement.state == "superseded"
    with pytest.raises(ReasonRequiredError, match="2 recorded facts would change"):
        computed("2024-H1")
    computed("2024-H1", reason="a slip of the pen")
    assert fact("energy_officers", "north", "2024-H1") == 70
    assert computed("2024-H1", snapshot=NOW, reason="as it was known") is not None
    assert fact("energy_officers", "north", "2024-H1") == 7


def test_a_locked_statement_is_corrected_after_its_keeper_unlocked_it(campaign):
    statement = act(approved(statement_of(campaign, "north")), "lock")
    with pytest.raises(RefusedError, match="“Correct” starts from: approved"):
        act(statement, "correct")
    with pytest.raises(ValuesError, match="say why"):
        record_act(statement, "unlock", scope=SCOPES["luo"], now=NOW)
    act(act(statement, "unlock"), "correct")
    assert statement_of(campaign, "north").revision == 2


def test_in_a_closed_period_a_statement_waits_and_loses_nothing(campaign):
    statement = fill(statement_of(campaign, "north"))
    statement = act(act(statement, "submit"), "review")
    terms = {"period": period("2024"), "actor": "luo", "now": NOW}
    period_lock(reason="year closed", **terms)
    with pytest.raises(RefusedError, match="2024-H1 is closed: the statement waits here"):
        act(statement, "approve")
    assert rows() == []
    period_unlock(reason="one more came", **terms)
    act(statement, "approve")
    assert len(rows()) == 2


def test_a_yearly_statement_confirms_what_the_half_years_declared(nodes):
    for half, due, value in (("2023-H1", "2023-07-20", 40), ("2023-H2", "2024-01-20", 60)):
        first = campaign_make(half, due)
        approved(
            statement_of(first, "north"),
            energy_saving_investment={"value": value, "reason": "as invoiced"},
            energy_officers={"value": value, "reason": "as invoiced"},
        )
    year = statement_of(campaign_make("2023", "2024-02-20"), "north")
    found = year.items.values_list("indicator", "is_declared", "value")
    assert set(found) == {
        ("energy_saving_investment", False, Decimal(100)),
        ("energy_officers", False, Decimal(60)),
    }
    approved(year, energy_saving_investment=100, energy_officers=60)
    assert len(rows()) == 4  # those of the halves alone


def test_a_campaign_closes_when_every_statement_is_approved_or_waived(campaign):
    with pytest.raises(RefusedError, match="some statements are not approved yet"):
        act(campaign, "close")
    approved(statement_of(campaign, "north"))
    for province in PROVINCES[1:]:
        act(statement_of(campaign, province), "waive")
    assert act(campaign, "close").state == "closed"


def test_a_late_statement_is_told_as_late(campaign):
    statement = fill(statement_of(campaign, "north"))
    last = NOW.replace(day=20, hour=15, minute=59)
    assert act(statement, "submit", now=last).is_late is False
    other = fill(statement_of(campaign, "south"))
    assert act(other, "submit", now=last.replace(hour=16, minute=0)).is_late is True


def test_the_items_go_out_as_a_workbook_that_comes_back_as_it_is(campaign, tmp_path):
    kind, path = record_type("collection.item"), tmp_path / "north.xlsx"
    with path.open("wb") as file:
        rows = fill(statement_of(campaign, "north")).items.all()
        records_export(kind, rows, file, "xlsx", scope=SCOPES["lin"])
    seen = records_import(kind, path, scope=SCOPES["lin"], now=NOW)
    assert [each.sentence for each in seen.refused] == []
    assert seen.n_unchanged == 2


def test_a_table_of_the_items_is_filled_in_previewed_and_taken(campaign, tmp_path):
    kind, path = record_type("collection.item"), tmp_path / "north.csv"
    statement = statement_of(campaign, "north")
    with path.open("wb") as file:
        records_export(kind, statement.items.all(), file, "csv", scope=SCOPES["lin"])
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    for row, value in zip(table, (-5, 12), strict=True):
        row["Value"] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    seen = records_import(kind, path, scope=SCOPES["lin"], now=NOW)
    assert (seen.n_changed, seen.n_refused) == (1, 1)
    assert "-5 cny cannot be" in seen.refused[0].sentence
    assert set(statement.items.values_list("value", flat=True)) == {None}
    records_import(kind, path, scope=SCOPES["lin"], now=NOW, mode="apply")
    assert set(statement.items.values_list("amount", flat=True)) == {None, Decimal(12)}


def test_owners_are_reminded_before_the_day_and_who_is_above_them_a_week_after(nodes):
    for name, node in (("north-owner", "north"), ("group-owner", "group")):
        user = get_user_model().objects.create(username=name)
        Grant.objects.create(
            user=user, role="data_owner", node=nodes[node], valid_from=date(2020, 1, 1)
        )
    north = statement_of(campaign_make(), "north")

    def told(day):
        found = reminders_due(now=datetime(2024, 7, day, 2, 0, tzinfo=UTC))
        return {(each.stage, each.to) for each in found if each.record.pk == north.pk}

    assert told(10) == set()
    assert told(14) == {("soon", "north-owner")}
    assert told(21) == {("overdue", "north-owner")}
    assert told(28) == {("overdue", "north-owner"), ("escalated", "group-owner")}
    assert {each.to for each in reminders_due(now=NOW.replace(day=21))} == {
        "north-owner",
        "group-owner",
    }


def test_progress_shows_who_has_sent_who_is_late_and_what_is_odd(campaign):
    act(fill(statement_of(campaign, "south")), "submit")
    page = page_of("progress", now=NOW.replace(day=25))
    assert page["campaign"] == campaign
    assert (page["n_sent"], page["n_late"], len(page["rows"])) == (1, 6, 7)
    (last,) = [row for row in page["rows"] if row.is_sent]
    assert (last.node, last.n_filled, last.n_items, last.n_days_late) == ("south", 2, 2, 0)
    assert page["rows"][0].n_days_late == 5


def test_a_statement_shows_its_change_what_is_odd_and_who_signed(nodes):
    first = approved(statement_of(campaign_make("2023-H2", "2024-01-20"), "north"))
    second = approved(
        statement_of(campaign_make(), "north"),
        energy_officers={"value": 160, "reason": "two centres were taken over"},
    )
    page = page_of("statement", of=second.code)
    by_name = {line.indicator: line for line in page["lines"]}
    assert by_name["energy_officers"].change == "+60.0 %"
    assert by_name["energy_officers"].odd == "+60 % against the period before"
    assert by_name["energy_saving_investment"].odd == ""
    assert [signed[:2] for signed in page["signatures"]] == [
        ("Submit", "lin"),
        ("Review", "wang"),
        ("Approve", "luo"),
    ]
    assert page["source"].n_accepted == 2
    assert page["source"] != page_of("statement", of=first.code)["source"]
    assert page_of("statement", of="ST-1")["statement"] is None


def page_of(name, now=LATER, **values):
    """A page of the programme as a viewer sees it."""
    built = programme_get("collection").page_builder(name)
    return built(Asked(scope=SCOPES["lin"], period=period("2024"), now=now, values=values))
