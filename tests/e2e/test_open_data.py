"""Open data in a browser, by a reader who has no account."""

import csv
import io

import pytest

from tests.e2e.conftest import CHROMIUM, COMMONWEAL, done_in, follow, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("open")
    done_in(home, COMMONWEAL, "init")
    sizes = ("--sites", "60", "--hourly-meters", "2")
    done_in(home, COMMONWEAL, "demo", "build", *sizes, "--programmes", "editions")
    with served(home) as address:
        yield address


def test_a_reader_without_an_account_finds_downloads_and_reads(site, chromium):
    context = chromium.new_context(base_url=site, locale="en-US")
    faults, page = [], context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto("/open/")
    assert page.locator("h1").inner_text() == "Open data"
    assert "corrected by a later edition" in page.inner_text("main")
    assert "2024 年度報告" not in page.inner_text("main")  # a draft
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert {row["period"] for row in rows} >= {"2024-H1", "2023-H1"}
    follow(page.get_by_role("link", name="Energy per unit of information traffic"))
    assert page.locator("del").count() > 0
    follow(page.get_by_role("link", name="繁體中文"))
    assert page.locator("h1").inner_text() == "單位信息流量綜合能耗"
    page.goto("/open/")
    follow(page.get_by_role("link", name="English").nth(1))
    assert page.locator("h1").inner_text() == "Energy and carbon"
    assert context.cookies() == []
    page.goto("/programmes/editions/")
    assert "/sign-in/" in page.url
    assert faults == []
    context.close()
