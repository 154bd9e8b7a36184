"""Reading: pages, filters, validators, and what each route tells."""

import pytest
from django.test import Client
from tests.api.conftest import V1
from tests.web.small_operator import RESTATED, facts_make

from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.proofs import proof_fault, proof_read


def pages(program, path, limit):
    """Everything a list has, page by page."""
    found, after = [], ""
    while True:
        page = program.get(f"{path}{'&' if '?' in path else '?'}limit={limit}&after={after}").json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        after = page["next"]


def test_a_token_tells_who_it_is(programs):
    me = programs["owner"].get("/me").json()
    assert me["account"] == "owner"
    assert me["roles"] == [
        {"role": "viewer", "nodes": ["north"]},
        {"role": "data_owner", "nodes": ["north"]},
    ]


def test_a_value_keeps_all_its_digits(operator, reader):
    path = "/facts?indicator=electricity_use&node=GD&period=2024"
    (fact,) = reader.get(path).json()["items"]
    assert fact["value"] == "13200000.000000000"
    assert (fact["unit"], fact["period"], fact["method"]) == ("kWh", "2024", "calculated")


def test_pages_follow_one_another_without_gaps(operator, reader):
    found = pages(reader, "/facts?indicator=electricity_use", 7)
    assert [each["id"] for each in found] == list(
        Fact.objects.filter(indicator="electricity_use").order_by("pk").values_list("pk", flat=True)
    )


def test_facts_are_told_as_they_were_known(operator, reader):
    facts_make(scale=2, now=RESTATED, reason="a better meter")
    path = "/facts?indicator=electricity_use&node=GROUP&period=2023"
    (now,) = reader.get(path).json()["items"]
    (then,) = reader.get(f"{path}&as_of=2025-01-31T00:00:00Z").json()["items"]
    assert float(now["value"]) == 2 * float(then["value"])
    assert now["supersedes"] == then["id"]
    history = reader.get(f"/facts/{now['id']}/history").json()
    assert [each["id"] for each in history] == [then["id"], now["id"]]


def test_a_proof_holds_without_the_server(operator, reader):
    fact = Fact.objects.first()
    assert proof_fault(proof_read(reader.get(f"/facts/{fact.pk}/proof").content.decode())) == ""


def test_lineage_names_engine_and_inputs(operator, reader):
    fact = Fact.objects.filter(indicator="energy_use").first()
    told = reader.get(f"/facts/{fact.pk}/lineage").json()
    assert told["engine"] == "test.energy"
    assert told["lineage"]["formula"] == "electricity + heat + fuel"
    assert told["inputs"] == {"electricity_bills": ["0" * 64]}


def test_what_has_not_changed_is_not_sent_again(operator, reader):
    first = reader.get("/facts?limit=3")
    again = reader.get("/facts?limit=3", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_organisation_comes_by_code_with_parents(operator, reader):
    found = {each["code"]: each for each in pages(reader, "/nodes", 2)}
    assert found["GD-U1"]["parent"] == "GD"
    assert found["GROUP"]["parent"] is None
    assert found["GROUP"]["name"]["zh-hant"] == "示範運營商"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/indicators?domain=carbon", "id"),
        ("/datasets", "id"),
        ("/programmes", "id"),
        ("/record-types", "id"),
        ("/reports", "id"),
    ],
)
def test_definitions_are_told(reader, path, key):
    found = reader.get(path).json()
    items = found["items"] if isinstance(found, dict) else found
    assert len({each[key] for each in items}) == len(items) > 1


def test_one_of_each_definition_is_told(reader):
    assert reader.get("/indicators/energy_use").json()["inputs"][0]["name"] == "electricity"
    assert "amount_cny" in {
        each["id"] for each in reader.get("/record-types/donations.donation").json()["fields"]
    }
    columns = reader.get("/datasets/electricity_bills").json()["columns"]
    assert {"meter", "site"} & {each["references"] for each in columns}


def test_a_report_comes_as_a_file(operator, reader):
    answer = reader.get("/reports/energy_carbon/json?period=2024&language=en")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/facts/1",
        "/facts/1/proof",
        "/indicators/none",
        "/datasets/none",
        "/record-types/none",
        "/sources/1",
        "/sources/1/rejects",
        "/records/donations/none",
        "/reports/none/html",
        "/nothing",
        "",
    ],
)
def test_what_is_not_there_is_a_problem(reader, path):
    answer = reader.get(path)
    assert answer.status_code in {403, 404}
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/facts?limit=0", "limit"),
        ("/facts?limit=1001", "limit"),
        ("/facts?period=yesterday", "'yesterday' is not a period"),
        ("/facts?after=x", "'x' is no place in a list"),
        ("/facts?as_of=2025-01-01T00:00:00", "as_of"),
        ("/facts?indicator=%00", "indicator"),
        ("/sites?node=nowhere", "no organisation node 'nowhere'"),
        ("/findings?month=2024-13", "month"),
        ("/records/donations/donation?colour=red", "has no filter 'colour'"),
        ("/records/donations/donation?state=gone", "has no state 'gone'"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(reader, path, sentence):
    answer = reader.get(path)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_problems_are_told_in_the_language_asked_for(reader):
    answer = reader.get("/facts/999", **{"Accept-Language": "zh-Hant"})
    assert answer["Content-Language"] == "zh-hant"


def test_head_is_get_without_content(operator, reader):
    head = reader.client.head(f"{V1}/facts")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head["Content-Length"]) == len(reader.get("/facts").content)


def test_options_tell_the_methods(reader):
    answer = Client().options(f"{V1}/records/donations/donation")
    assert answer.status_code == 204
    assert answer["Allow"] == "GET, HEAD, OPTIONS, POST"
    wrong = reader.send("DELETE", "/facts")
    assert (wrong.status_code, wrong["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert wrong.json()["type"] == "urn:commonweal:problem:method"


def test_so_many_periods_at_once_and_no_more(reader):
    periods = "&".join(f"period={1900 + n // 12}-{n % 12 + 1:02}" for n in range(201))
    answer = reader.get(f"/facts?{periods}")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "201 periods at once, at most 200"
    assert reader.get(f"/facts?{'&'.join(['period=2024'] * 201)}").status_code == 200
