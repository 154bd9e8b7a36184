"""A gift from nothing to the report's sentence, in a real browser, by people who read no manual."""

import re
from datetime import date

import pytest

from tests.e2e.conftest import CHROMIUM, COMMONWEAL, done_in, follow, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed"),
]
YEAR = date.today().year  # noqa: DTZ011 - the served product has the machine's clock
PEOPLE = {
    "lin": "data_owner",
    "wang": "reviewer",
    "zhao": "reviewer",
    "chen": "programme_manager",
}
OPERATOR = f"""
import django; django.setup()
from datetime import UTC, date, datetime
from django.contrib.auth import get_user_model
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.services import boundary_set, boundary_share_set, node_create
by = dict(actor="test", now=datetime(2024, 1, 10, tzinfo=UTC))
names = {{"zh_hant": "示範運營商", "zh_hans": "示范运营商", "en": "Demo Operator"}}
node_create(code="GROUP", parent=None, kind="group", place="CN", names=names,
            from_date=date(2020, 1, 1), **by)
north = {{"zh_hant": "北區", "zh_hans": "北区", "en": "North"}}
node_create(code="NORTH", parent="GROUP", kind="province", place="CN-BJ", names=north,
            from_date=date(2020, 1, 1), **by)
boundary_set(code="operational", approach="operational_control", names=names, **by)
boundary_share_set(boundary="operational", node="GROUP", share=1, from_date=date(2020, 1, 1), **by)
for name, role in {PEOPLE}.items():
    user = get_user_model().objects.create_user(name, password=name)
    Grant.objects.create(user=user, role=role, node=Node.objects.get(code="GROUP"),
                         valid_from=date(2020, 1, 1))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("work")
    done_in(home, COMMONWEAL, "init")
    done_in(home, OPERATOR)
    return home


@pytest.fixture(scope="module")
def site(home):
    with served(home) as address:
        yield address


def task(page, title):
    """Open my work and follow the record of that title."""
    page.goto("/my-work/")
    follow(page.locator("#needs-me").get_by_role("link", name=title).first)


def test_a_gift_goes_from_nothing_to_the_sentence_of_the_report(home, site, signed_in):
    lin = signed_in(site, "lin")
    assert lin.url.endswith("/my-work/")
    lin.locator("summary", has_text="Open a new one").click()
    follow(lin.get_by_role("link", name="Donation", exact=True).first)
    lin.get_by_label("Purpose").select_option("border")
    lin.get_by_label("Recipient").fill("Youth Foundation")
    lin.get_by_label("Project").fill("School library")
    lin.get_by_label("Amount").fill("53,000")
    lin.get_by_label("Pledged on").fill(f"{YEAR}-01-02")
    follow(lin.get_by_role("button", name="Open the record"))
    assert lin.locator("h1").inner_text() == "School library"
    follow(lin.get_by_role("button", name="Put forward"))
    assert lin.locator(".path .here").inner_text() == "pledged"
    assert "2 people as reviewer" in lin.locator("#next").inner_text()

    for number, name in enumerate(("wang", "zhao"), 1):
        reviewer = signed_in(site, name)
        task(reviewer, "School library")
        follow(reviewer.get_by_role("button", name="Approve"))
        assert f"{number}/2" in reviewer.locator("#history li").first.inner_text()
        reviewer.goto("/my-work/")
        assert reviewer.locator("#needs-me li").count() == 0

    chen = signed_in(site, "chen")
    task(chen, "School library")
    chen.get_by_label("Paid on").fill(f"{YEAR}-01-03")
    follow(chen.get_by_role("button", name="Record payment"))
    assert chen.locator(".path .here").inner_text() == "paid"

    task(lin, "School library")
    lin.get_by_label("Receipt number").fill("R-77")
    follow(lin.get_by_role("button", name="Record receipt"))
    lin.get_by_label("Report of use").fill("320 books for two classes")
    lin.get_by_label("Used").fill("60000")
    follow(lin.get_by_role("button", name="Report use"))
    refusal = lin.locator("#refusal").inner_text()
    assert "is more than the" in refusal
    assert lin.get_by_label("Report of use").input_value() == "320 books for two classes"
    lin.get_by_label("Used").fill("53000")
    follow(lin.get_by_role("button", name="Report use"))
    assert lin.locator(".path .here").inner_text() == "use reported"
    assert lin.locator("#history li").count() == 7

    done_in(home, COMMONWEAL, "compute", str(YEAR), "--by", "month")
    lin.goto(f"/report/donations/?period={YEAR}")
    assert re.search(r"\b53\.0\b", lin.locator("#given").inner_text())


@pytest.mark.parametrize(("scheme", "language"), [("light", "en-US"), ("dark", "zh-TW")])
def test_pages_of_work_fit_a_narrow_screen(site, signed_in, scheme, language):
    page = signed_in(site, "lin", width=390, scheme=scheme, language=language)
    for address in ("", "new/", "import/"):
        page.goto(f"/programmes/donations/donation/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        assert page.locator("h1").count() == 1
        unnamed = ("select:not([aria-label]):not(label select):not([id])", "button:empty")
        assert [each for each in unnamed if page.locator(each).count()] == [], address


def test_a_form_is_filled_in_by_keyboard_alone(site, signed_in):
    page = signed_in(site, "lin")
    page.goto("/programmes/donations/donation/new/")
    page.get_by_label("Purpose").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    for text in ("Red Cross", "Clinic", "1000"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.get_by_label("Pledged on").fill(f"{YEAR}-01-02")
    page.keyboard.press("Enter")
    page.wait_for_url("**/donation/*-*/")
    assert page.locator("h1").inner_text() == "Clinic"
