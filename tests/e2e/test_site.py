"""The main job in a real browser: sign in, read the report, follow a number down to its readings.

The whole product runs as a user runs it: ``commonweal demo build``, ``compute``, ``serve``.
"""

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import CHROMIUM, COMMONWEAL, done_in, follow, served

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = (
    "/", "/report/energy_carbon/", "/report/operator_chapter/", "/standards/",
    "/indicators/energy_use/", "/data/",
    "/findings/?state=all",
    "/nodes/GD/", "/nodes/GD-01-1/", "/programmes/", "/programmes/energy/pages/balance/",
    "/programmes/dual_control/pages/outlook/", "/programmes/green_power/pages/portfolio/",
    "/programmes/energy_saving/pages/network/", "/programmes/energy_saving/pages/site/",
    "/programmes/energy_saving/pages/review/", "/programmes/energy_saving/pages/savings/",
    "/programmes/energy_saving/pages/league/",
)  # fmt: skip
FORMS = (
    "/wall/", "/search/?q=energy", "/my-work/", "/jobs/", "/account/", "/open/", "/receipts/",
    "/programmes/donations/", "/programmes/donations/donation/",
    "/programmes/donations/donation/new/", "/programmes/donations/donation/import/",
    "/programmes/editions/signoff/",
)  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed"),
]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of a served demo operator."""
    home = tmp_path_factory.mktemp("home")
    for step in (
        ("init",),
        ("demo", "build", "--sites", "60", "--hourly-meters", "4"),
        ("compute", "2023", "2024", "--by", "month"),
    ):
        done_in(home, COMMONWEAL, *step)
    with served(home) as address:
        yield address


@pytest.fixture
def visit(site, signed_in):
    """Open a page of the demo."""

    def opened(**options):
        page = signed_in(site, "demo", **options)
        page.wait_for_url(f"{site}/")
        return page

    return opened


def drawn(page):
    """Wait until every chart of the page is drawn."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-chart]')].every((c) => c.dataset.drawn)"
    )


def test_a_number_of_the_report_leads_down_to_readings(visit):
    page = visit()
    drawn(page)
    follow(page.get_by_role("link", name="Report", exact=True))
    follow(page.locator("#climate strong a.figure").first)
    assert page.locator("h1").inner_text() == "Energy per unit of information traffic"

    follow(page.locator("tr", has_text="energy").locator("a.figure").first)
    follow(page.locator("tr", has_text="electricity").locator("a.figure").first)
    levels = 0
    while page.locator("#below").count():
        follow(page.locator("#below td.number a.figure").first)
        levels += 1
    assert levels == 3, "province, prefecture, unit"
    follow(page.locator("table.sortable td.number a.figure").first)

    bill = page.locator("table.rows tbody tr", has_text="electricity_bills-2024-").first
    assert bill.locator("td.number").last.inner_text().replace(",", "").isdecimal()
    assert len(bill.locator("td.hash").first.get_attribute("title")) == 64
    follow(bill.locator("a").first)
    assert page.locator("h1").inner_text().startswith("M-")


def test_a_finding_leads_to_the_rows_it_is_about(visit):
    page = visit()
    page.goto("/data/")
    follow(page.locator("#findings li", has_text="Meter: a month without data").locator("a"))
    assert page.locator("select[name=rule]").input_value() == "meter_no_data"
    page.locator("select[name=rule]").select_option("")  # acts at once
    page.wait_for_url("**/findings/?rule=&**")
    follow(page.locator("tbody tr", has_text="Bill: ").locator("a").first)

    assert page.locator("h1").inner_text().startswith("M-")
    assert "Bill: " in page.locator(".note.warn").inner_text()
    table = page.locator(".scroll", has_text="SHA-256").first
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), "the table is cut off"


@pytest.mark.parametrize(
    ("language", "heading"),
    [("zh-TW", "能源與碳"), ("zh-CN", "能源与碳"), ("en-US", "Energy and carbon")],
)
def test_the_report_is_in_the_readers_language(visit, language, heading):
    page = visit(language=language)
    page.goto("/report/energy_carbon/")
    assert page.locator("h1").inner_text() == heading


