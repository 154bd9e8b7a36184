"""Payments to small suppliers: the legal day, what counts as late, and two sources that agree."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commonweal.domains.supply.payments import demo
from commonweal.domains.supply.payments.crosscheck import crosscheck
from commonweal.domains.supply.payments.terms import terms
from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.wording import LANGUAGES, NO_DATA
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import business_midnight, month, period
from tests.kernel.programmes.conftest import node_make

NOW = datetime(2025, 12, 1, 2, 0, tzinfo=UTC)
VALUES = {
    "number": "N-1",
    "supplier": "Harbour Tower Works",
    "supplier_size": "small",
    "amount_cny": "53000.00",
    "invoice_date": "2024-03-01",
}


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


ROLES = ("data_owner", "reviewer", "programme_manager")
SCOPES = {name: scope(name) for name in ROLES}


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group, **{c: node_make(c, "province", group) for c in ("north", "south")}}


@pytest.fixture
def accepted(nodes):
    """A function that opens an invoice and accepts it on a day."""

    def make(day="2024-03-05", **values):
        kind, given = record_type("payments.invoice"), VALUES | values
        opened = record_open(kind, node="north", values=given, scope=SCOPES["data_owner"], now=NOW)
        return act(opened, "accept", accepted_date=day)

    return make


def act(invoice, action, *, now=NOW, **values):
    role = record_type("payments.invoice").spec.transition(action).role
    done = record_act(
        invoice, action, scope=SCOPES[role], now=now, values=values, comment="as agreed"
    )
    return done.record


@pytest.mark.parametrize(
    ("day", "size", "agreed", "due"),
    [
        ("2024-03-05", "small", None, "2024-04-04"),  # 30 days where nothing is agreed
        ("2024-03-05", "micro", 45, "2024-04-19"),
        ("2024-03-05", "medium", 60, "2024-05-04"),  # the most that may be agreed, exactly
        ("2024-03-05", "medium", 61, "2024-05-04"),
        ("2024-03-05", "large", 90, "2024-06-03"),  # the rule protects small suppliers
        ("2024-03-05", "small", 0, "2024-03-05"),
        ("2025-05-31", "small", None, "2025-06-30"),  # the last day of the older rule
        ("2025-06-01", "small", None, "2025-07-31"),  # the first of the newer one
    ],
)
def test_the_due_date_follows_the_rule_of_the_day_of_acceptance(accepted, day, size, agreed, due):
    invoice = accepted(day, supplier_size=size, agreed_days=agreed)
    assert invoice.due_date == date.fromisoformat(due)
    assert invoice.due_at == business_midnight(date.fromordinal(invoice.due_date.toordinal() + 1))


def test_before_the_first_rule_there_is_no_due_date(accepted):
    with pytest.raises(InputError, match="no rule of payment was in force on 2020-08-31"):
        accepted("2020-08-31", invoice_date="2020-08-01")


def test_every_rule_names_its_source():
    assert [each.valid_from for each in terms()] == [date(2020, 9, 1), date(2025, 6, 1)]
    assert all("State Council Order" in each.source for each in terms())


@pytest.mark.parametrize(("paid", "is_late"), [("2024-04-04", False), ("2024-04-05", True)])
def test_the_last_day_is_in_time_and_the_next_is_late(accepted, paid, is_late):
    assert act(accepted(), "pay", paid_date=paid).is_paid_late is is_late


def test_a_settled_dispute_takes_its_own_days_out_of_the_term(accepted):
    disputed = act(accepted(), "dispute", disputed_date="2024-04-04")
    settled = act(disputed, "settle", settled_date="2024-04-14")
    assert settled.due_date == date(2024, 4, 14)
    assert not act(settled, "pay", paid_date="2024-04-14").is_paid_late


def test_what_is_overdue_cannot_be_disputed_away(accepted):
    with pytest.raises(RefusedError, match="after the due date 2024-04-04: what is overdue stays"):
        act(accepted(), "dispute", disputed_date="2024-04-05")


@pytest.mark.parametrize("paid", ["2024-03-04", "2025-12-02"])
def test_a_payment_lies_between_acceptance_and_today(accepted, paid):
    with pytest.raises(RefusedError, match="must follow one another, none of them ahead"):
        act(accepted(), "pay", paid_date=paid)


def test_an_invoice_of_nothing_is_refused(accepted):
    with pytest.raises(ValuesError, match=r"amount_cny: .*0\.01"):
        accepted(amount_cny="0")


def test_who_accepts_does_not_pay(accepted):
    invoice, values = accepted(), {"paid_date": "2024-04-01"}
    with pytest.raises(RefusedError, match="had no hand"):
        record_act(invoice, "pay", scope=SCOPES["data_owner"], now=NOW, values=values)


def test_a_payment_that_came_back_is_owed_again(accepted):
    back = act(act(accepted(), "pay", paid_date="2024-04-05"), "bounce")
    assert (back.state, back.paid_date, back.is_paid_late) == ("accepted", None, None)
    assert back.due_date == date(2024, 4, 4)


@pytest.fixture
def register(tmp_path, nodes):
    """A function that brings rows of the bank's register in."""

    def bring(*rows):
        path = tmp_path / "register.csv"
        head = "node_id,invoice_number,paid_date,amount_cny"
        path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
        assert source_ingest("payment_register", path, actor="test", now=NOW).n_rejected == 0

    return bring


