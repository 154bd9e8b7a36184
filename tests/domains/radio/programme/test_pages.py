"""Pages show what was planned, acted on and verified, in three languages, and say what lacks."""

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commonweal.domains.radio.energy_saving.demo_network import PLAN_DATE
from commonweal.domains.radio.energy_saving.models import Hold, Plan, Verification
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.energy_saving.replaying import plan_replay, replay_read
from commonweal.domains.radio.energy_saving.site_day import site_day
from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.org.models import Node
from commonweal.periods import business_midnight

PAGES = ("network", "site", "review", "savings", "league")
MOST_QUERIES = 45


def address(page, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"/programmes/energy_saving/pages/{page}/?{query}"


def text(response):
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def chart(response, name):
    found = re.search(
        rf'<script id="chart-{name}" type="application/json">(.*?)</script>',
        response.content.decode(),
    )
    return json.loads(found.group(1))


@pytest.mark.parametrize("page", ["network", "site", "review"])
def test_without_a_plan_pages_say_how_to_make_one(reviewer, home, page):
    assert "commonweal radio plan" in text(reviewer.get(address(page)))


def test_a_week_is_planned_acted_on_verified_and_shown(lived, reviewer):
    first = Plan.objects.get(state="ended")
    records = list(Verification.objects.order_by("node__code"))
    assert [(each.node.code, each.state) for each in records] == [
        ("GD", "verified"),
        ("ZJ", "verified"),
    ]
    assert first.outcome_kwh == sum(each.saved_kwh for each in records)
    for proved in records:
        assert first.counterfactual_sha256 == proved.counterfactual_sha256
        assert 0 < proved.low_kwh <= proved.saved_kwh <= proved.high_kwh < first.all_on_kwh
    assert Hold.objects.filter(kind="guard").exists(), "a guard trips, and somebody is held awake"
    for page in PAGES:
        with CaptureQueriesContext(connection) as queries:
            text(reviewer.get(address(page)))
        assert len(queries) <= MOST_QUERIES, page
    _network(reviewer, first)
    _site(reviewer, first)
    _review(reviewer)
    _savings(reviewer, records)
    _in_part()
    _languages(reviewer)


def _in_part():
    """Somebody of one province sees its sites in the plan of the whole, and no others."""
    user = get_user_model().objects.create_user("fang")
    node = Node.objects.get(code="ZJ")
    Grant.objects.create(user=user, role="viewer", node=node, valid_from="2020-01-01")
    client = Client()
    client.force_login(user)
    shown = client.get(address("site")).content.decode()
    assert "S-ZJ-000001" in shown
    assert "S-GD-" not in shown
    assert client.get(address("site", site="S-GD-000001")).status_code == 404
    assert "S-ZJ" not in client.get(address("review")).content.decode()


def _network(reviewer, plan):
    response = reviewer.get(address("network"))
    assert plan.code in text(response)
    shown = chart(response, "saving-map")
    assert sorted(shown["categories"]) == ["GD", "ZJ"]
    assert all(0 < value < 100 for value in shown["series"][0]["values"])


def _site(reviewer, plan):
    stored = plan_read(plan.folder)
    response = reviewer.get(address("site", site="S-ZJ-000001", day="2024-12-12"))
    layers = chart(response, "layers")
    day = site_day(stored, "S-ZJ-000001", stored.dates[2])
    assert [row["values"] for row in layers["series"]] == day.mode.tolist()
    assert len(layers["categories"]) == 25
    planned, all_on = (row["values"] for row in chart(response, "power")["series"][:2])
    assert sum(planned) <= sum(all_on)
    cell = day.cells[0]["cell_id"]
    why = text(reviewer.get(address("site", site="S-ZJ-000001", cell=cell, at="03:15")))
    assert f"{cell} is awake at 2024-12-10 03:15. It is a coverage cell" in why
    for wrong in ({"site": "S-ZJ-999999"}, {"day": "2024-12-01"}, {"at": "3 o'clock"}):
        refused = reviewer.get(address("site", **{"site": "S-ZJ-000001"} | wrong))
        assert refused.status_code in {404, 422}


def _review(reviewer):
    waiting = Plan.objects.get(state="proposed")
    response = reviewer.get(address("review"))
    assert waiting.code in text(response)
    assert f"/{waiting.pk}/act/approve/" in response.content.decode()
    saving, uncarried = (row["values"] for row in chart(response, "safety")["series"])
    assert saving == sorted(saving, reverse=True)
    assert uncarried == sorted(uncarried, reverse=True)


def _savings(reviewer, records):
    response = reviewer.get(address("savings", period="2024"))
    shown = chart(response, "savings")
    assert shown["series"][0]["values"] == [float(each.saved_kwh / 1000) for each in records]
    for low, high in zip(shown["low"], shown["high"], strict=True):
        assert low < high
    for each in records:
        assert each.lost_traffic_error > 0
        assert f"{each.lost_traffic_error * 100:.3f}" in text(response)
    assert "as quoted in public (assumed: we have not seen its text)" in text(response)
    assert chart(response, "replay")["categories"][-1] == "perfect foresight"
    assert "Nothing was verified" in text(reviewer.get(address("savings", period="2023")))


def _languages(reviewer):
    for language, said in (("zh-hant", "為何如此"), ("zh-hans", "为何如此")):
        reviewer.post("/language/", {"language": language})
        for page in PAGES:
            shown = text(reviewer.get(address(page)))
            assert said in shown or page != "site"
            assert "Saving" not in shown, "left in English"


def test_a_replay_tells_what_each_quantile_would_have_given(lived):
    stored = plan_read(Plan.objects.get(state="ended").folder)
    rows = {row["name"]: row for row in replay_read(stored)["rows"]}
    assert list(rows) == ["0.5", "0.9", "0.95", "0.99", "truth"]
    for safer, bolder in (("0.9", "0.5"), ("0.95", "0.9"), ("0.99", "0.95")):
        assert rows[safer]["saving_share"] <= rows[bolder]["saving_share"]
        assert rows[safer]["unserved_share"] <= rows[bolder]["unserved_share"]
    assert rows["truth"]["saving_share"] >= rows["0.95"]["saving_share"]
    before = replay_read(stored)
    again = plan_replay(stored, now=business_midnight(PLAN_DATE.replace(day=18)))
    assert again == before, "the same days give the same replay, after a calibration too"
    with pytest.raises(StateError, match="runs until 2024-12-16"):
        plan_replay(stored, now=business_midnight(PLAN_DATE))
    with pytest.raises(InputError, match="has no site"):
        site_day(stored, "S-XX-000001", PLAN_DATE)
