"""Pages show facts, lead from a number to its source, and say plainly what is wrong."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import override_settings
from django.urls import reverse
from tests.web.small_operator import FIRST, RESTATED, facts_make

from commonweal.engines.merkle import leaf_hash
from commonweal.kernel.facts.models import Fact

PAGES = (
    "/",
    "/nodes/GD/",
    "/nodes/GD-U1/",
    "/?period=2024-03",
    "/report/energy_carbon/",
    "/report/operator_chapter/",
    "/standards/",
    "/indicators/energy_use/",
    "/indicators/heat_use/",
    "/data/",
    "/findings/",
    "/search/?q=energy",
)


def fact_of(indicator, node="GROUP", kind="year"):
    return Fact.objects.filter(indicator=indicator, node=node, period_kind=kind).latest(
        "start_date"
    )


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_every_page_is_shown_in_every_language(reader, address, language):
    response = reader.get(address, headers={"accept-language": language})
    html = response.content.decode()

    assert response.status_code == 200
    assert f'<html lang="{language}"' in html
    assert html.count("<h1") == 1
    assert "<script>" not in html  # data and files only: a strict policy can be kept
    assert " style=" not in html
    assert (">Sign out<" in html) == (language == "en")


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_asked_to_sign_in(client, db, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response.url.startswith("/sign-in/?next=")


def test_the_overview_shows_totals_and_their_change(reader):
    html = reader.get("/").content.decode()
    tile = html[html.index("Electricity use") : html.index("Information traffic")]

    assert ">39.60</a>" in tile
    assert 'class="change worse"' in tile  # more electricity than the year before
    assert "10.0\u202f%" in tile


def test_a_number_leads_through_formula_and_children_to_the_unit(reader):
    ratio = fact_of("energy_per_traffic")
    html = reader.get(reverse("fact", args=[ratio.pk])).content.decode()
    energy = fact_of("energy_use")
    assert f'href="/facts/{energy.pk}/"' in html
    assert "energy / traffic" in html

    html = reader.get(reverse("fact", args=[energy.pk])).content.decode()
    assert f'href="/facts/{fact_of("energy_electricity_tce").pk}/"' in html
    assert f'href="/facts/{fact_of("energy_use", "GD").pk}/"' in html
    assert "It agrees with this value." in html


def test_the_factor_and_its_fallback_are_shown(reader):
    fact = fact_of("scope2_location_electricity")
    html = reader.get(reverse("fact", args=[fact.pk])).content.decode()

    assert "0.45 kgCO₂e/kWh" in html
    assert '<span class="step">carried forward from 2022</span>' in html
    assert "MEE and NBS announcement (2022)" in html
    chinese = reader.get(reverse("fact", args=[fact.pk]), headers={"accept-language": "zh-hant"})
    assert '<span class="step">沿用2022年</span>' in chinese.content.decode()


def test_inputs_are_those_that_were_current_when_the_fact_was_recorded(reader):
    old = fact_of("energy_per_traffic")
    old_input = fact_of("energy_use")
    facts_make(scale=Decimal("1.07"), now=RESTATED, reason="late bills arrived")
    html = reader.get(reverse("fact", args=[old.pk])).content.decode()

    assert f'href="/facts/{old_input.pk}/"' in html
    assert "This value was restated since" in html
    assert "late bills arrived" in html


def test_a_proof_is_downloaded_and_checks(reader):
    fact = fact_of("energy_use")
    response = reader.get(reverse("proof", args=[fact.pk]))
    proof = json.loads(response.content)

    assert "attachment" in response["Content-Disposition"]
    assert leaf_hash(proof["leaf"].encode()) == bytes(fact.leaf_hash)
    assert proof["leaf_index"] == fact.leaf_index


def test_the_past_can_be_asked_for(reader):
    facts_make(scale=Decimal(2), now=RESTATED, reason="late bills")
    now = reader.get("/").content.decode()
    then = reader.get("/", {"as_of": FIRST.isoformat()}).content.decode()

    assert ">79.20</a>" in now
    assert ">39.60</a>" in then
    assert "You see what was known on 10 January 2025, 10:00:00" in then


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/nodes/NOWHERE/", 404, "no organisation node &#x27;NOWHERE&#x27;"),
        ("/?as_of=soon", 404, "&#x27;soon&#x27; is not an instant"),
        ("/?as_of=2025-03-01T00:00:00", 404, "is not an instant"),
        ("/?period=2024-13", 404, "names no real date"),
        ("/?as_of=2020-01-01T00:00:00Z", 409, "has no facts as known on"),
        ("/facts/999999/", 404, "there is no fact #999999"),
        ("/indicators/nonsense/", 404, "no indicator &#x27;nonsense&#x27;"),
        ("/rows/meter/NONE/?month=2024-01", 404, "no meter &#x27;NONE&#x27;"),
        ("/rows/ghost/X/?month=2024-01", 404, "is not a meter, site or node"),
        ("/findings/?month=2024", 404, "&#x27;2024&#x27; is not a month"),
        ("/findings/?state=lost", 404, "no state &#x27;lost&#x27; of findings"),
        ("/data/999/", 404, "no source 999"),
    ],
)
def test_what_is_wrong_is_said_on_a_page(reader, address, status, sentence):
    response = reader.get(address)
    html = response.content.decode()
    assert response.status_code == status
    assert sentence in html
    assert ("<h1>Not found</h1>" in html) == (status == 404)
    assert ">Overview</a>" in html  # in the look of the site


def test_an_unknown_report_is_not_found(reader):
    assert reader.get("/report/nonsense/").status_code == 404


def test_pages_only_read(reader):
    assert reader.post("/").status_code == 405


@pytest.mark.django_db
def test_an_empty_installation_says_what_to_do(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("first"))
    response = client.get("/")
    assert response.status_code == 409
    assert "commonweal compute" in response.content.decode()
    assert client.get("/data/").status_code == 200


def test_the_report_is_downloaded_as_one_file(reader):
    response = reader.get("/report/energy_carbon/", {"download": "1"})
    assert 'filename="energy_carbon.GROUP.2024.en.html"' in response["Content-Disposition"]
    assert b'id="appendix"' in b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("form", "begins"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("json", b"{"), ("html", b"<!doctype")]
)
def test_the_report_is_downloaded_in_every_form(reader, form, begins):
    response = reader.get("/report/energy_carbon/", {"download": form, "period": "2023"})

    assert b"".join(response.streaming_content).startswith(begins)
    name = f'filename="energy_carbon.GROUP.2023.en.{form}"'
    assert name in response["Content-Disposition"]


def test_a_form_that_there_is_not_is_not_found(reader):
    assert reader.get("/report/energy_carbon/", {"download": "docx"}).status_code == 404


def test_standards_lead_to_figures_and_name_their_gaps(reader):
    html = reader.get("/standards/").content.decode()
    fact = fact_of("energy_per_traffic")

    assert f'href="/facts/{fact.pk}/"' in html
    assert "<strong>gap</strong>" in html
    assert "IFRS S2" in html


def test_the_demo_login_is_told_only_where_there_is_one(client, db, django_user_model):
    assert "demo-login" not in client.get("/sign-in/").content.decode()
    django_user_model.objects.create_user("demo")
    assert "demo-login" in client.get("/sign-in/").content.decode()


def test_a_stranger_can_choose_the_language(client, db):
    client.post("/language/", {"language": "zh-hant", "next": "/sign-in/"})
    assert "登錄" in client.get("/sign-in/").content.decode()


def test_charts_carry_their_data_and_a_table_that_says_the_same(reader):
    html = reader.get("/").content.decode()
    charts = re.findall(r'<script id="chart-(\w+)" type="application/json">(.*?)</script>', html)

    assert {"monthly", "intensity", "ranking", "map"} <= {name for name, _ in charts}
    ranking = json.loads(dict(charts)["ranking"])
    assert ranking["links"] == ["/nodes/GD/", "/nodes/BJ/"]
    assert html.count("<details>") == len(charts)


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 30),
        ("/wall/", 24),
        ("/report/energy_carbon/", 40),
        ("/report/operator_chapter/", 40),
        ("/standards/", 14),
        ("/indicators/energy_use/", 14),
        ("/data/", 14),
        ("/findings/", 12),
    ],
)
def test_a_page_costs_few_queries(reader, django_assert_max_num_queries, address, most):
    with django_assert_max_num_queries(most):
        reader.get(address)


def test_a_fact_costs_few_queries(reader, django_assert_max_num_queries):
    fact = fact_of("energy_use")
    with django_assert_max_num_queries(28):
        reader.get(reverse("fact", args=[fact.pk]))


def test_the_policy_lets_a_page_run_only_our_scripts(reader, settings):
    middleware = [*settings.MIDDLEWARE]
    ours = "commonweal.web.security.ContentSecurityPolicyMiddleware"
    if ours not in middleware:
        middleware.append(ours)
    with override_settings(MIDDLEWARE=middleware):
        policy = reader.get("/data/")["Content-Security-Policy"]
    assert "script-src 'self';" in policy


def test_an_instant_is_shown_on_the_business_clock(reader):
    html = reader.get("/report/energy_carbon/").content.decode()
    assert datetime(2025, 1, 10, 2, tzinfo=UTC) == FIRST
    assert "10 January 2025, 10:00:00 (UTC+08:00)" in html


def test_a_figure_is_shown_in_a_unit_that_leaves_something_of_it(reader):
    large = reader.get("/", headers={"accept-language": "zh-hant"}).content.decode()
    small = reader.get("/?period=2024-03", headers={"accept-language": "zh-hant"}).content.decode()

    assert ">0.40</a>" in large  # 39.6 million kWh: 億千瓦時
    assert ">3,300,000</a>" in small  # 0.033 of them would be 0.03
    assert '<p class="unit">千瓦時</p>' in small


def test_a_chart_without_values_says_so(reader):
    html = reader.get("/indicators/heat_use/").content.decode()
    assert "No data for this period." in html
    assert "data-chart" not in html


def test_a_programme_without_figures_opens_on_the_periods_of_the_main_ones(reader):
    page = reader.get("/programmes/assurance/")
    assert page.status_code == 200
    assert "2024" in page.content.decode()
