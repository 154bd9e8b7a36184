"""Roles, virtual meters and agreements from tables, and as known at an instant."""

from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.org.expressions import meter_terms
from commonweal.kernel.org.imports import org_import, table_of, template_write
from commonweal.kernel.org.models import SiteShare
from commonweal.kernel.org.selectors import ROLES, arrangements
from commonweal.kernel.org.services import meter_install, site_share_end

from .conftest import OPENED

JAN, FEB, MAR = (date(2024, number, 1) for number in (1, 2, 3))
NOW = datetime(2024, 2, 1, tzinfo=UTC)


@pytest.fixture
def meters(operator):
    for code in ("M-1", "M-2", "V"):
        meter_install(
            code=code, site="S-A", carrier="electricity", unit="kWh", max_rate_per_h=9.0,
            installed_date=OPENED, actor="test", now=datetime(2024, 1, 10, tzinfo=UTC),
        )  # fmt: skip


def imported(tmp_path, now=NOW, **tables):
    paths = {}
    for name, text in tables.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text, "utf-8")
        assert table_of(path) == name
        paths[name] = path
    return org_import(actor="test", now=now, **paths)


def counts(result):
    return {
        name: (count.created, count.unchanged, count.rejected)
        for name, count in result.counts.items()
    }


@pytest.mark.usefixtures("meters")
def test_the_same_tables_again_change_nothing(tmp_path):
    tables = {
        "virtual_meters": "code,expression,valid_from\nV,[M-1] - 0.5 * [M-2],2024-01-01\n",
        "meter_roles": (
            "code,role,valid_from,valid_to\n"
            "V,cooling,2024-01-01,\nM-2,pv,2024-01-01,2024-02-01\nM-2,export,2024-02-01,\n"
        ),
        "site_shares": (
            "協議編號,站點,對方,對方類型,份額,生效日期\nT,S-A,Tower,tower_company,0.4,2024-02-01\n"
        ),
    }
    first, again = imported(tmp_path, **tables), imported(tmp_path, **tables)
    assert counts(first) == {
        "meter_roles": (3, 0, 0), "virtual_meters": (1, 0, 0), "site_shares": (1, 0, 0)
    }  # fmt: skip
    assert {count[0] for count in counts(again).values()} == {0}
    found = arrangements((JAN, FEB, MAR))
    named = sorted([ROLES[number] for number in held] for held in found.roles.values())
    assert named == [["cooling"] * 3, ["pv", "export", "export"]]
    assert [(each.share, each.first, each.last) for each in found.shares] == [(0.4, 1, 3)]
    assert arrangements((JAN, FEB), datetime(2024, 1, 20, tzinfo=UTC)).sites == frozenset()


@pytest.mark.usefixtures("meters")
def test_a_row_that_breaks_a_rule_is_refused_and_the_others_are_kept(tmp_path):
    result = imported(
        tmp_path,
        site_shares=(
            "code,site,party,party_kind,share,valid_from\n"
            "A,S-A,P,tenant,0.7,2024-01-01\nB,S-A,Q,tenant,0.5,2024-01-01\n"
        ),
    )
    assert counts(result) == {"site_shares": (1, 0, 1)}
    assert "over the whole" in result.rejects[0].sentence
    assert SiteShare.objects.filter(code="B").count() == 0


@pytest.mark.usefixtures("meters")
def test_an_agreement_that_ends_leaves_its_past(tmp_path):
    told = "code,site,party,party_kind,share,valid_from\nA,S-A,P,tenant,0.7,2024-01-01\n"
    imported(tmp_path, site_shares=told)
    later = datetime(2024, 4, 1, tzinfo=UTC)
    site_share_end(code="A", on_date=MAR, actor="test", now=later)
    [share] = arrangements((JAN, FEB, MAR)).shares
    assert (share.first, share.last) == (0, 2)
    [share] = arrangements((JAN, FEB, MAR), NOW).shares
    assert share.last == 3


@pytest.mark.parametrize("table", ["meter_roles", "virtual_meters", "site_shares"])
def test_a_template_comes_back_as_an_empty_table_of_its_kind(tmp_path, table, db):
    path = tmp_path / "empty.xlsx"
    template_write(table, path)
    assert table_of(path) == table
    result = org_import(actor="test", now=NOW, **{table: path})
    assert counts(result) == {table: (0, 0, 0)}


@pytest.mark.parametrize(
    ("expression", "terms"),
    [
        ("M1 + M2", {"M1": 1, "M2": 1}),
        ("-[A-1] / 4 + 2 * ([A-1] - B)", {"A-1": 1.75, "B": -2}),
        ("A - A", {"A": 0}),
    ],
)
def test_an_expression_is_a_number_for_each_meter(expression, terms):
    assert meter_terms(expression) == terms
