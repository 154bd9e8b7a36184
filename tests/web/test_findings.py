"""What the quality rules noticed is listed in words, filtered, paged, and taken away as a file."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.urls import reverse
from django.utils.html import escape

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.org.models import Meter, Node, Site

SEEN = datetime(2025, 3, 18, 8, tzinfo=UTC)


def notice(subject, rule, month, quantity=None, cleared=None):
    Finding.objects.create(
        dataset="energy", subject_kind=type(subject).__name__.lower(), subject_id=subject.pk,
        month=month, rule=rule, quantity=quantity,
        first_seen_at=SEEN, last_seen_at=SEEN, cleared_at=cleared,
    )  # fmt: skip


def meter_make(code):
    site = Site.objects.create(code=f"S-{code}", kind="macro", place="CN-GD")
    return Meter.objects.create(
        code=code, site=site, carrier="electricity", unit="kWh", max_rate_per_h=50
    )


@pytest.fixture
def noticed(operator):
    meter = meter_make("M-1")
    notice(meter, "bill_unit_slip", date(2024, 3, 1), 1234567.5)
    notice(meter, "meter_no_data", date(2024, 4, 1))
    notice(meter, "reading_spike", date(2024, 5, 1), 7.0, cleared=SEEN)
    notice(Node.objects.get(code="GD"), "out_of_bounds energy_per_traffic", date(2024, 3, 1), 91.5)
    notice(Site.objects.get(), "no_owner", date(2024, 3, 1), 3.0)


def shown(reader, language="en", **query):
    response = reader.get("/findings/", query, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


def test_open_findings_are_listed_with_subject_month_and_quantity(reader, noticed):
    html = shown(reader)

    assert "4 findings" in html
    assert '<a href="/rows/meter/M-1/?month=2024-03">M-1</a>' in html
    assert '<a href="/rows/node/GD/?month=2024-03">GD</a>' in html
    assert '<a href="/rows/site/S-M-1/?month=2024-03">S-M-1</a>' in html
    assert "1,234,567.50 kWh" in html
    assert "91.50 kgce/TB" in html
    assert "2025-03-18 16:00" in html  # the business clock
    assert "a lone wrong value" not in html


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Value out of bounds: Energy per unit of information traffic"),
        ("zh-hant", "數值超出範圍：單位信息流量綜合能耗"),
        ("zh-hans", "数值超出范围：单位信息流量综合能耗"),
    ],
)
def test_a_rule_about_an_indicator_names_it(reader, noticed, language, name):
    assert name in shown(reader, language)


def test_the_list_is_narrowed_by_rule_month_and_state(reader, noticed):
    by_rule = shown(reader, rule="bill_unit_slip")
    assert "1 finding<" in by_rule
    assert escape(catalogue().quality_rules["bill_unit_slip"].sentence["en"]) in by_rule
    assert "3 findings" in shown(reader, month="2024-03")
    cleared = shown(reader, state="cleared")
    assert "1 finding<" in cleared
    assert "a lone wrong value" in cleared
    assert "5 findings" in shown(reader, state="all")
    assert "No findings." in shown(reader, rule="meter_no_data", month="2024-03")


def test_what_the_register_and_the_catalogue_no_longer_know_is_still_listed(reader, noticed):
    Finding.objects.create(
        dataset="energy", subject_kind="meter", subject_id=999, month=date(2024, 1, 1),
        rule="older_rule", first_seen_at=SEEN, last_seen_at=SEEN,
    )  # fmt: skip
    html = shown(reader, rule="older_rule")
    assert "no longer registered" in html
    assert "older_rule" in html


def test_a_long_list_is_paged_and_costs_no_more_queries(
    reader, operator, django_assert_max_num_queries
):
    for number in range(205):
        notice(meter_make(f"M-{number}"), "meter_no_data", date(2024, 1 + number % 12, 1))
    with django_assert_max_num_queries(12):
        first = shown(reader)
    assert first.count("<tr>") == 101
    assert "page 1 of 3" in first
    assert 'href="?page=2"' in first
    assert shown(reader, page="3").count("<tr>") == 6
    assert "page 3 of 3" in shown(reader, page="99")


def test_everything_asked_for_is_downloaded(reader, noticed):
    response = reader.get("/findings/", {"download": "1", "state": "all", "month": "2024-03"})
    text = b"".join(response.streaming_content).decode()
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))

    assert 'filename="findings.csv"' in response["Content-Disposition"]
    assert text.startswith("\ufeff")
    assert {row["subject"] for row in rows} == {"M-1", "GD", "S-M-1"}
    slip = next(row for row in rows if row["rule"] == "bill_unit_slip")
    assert (slip["quantity"], slip["unit"], slip["month"]) == ("1234567.5", "kWh", "2024-03")
    assert slip["name"] == "Bill: off by a factor of a thousand"
    assert datetime.fromisoformat(slip["first_seen_at"]) == SEEN
    assert slip["cleared_at"] == ""


def test_the_data_page_tells_what_each_rule_found_and_leads_to_it(reader, noticed):
    html = reader.get("/data/").content.decode()
    rule = catalogue().quality_rules["bill_unit_slip"]

    assert 'href="/findings/?rule=bill_unit_slip"' in html
    assert all(escape(text["en"]) in html for text in (rule.name, rule.sentence, rule.hint))
    assert "Value out of bounds: Energy per unit of information traffic" in html


def test_the_overview_counts_the_findings_and_leads_to_them(reader, noticed):
    assert '<a href="/findings/">4</a>' in reader.get("/").content.decode()


@pytest.mark.parametrize(("kind", "code"), [("meter", "M-1"), ("site", "S-M-1")])
def test_the_rows_of_a_month_say_what_was_noticed_about_them(reader, noticed, kind, code):
    address = reverse("rows", args=[kind, code])
    march = reader.get(address, {"month": "2024-03"}).content.decode()

    assert "Bill: off by a factor of a thousand" in march
    assert ("Use without an owner" in march) == (kind == "site")
    assert "Value out of bounds" not in march
    may = reader.get(address, {"month": "2024-05"}).content.decode()
    assert "What the quality rules noticed" not in may  # cleared since