def rules(of="2024-04"):
    rows = crosscheck(period(of), scope=SCOPES["reviewer"]).to_pylist()
    return {row["number"]: row["rule"] for row in rows}


def test_the_cross_check_names_every_payment_on_which_the_sources_disagree(accepted, register):
    for number in ("alike", "parts", "lost", "dearer", "later"):
        act(accepted(number=number), "pay", paid_date="2024-04-03")
    register(
        "north,alike,2024-04-03,53000.00",
        "north,parts,2024-04-01,50000.00",
        "north,parts,2024-04-03,3000.00",
        "north,dearer,2024-04-03,53000.01",
        "north,later,2024-05-02,53000.00",
        "south,strange,2024-04-03,1.00",
    )
    assert rules() == {
        "lost": "not_in_register",
        "strange": "not_in_records",
        "dearer": "amount_differs",
        "later": "date_differs",
    }
    assert rules("2024-05") == {"later": "date_differs"}


def test_a_reviewer_of_one_unit_is_told_of_that_unit_alone(nodes, register):
    register("north,N-1,2024-04-03,1.00", "south,S-1,2024-04-03,2.00")
    for code, told in (("north", ["N-1"]), ("south", ["S-1"])):
        roles = {"reviewer": frozenset({nodes[code].pk})}
        of_one = Scope("test:one", (Principal(None, "one", roles),))
        found = crosscheck(period("2024-04"), scope=of_one)
        assert found["number"].to_pylist() == told
    nobody = Scope("test:nobody", (Principal(None, "nobody", {}),))
    with pytest.raises(RefusedError, match="for reviewers"):
        crosscheck(period("2024-04"), scope=nobody)


def test_without_a_register_every_payment_is_missing_from_it(accepted):
    act(accepted(), "pay", paid_date="2024-04-03")
    assert rules() == {"N-1": "not_in_register"}


@pytest.fixture
def computed(nodes):
    """A function that computes a period and gives the group's values by indicator."""

    def run(of):
        told = {"actor": "test", "now": NOW}
        names = dict.fromkeys(("zh-hant", "zh-hans", "en"), "x")
        boundary_set(code="whole", approach="operational_control", names=names, **told)
        since = {"share": Decimal(1), "from_date": date(2020, 1, 1)}
        boundary_share_set(boundary="whole", node="group", **since, **told)
        span = period(of)
        months = (month(each.year, each.month) for each in span.months)
        compute(list(dict.fromkeys((*months, span))), boundary="whole", **told)
        facts = Fact.objects.filter(
            node="group", start_date=span.start_date, end_date=span.end_date
        )
        return {each.indicator: each.value for each in facts}

    return run


def test_the_published_figures_of_2024_come_out(nodes, tmp_path, computed):
    one_role_each = {
        name: Scope(f"demo:{name}", (Principal(None, name, {name: None}),)) for name in ROLES
    }
    demo.build(scopes=one_role_each, nodes=nodes, folder=tmp_path)
    found = computed("2024")
    # Operator report 2024: no payment to a small supplier overdue at the end of the year, and
    # payables below 30 % of total assets.
    assert (found["sme_overdue"], found["sme_overdue_amount"]) == (0, 0)
    assert found["sme_invoices_open"] > found["sme_disputed"] > 0
    assert found["sme_paid_in_time_share"] == 100
    assert round(found["payables_to_assets"], 1) == Decimal("29.6")
    assert found["payments_unexplained"] == 0
    kinds = ("not_due", "past_due_1_30", "past_due_31_60", "past_due_61_90", "past_due_over_90")
    buckets = [found[f"payables_{kind}"] for kind in kinds]
    assert sum(buckets) == found["payables"]
    assert sum(1 for each in buckets if each > 0) > 2
    assert set(rules("2023").values()) == {"not_in_register", "amount_differs", "date_differs"}
    assert rules("2024") == {}
    for language in LANGUAGES:
        printed = report_html(report_build("payments", period("2024"), language=language))
        assert NO_DATA[language] not in printed
        assert "29.6" in printed


def test_an_invoice_that_is_late_by_a_day_breaks_the_proof(accepted, computed):
    accepted("2024-04-30")  # due on the 30th of May
    accepted("2024-05-01", number="N-2")  # due on the 31st
    found = computed("2024-05")
    assert (found["sme_overdue"], found["sme_invoices_open"]) == (1, 2)
    assert found["payables_past_due_1_30"] == 53_000


def test_no_invoice_is_no_data_and_not_none_overdue(accepted, computed):
    accepted("2024-06-10", invoice_date="2024-06-01")
    assert computed("2024-05").get("sme_overdue") is None
