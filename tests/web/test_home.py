"""The overview tells its reader what waits and what changed; search, appearance and the wall."""

import pytest
from django.utils import timezone
from tests.web.working import scope

from commonweal.kernel.programmes.services import record_act


def home_of(client):
    html = client.get("/").content.decode()
    start, end = html.index('id="needs-me"'), html.index('id="changed"')
    return html[start:end], html[end:]


@pytest.fixture
def pledged(people, gift):
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    return gift


def test_the_overview_tells_who_must_act_and_everybody_there_what_changed(
    operator, sign_in, pledged
):
    needs, changed = home_of(sign_in("first"))
    assert f"/{pledged.pk}/" in needs
    assert "Approve" in needs
    assert f"/{pledged.pk}/" in changed
    assert "Put forward" in changed
    needs, changed = home_of(sign_in("owner"))
    assert "Nothing waits for you." in needs
    assert f"/{pledged.pk}/" in changed


def test_the_overview_keeps_from_a_stranger_that_there_is_something(operator, sign_in, pledged):
    needs, changed = home_of(sign_in("stranger"))
    assert f"/{pledged.pk}/" not in needs + changed
    assert pledged.project not in needs + changed


def test_a_node_is_about_the_node_alone(operator, sign_in, pledged):
    assert 'id="needs-me"' not in sign_in("first").get("/nodes/GD/").content.decode()


@pytest.mark.parametrize(
    ("words", "leads_to"),
    [
        ("electricity use", "/indicators/electricity_use/"),
        ("用電量", "/indicators/electricity_use/"),
        ("guangdong", "/nodes/GD/"),
        ("donation", "/programmes/donations/donation/"),
        ("energy and carbon", "/report/energy_carbon/"),
    ],
)
def test_a_search_finds_more_than_records(reader, words, leads_to):
    assert f'href="{leads_to}"' in reader.get("/search/", {"q": words}).content.decode()


@pytest.mark.parametrize("words", ["", "   ", "%", "_", "'; drop table", "\x00", "x" * 5000, "<b>"])
def test_a_search_for_anything_is_answered(reader, words):
    response = reader.get("/search/", {"q": words})
    assert response.status_code == 200
    assert "<b>" not in response.content.decode()


def test_the_appearance_is_kept_and_leads_back(reader):
    answer = reader.post("/theme/", {"theme": "dark", "next": "/data/?a=b"})
    assert answer.url == "/data/?a=b"
    assert 'data-theme="dark"' in reader.get("/").content.decode()
    reader.post("/theme/", {"theme": '"><script>', "next": "/"})
    assert 'data-theme="dark"' in reader.get("/").content.decode()


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_appearance_leads_nowhere_else(reader, away):
    assert reader.post("/theme/", {"theme": "dark", "next": away}).url == "/"


def test_the_wall_shows_the_totals_and_no_way_to_change_anything(reader):
    html = reader.get("/wall/").content.decode()
    assert "<script>" not in html
    assert html.count('class="tile"') == 6
    assert "<form" not in html
