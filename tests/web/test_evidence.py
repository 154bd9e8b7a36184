"""The evidence of a printed number is one file that needs nothing else."""

import json
import re
from base64 import b64decode
from hashlib import sha256

import pytest
from tests.domains.reporting.conftest import opened, operator, published, told
from typer.testing import CliRunner

from commonweal.cli.main import application
from commonweal.kernel.disclosure.evidence.gathering import evidence_gather
from commonweal.kernel.disclosure.evidence.html import evidence_html
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.proofs import proof_fault, proof_read

__all__ = ["operator", "told"]

SECRET = bytes(range(32))


@pytest.fixture
def fact(told):
    return Fact.objects.get(indicator="energy_use", node="group", period_kind="year")


def page(fact, language="en"):
    found = evidence_gather(fact.pk, language=language, secret=SECRET)
    return evidence_html(found, language=language)


def test_it_holds_formula_facts_factors_rows_files_and_who_decided(fact):
    edition = published(opened())
    found = evidence_gather(fact.pk, language="en", secret=SECRET)
    assert found.entries[0].fact_id == fact.pk
    assert {each.indicator for each in found.entries[1:]} == {"energy_electricity_tce"}
    electricity = Fact.objects.get(
        indicator="energy_electricity_tce", node="group", period_kind="year"
    )
    assert format(electricity.value.normalize(), "f") in found.numbers
    assert found.samples
    assert all(len(row[-1]) == 64 for table in found.samples for row in table.rows)
    assert {file.dataset for file in found.files} == {"electricity_bills"}
    done = {(deed.record.split()[0], deed.action, deed.actor) for deed in found.deeds}
    assert (edition.code, "publish", "test:chen") in done
    assert (edition.code, "sign", "test:wang") in done


def test_it_asks_for_nothing_and_runs_one_script_that_it_names_by_hash(fact):
    html = page(fact)
    assert re.findall(r'(?:src|href)="(?!#)', html) == []
    assert "http://" not in html
    assert "https://" not in html
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)[1]
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    digest = re.search(r"sha256-([^&']+)", policy.replace("&#x27;", "'"))[1]
    assert b64decode(digest) == sha256(script.encode()).digest()
    assert policy.startswith("default-src")


def test_its_proof_holds_and_is_that_of_the_value_shown(fact):
    html = page(fact)
    told = json.loads(re.search(r'id="document">(.*?)</script>', html, re.DOTALL)[1])
    assert proof_fault(proof_read(json.dumps(told["proof"]))) == ""
    shown = re.search(r'data-value="([^"]+)"', html)[1]
    assert json.loads(told["proof"]["leaf"])["value"] == shown == str(fact.value)


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_it_speaks_each_language_and_is_the_same_every_time(fact, language):
    html = page(fact, language)
    assert f'<html lang="{language}">' in html
    method = re.search(r'<p class="meta">(.*?)</p>', html)[1].rpartition(" · ")[2]
    assert (method == "calculated") == (language == "en")
    assert html == page(fact, language)


def test_the_command_writes_it_and_refuses_an_unknown_language(fact, tmp_path):
    out = tmp_path / "evidence.html"
    run = CliRunner().invoke(application(), ["facts", "evidence", str(fact.pk), "--out", str(out)])
    assert run.exit_code == 0
    assert "Energy use" in out.read_text("utf-8")
    wrong = ["facts", "evidence", str(fact.pk), "--out", str(out), "--language", "fr"]
    run = CliRunner().invoke(application(), wrong)
    assert run.exit_code == 3
    assert "no language 'fr'" in run.output
