"""The workbench and the commands: one's own part of the organisation, read and nothing else."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from typer.testing import CliRunner

from commonweal.cli.assurance import app
from commonweal.domains.carbon.assurance.pages import workbench
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import programme_get, record_types
from commonweal.kernel.records.models import Event
from tests.domains.carbon.assurance.conftest import GAO, NOW, YEAR, act, scope


def asked(who=GAO, **values):
    return Asked(scope=who, period=YEAR, now=NOW, values=values)


def test_a_verifier_sees_an_item_down_to_its_rows_and_changes_nothing(engagement):
    item = engagement.items.order_by("code").first()
    n_events = Event.objects.count()
    page = workbench(asked(of=engagement.code, item=item.code))
    detail = page["detail"]
    assert page["chosen"] == engagement
    assert len(page["items"]) == page["n_left"] == engagement.n_items
    assert detail["fault"] == ""
    assert float(detail["amount"]) == pytest.approx(float(item.stated), abs=1e-5)
    assert sum(row["contribution"] for row in detail["lines"]) == pytest.approx(
        float(item.stated), abs=1e-3
    )
    assert f"item={item.code}" in page["new_finding"]  # what is known need not be typed again
    files = {row["file"] for table in detail["rows"] for row in table["rows"]}
    assert files
    assert all(len(row["sha256"]) == 64 for table in detail["rows"] for row in table["rows"])
    assert Event.objects.count() == n_events


@pytest.mark.parametrize(
    ("language", "word", "unit"), [("en", "Recalculation", "tCO₂e"), ("zh-hant", "所用因子", "噸")]
)
def test_the_page_shows_it_in_the_reader_s_language(engagement, client, language, word, unit):
    reader = get_user_model().objects.create_superuser("gao")
    client.force_login(reader)
    item = engagement.items.order_by("code").first()
    address = reverse("programme_page", args=["assurance", "workbench"])
    answer = client.get(
        address,
        {"of": engagement.code, "item": item.code},
        headers={"accept-language": language},
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert word in text
    assert item.code in text
    assert unit in text


def test_a_verifier_of_another_part_sees_no_engagement(engagement):
    elsewhere = frozenset({Node.objects.get(code="XZ").pk})
    assert workbench(asked(scope("he", elsewhere), of=engagement.code)) == {"engagements": []}
    everyone = frozenset({Node.objects.get(code="group").pk})
    assert workbench(asked(scope("he", everyone)))["chosen"] == engagement


def test_a_verifier_opens_and_edits_nothing_but_assurance():
    others = [kind for kind in record_types().values() if kind.programme.id != "assurance"]
    assert others
    assert [kind.id for kind in others if kind.spec.opened_by == "verifier"] == []
    assert {page.role for page in programme_get("assurance").spec.pages} == {"verifier"}


def run(*words, code=0):
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == code, done.output
    return done.output


def test_the_commands_show_recompute_pack_and_check(engagement, tmp_path):
    told = json.loads(run("sample", engagement.code, "--json"))
    assert told["n_items"] == len(told["items"]) == engagement.n_items
    rows = json.loads(run("recompute", engagement.code, "--record", "--json"))
    assert rows["differing"] == []
    assert {item.state for item in engagement.items.all()} == {"recomputed"}
    pack = tmp_path / "pack.zip"
    packed = json.loads(run("pack", engagement.code, "--out", str(pack), "--json"))
    assert packed["key"] == run("key").strip()
    assert "the pack holds\n" in run("check", str(pack), "--key", packed["key"])
    wrong = bytearray(pack.read_bytes())
    wrong[len(wrong) // 3] ^= 4
    pack.write_bytes(bytes(wrong))
    assert "SHA-256" in run("check", str(pack), code=5) or "archive" in run(
        "check", str(pack), code=5
    )
    assert "no engagement 'ENG-1'" in run("sample", "ENG-1", code=3)


def test_an_item_that_differs_ends_the_command_with_a_hint(engagement):
    item = engagement.items.first()
    type(item).objects.filter(pk=item.pk).update(stated=item.stated + 9)
    assert "1 of" in run("recompute", engagement.code, code=5)
    assert act(item, "recompute").difference > 8
