"""What anybody may read: published figures, nothing before its instant, nothing besides."""

import csv
import io
import json
from datetime import timedelta
from hashlib import sha256

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from tests.domains.reporting.conftest import (
    CHEN,
    LIN,
    LUO,
    NOW,
    act,
    opened,
    operator,
    published,
    restated,
    signed,
    told,
)

from commonweal.kernel.disclosure.editions.freezing import digests_read, ids_read
from commonweal.kernel.disclosure.renderings.forms import CONTENT_TYPES
from commonweal.kernel.facts.models import Fact

__all__ = ["operator", "restated", "told"]

LATER = timezone.now() + timedelta(hours=1)
FILES = ("data.csv", "data.parquet", "datapackage.json", "dataset.jsonld")


@pytest.fixture
def edition(told):
    return published(opened())


def rows(client):
    return list(csv.DictReader(io.StringIO(client.get("/open/data.csv").content.decode())))


def test_exactly_the_facts_of_published_editions_are_open(client, edition):
    found = rows(client)
    assert {int(row["fact"]) for row in found} == set(ids_read(edition.fact_ids))
    assert Fact.objects.count() > len(found) > 0
    fact = Fact.objects.get(indicator="energy_use", node="group", period_kind="year")
    row = next(row for row in found if int(row["fact"]) == fact.pk)
    assert (row["value"], row["unit"], row["edition"]) == (str(fact.value), fact.unit, edition.code)


def test_pages_are_read_without_an_account_and_kept_by_caches(client, edition):
    page = client.get("/open/?lang=zh-hans")
    assert page.status_code == 200
    assert "公开数据" in page.content.decode()
    assert page.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in page.headers
    assert not page.cookies
    again = client.get("/open/?lang=zh-hans", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/open/indicators/energy_use/").status_code == 200


def test_the_bytes_of_an_edition_are_those_that_were_frozen(client, edition):
    answer = client.get(f"/open/editions/{edition.code}/en.html")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert sha256(answer.content).hexdigest() == digests_read(edition.digests)["en.html"]
    assert client.get(f"/open/editions/{edition.code}/../../x").status_code == 404
    assert client.get(f"/open/editions/{edition.code}/zh-hant.html").status_code == 404


def leaks(client, edition):
    """Where anything of an edition is to be read by somebody without an account."""
    addresses = ["/open/", "/open/indicators/energy_use/", *(f"/open/{name}" for name in FILES)]
    addresses += [f"/open/indicators/energy_use/{name}" for name in FILES]
    addresses.append(f"/open/editions/{edition.code}/en.html")
    told = []
    for address in addresses:
        answer = client.get(address)
        content = answer.content
        shown = b"energy_use" in content or edition.code.encode() in content
        if answer.status_code == 200 and shown:
            told.append(address)
        elif name_of(address) == "data.parquet" and answer.status_code == 200:
            told += [address] if pq.read_table(io.BytesIO(content)).num_rows else []
    return told


def name_of(address):
    return address.rpartition("/")[2]


def test_everything_of_it_is_open_once_it_is_published(client, edition):
    assert len(leaks(client, edition)) == 11


@pytest.mark.parametrize("state", ["draft", "checked", "approved"])
def test_nothing_leaks_before_it_is_published(client, told, state):
    edition = opened()
    if state != "draft":
        act(edition, "check", LIN)
        if state == "approved":
            act(signed(edition), "approve", LUO)
    edition.refresh_from_db()
    assert edition.state == state
    assert leaks(client, edition) == []


def test_nothing_leaks_under_embargo_until_its_instant(client, told):
    later = timezone.now() + timedelta(hours=1)
    edition = published(opened(embargo_until=later))
    assert edition.state == "published"
    assert leaks(client, edition) == []
    type(edition).objects.filter(pk=edition.pk).update(embargo_until=NOW)
    assert leaks(client, edition)


def test_an_embargo_hides_that_there_is_a_correction(client, edition, restated):
    published(opened(corrects=edition, change_note="late bill", embargo_until=LATER), restated())
    edition.refresh_from_db()
    assert edition.state == "corrected"
    assert "corrected by a later edition" not in client.get("/open/?lang=en").content.decode()
    edition.corrections.update(embargo_until=NOW)
    assert "corrected by a later edition" in client.get("/open/?lang=en").content.decode()


def test_every_form_is_offered_and_is_what_was_frozen(client, told):
    edition = published(opened(forms="html pdf xlsx xbri"))
    page = client.get("/open/?lang=en").content.decode()
    for form, label in (("pdf", "PDF"), ("xlsx", "XLSX"), ("xbri", "inline XBRL")):
        assert f'/en.{form}">{label}</a>' in page
        answer = client.get(f"/open/editions/{edition.code}/en.{form}")
        assert answer.headers["Content-Type"] == CONTENT_TYPES[form]
        assert sha256(answer.content).hexdigest() == digests_read(edition.digests)[f"en.{form}"]


def test_nothing_of_a_withdrawn_edition_is_shown(client, edition):
    act(edition, "withdraw", CHEN, comment="an error in section two")
    assert leaks(client, edition) == []


def test_history_tells_the_value_that_was_corrected(client, edition, restated):
    later = restated()
    second = published(opened(corrects=edition, change_note="a late bill"), later)
    mine = [
        row
        for row in rows(client)
        if (row["indicator"], row["node"], row["period"]) == ("energy_use", "group", "2024")
    ]
    assert [(row["edition"], row["is_current"]) for row in mine] == [
        (edition.code, "false"),
        (second.code, "true"),
    ]
    page = client.get("/open/indicators/energy_use/?lang=en").content.decode()
    assert page.count("<del>") > 0


def test_all_files_tell_the_same_table(client, edition):
    table = pq.read_table(io.BytesIO(client.get("/open/data.parquet").content))
    found = rows(client)
    assert table.num_rows == len(found)
    assert table.column_names == list(found[0])
    package = json.loads(client.get("/open/datapackage.json").content)
    resource = package["resources"][0]
    content = client.get(f"/open/{resource['path']}").content
    assert len(content) == resource["bytes"]
    assert [field["name"] for field in resource["schema"]["fields"]] == list(found[0])
    linked = json.loads(client.get("/open/dataset.jsonld").content)
    assert {each["propertyID"] for each in linked["variableMeasured"]} == {
        row["indicator"] for row in found
    }
    for each in linked["distribution"]:
        assert client.get(each["contentUrl"].removeprefix("http://testserver")).status_code == 200


def test_the_licence_is_the_operators(client, edition, settings):
    assert "licenses" not in json.loads(client.get("/open/datapackage.json").content)
    settings.OPEN_LICENCE = "CC-BY-4.0"
    package = json.loads(client.get("/open/datapackage.json").content)
    assert package["licenses"] == [{"name": "CC-BY-4.0"}]
    assert "CC-BY-4.0" in client.get("/open/?lang=en").content.decode()


def test_what_is_not_there_is_not_found(client, edition):
    for address in ("/open/data.xlsx", "/open/indicators/nothing/", "/open/editions/X/en.html"):
        assert client.get(address).status_code == 404


def test_what_is_not_there_is_kept_by_no_cache(client, db, django_user_model):
    """The page that says so has its reader's name on it."""
    client.force_login(django_user_model.objects.create_user("li"))
    page = client.get("/open/indicators/none/")
    assert page.status_code == 404
    assert "public" not in page.headers.get("Cache-Control", "")
