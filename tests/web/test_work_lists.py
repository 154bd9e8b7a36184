"""Lists, the queue and search: filters, pages, many at once, few queries."""

import re

import pytest
from django.utils import timezone
from tests.web.working import LIST, gift_make, scope

from commonweal.domains.giving.donations.models import Donation
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.services import record_act


def test_a_list_is_filtered_by_what_its_definition_names(sign_in, people):
    gift_make(people)
    other = gift_make(people, purpose="other", project="Clinic")
    record_act(other, "pledge", scope=scope(people, "owner"), now=timezone.now())
    client = sign_in("owner")

    def found(**asked):
        return sorted(re.findall(r">(DN-\d+-\d+)</a>", client.get(LIST, asked).content.decode()))

    assert len(found()) == 2
    assert found(purpose="other") == found(state="pledged") == found(q="clin") == [other.code]
    assert found(owner="me") == found(node="north") == found(period="2024-03")
    assert found(node="south") == found(period="2024-04") == found(due="overdue") == []
    assert found(state="open", node="group", owner="me", q=other.code) == [other.code]


def test_an_empty_list_says_what_it_is_and_offers_the_first_step(sign_in):
    html = sign_in("owner").get(LIST).content.decode()
    assert "Donation: none yet" in html
    assert "Each gift from pledge through approval" in html
    assert f'href="{LIST}new/"' in html


def test_pages_of_a_list_follow_one_another_without_gaps(sign_in, people, monkeypatch):
    monkeypatch.setattr("commonweal.web.pages.work.listing.PER_PAGE", 3)
    codes = {gift_make(people, recipient=f"R{n}").code for n in range(8)}
    client = sign_in("owner")
    for sort in ("new", "old", "due", "changed"):
        seen, address = [], f"{LIST}?sort={sort}"
        while address:
            html = client.get(address).content.decode()
            seen += re.findall(r">(DN-\d+-\d+)</a>", html)
            found = re.search(r'rel="next" href="([^"]+)"', html)
            address = LIST + found[1].replace("&amp;", "&") if found else ""
        assert (len(seen), set(seen)) == (8, codes), sort


def test_many_are_tried_first_and_then_done_at_once(sign_in, people, gift):
    second, third = gift_make(people, recipient="B"), gift_make(people, recipient="C")
    record_act(third, "pledge", scope=scope(people, "owner"), now=timezone.now())
    client = sign_in("owner")
    third.refresh_from_db()
    chosen = [f"{each.pk}:{each.version}" for each in (gift, second, third)]
    answer = client.post(f"{LIST}act/", {"action": "pledge", "chosen": chosen})
    html = answer.content.decode()
    assert "2 records would be done" in html
    assert "1 record would be refused" in html
    assert f"{third.code} is pledged" in html
    assert Donation.objects.filter(state="pledged").count() == 1  # only tried
    form = {"action": "pledge", "is_tried": 1, "chosen": chosen[:2]}
    assert client.post(f"{LIST}act/", form).status_code == 302
    assert Donation.objects.filter(state="pledged").count() == 3
    assert client.post(f"{LIST}act/", {"action": "pledge"}).status_code == 422


def test_my_work_shows_what_waits_for_me_and_what_i_opened(sign_in, people, gift):
    def parts(name):
        html = sign_in(name).get("/my-work/").content.decode()
        start, end = html.index('id="needs-me"'), html.index('id="mine"')
        return gift.code in html[start:end], gift.code in html[end:]

    assert parts("owner") == (True, True)
    assert parts("first") == (False, False)
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    assert parts("owner") == (False, True)
    assert parts("first") == (True, False)
    assert parts("stranger") == (False, False)


def test_a_search_finds_records_by_code_and_title(sign_in, gift):
    client = sign_in("owner")
    for query in (gift.code, "library"):
        assert gift.code in client.get("/search/", {"q": query}).content.decode()
    assert "Nothing that you may see" in client.get("/search/", {"q": "zebra"}).content.decode()


@pytest.mark.parametrize(
    ("address", "budget"),
    [
        ("/my-work/", 14 + 2 * len(record_types())),
        (LIST, 16),
        ("{record}", 18),
        (f"{LIST}new/", 12),
    ],
)
def test_a_page_costs_the_same_queries_however_much_there_is(  # noqa: PLR0917 - fixtures
    sign_in, people, gift, address, budget, django_assert_max_num_queries
):
    for number in range(12):
        gift_make(people, recipient=f"R{number}")
    client = sign_in("owner")
    with django_assert_max_num_queries(budget):
        assert client.get(address.format(record=f"{LIST}{gift.pk}/")).status_code == 200