def test_the_language_is_switched_on_any_page(visit):
    page = visit()
    page.goto("/data/")
    follow(page.get_by_role("button", name="繁體中文"))
    assert page.locator("h1").inner_text() == "數據"
    assert page.url.endswith("/data/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_does_not_scroll_sideways(visit, scheme):
    page = visit(width=390, scheme=scheme, language="zh-TW")
    for address in PAGES:
        page.goto(address)
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_a_table_is_sorted_by_a_click_on_its_head(visit):
    page = visit()
    page.goto("/report/energy_carbon/")
    table = page.locator("#provinces table.sortable").last
    table.locator("th button").nth(2).click()
    values = [
        float(cell.get_attribute("data-sort"))
        for cell in table.locator("tbody td:nth-child(3)[data-sort]").all()
    ]
    assert len(values) > 3
    assert values == sorted(values)


def test_the_map_and_the_ranking_lead_to_a_province(visit):
    page = visit()
    drawn(page)
    assert page.locator("[data-chart=chart-map] svg path").count() > 30
    page.locator("[data-chart=chart-ranking] + script + details summary").click()
    follow(page.locator("table.sortable td a[href^='/nodes/']").last)
    assert "/nodes/" in page.url
    assert page.locator(".trail a").count() == 1


def test_a_sleep_plan_leads_from_the_map_to_why_a_cell_is_asleep(visit):
    page = visit()
    page.goto("/programmes/energy_saving/pages/network/")
    drawn(page)
    follow(page.get_by_role("link", name="A site's day"))
    drawn(page)
    rows = page.locator("[data-chart=chart-layers] svg path").count()
    assert rows > page.locator("select[name=cell] option").count(), "spans of states are drawn"
    page.locator("select[name=cell]").select_option(index=0)
    follow(page.get_by_role("button", name="Ask"))
    assert "It is a coverage cell" in page.locator("#why").inner_text()


def test_a_chart_grows_with_its_card(visit):
    page = visit()
    drawn(page)
    place = page.locator("[data-chart=chart-monthly]")
    before = place.locator("svg").bounding_box()["height"]
    page.locator("[data-chart=chart-path] + script + details summary").click()
    page.wait_for_function(
        "before => document.querySelector('[data-chart=chart-monthly] svg')"
        ".getBoundingClientRect().height > before + 40",
        arg=before,
    )
    page.locator("[data-chart=chart-path] + script + details summary").click()
    page.wait_for_function(
        "before => Math.abs(document.querySelector('[data-chart=chart-monthly] svg')"
        ".getBoundingClientRect().height - before) < 2",
        arg=before,
    )


def test_the_report_file_stands_alone(visit, tmp_path):
    page = visit()
    page.goto("/report/energy_carbon/")
    with page.expect_download() as download:
        page.get_by_role("link", name="HTML", exact=True).click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    page.context.set_offline(True)
    page.goto(path.as_uri())
    assert page.locator("svg.chart").count() == 4
    page.locator("#energy a.figure").first.click()
    assert page.locator("article.entry:target").count() == 1


def test_the_report_is_downloaded_as_pdf(visit, tmp_path):
    page = visit()
    page.goto("/report/operator_chapter/")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)

    with pypdfium2.PdfDocument(path) as document:
        titles = [entry.get_title() for entry in document.get_toc() if not entry.level]
        assert len(document) > 20
    headings = page.locator("main section > h2").all_inner_texts()
    assert len(headings) == 14
    assert [title.split(" ", 1)[-1].strip() for title in titles[:14]] == headings


def test_pages_are_accessible(visit):
    """Names, labels and landmarks, in words that name what is missing."""
    page = visit()
    for address in PAGES:
        page.goto(address)
        drawn(page)
        assert page.locator("main").count() == 1
        assert page.locator("h1").count() == 1
        unnamed = ("select:not(label select)", "img:not([alt])", "button:empty", "th:empty")
        assert [each for each in unnamed if page.locator(each).count()] == [], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_wcag(signed_in, site, scheme):
    page = signed_in(site, "lin", password="demo", scheme=scheme)  # noqa: S106 - of the demo
    record = first_record(page, "/programmes/donations/donation/")
    pages = (*PAGES, *FORMS, record) if scheme == "light" else ("/", *FORMS, record)
    found = {}
    for address in pages:
        assert page.goto(address).ok, address
        drawn(page)
        said = Axe().run(page, options=WCAG).response["violations"]
        found |= {
            (address, one["id"]): [node["html"][:160] for node in one["nodes"]] for one in said
        }
    assert found == {}


def first_record(page, address):
    page.goto(address)
    return page.locator(".records tbody a").first.get_attribute("href")
