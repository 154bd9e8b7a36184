"""Webhooks by the API: subscribed, shown once, one's own."""

from tests.api.conftest import V1

from commonweal.kernel.jobs.models import Schedule

BODY = {"url": "https://hook.example/in", "events": ["donations.donation.*"]}


def test_a_webhook_is_made_listed_and_ended(programs):
    manager = programs["manager"]
    made = manager.post("/webhooks", BODY)
    assert made.status_code == 201, made.content
    assert made.json()["secret"].startswith("whsec_")
    place = made["Location"].removeprefix(V1)
    assert manager.get(place).json()["url"] == BODY["url"]
    assert "secret" not in manager.get("/webhooks").json()[0]
    assert manager.get(f"{place}/deliveries").json() == {"items": [], "next": None}
    assert Schedule.objects.get(name="webhooks").kind == "webhook"
    assert programs["owner"].get(place).status_code == 404
    assert programs["owner"].send("DELETE", place).status_code == 404
    assert manager.send("DELETE", place).status_code == 204
    assert manager.get("/webhooks").json() == []


def test_a_secret_is_not_told_again(programs):
    key = {"Idempotency-Key": "k"}
    first, again = (programs["manager"].post("/webhooks", BODY, **key) for _ in range(2))
    assert again.json() == {**first.json(), "secret": ""}


def test_a_wrong_webhook_is_refused(programs):
    for wrong in ({"url": "http://hook.example/"}, {"events": ["accounts.token.*"]}):
        answer = programs["manager"].post("/webhooks", BODY | wrong)
        assert answer.status_code == 422
