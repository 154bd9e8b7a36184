"""``commonweal report xbrl`` from a person's side."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from commonweal.kernel.disclosure.xbrl import validating
from tests.web.small_operator import facts_make, organisation_make

pytestmark = pytest.mark.xdist_group("arelle")


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(application(), ["report", "xbrl", *arguments])


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


def test_a_filing_is_written_and_judged(run, operator, tmp_path):
    done = run("--language", "zh-hant", "--out", str(tmp_path), "--validate", "--json")
    told = json.loads(done.stdout)

    assert done.exit_code == 0, done.stderr
    assert [file["path"].rpartition("/")[2] for file in told["files"]] == [
        "commonweal-taxonomy.zip",
        "energy_carbon.2024.zh-hant.xhtml",
        "energy_carbon.2024.zh-hant.xbri",
        "energy_carbon.2024.zh-hant.xbrl.json",
        "energy_carbon.2024.zh-hant.csv.json",
        "energy_carbon.2024.zh-hant.csv",
    ]
    assert [file["told"] for file in told["files"]] == [None, None, [], [], [], None]
    assert told["documents"][0]["facts"] > 50


def test_without_arelle_everything_is_written_and_said(run, operator, tmp_path, monkeypatch):
    monkeypatch.setattr(validating, "arelle_is_here", lambda: False)
    done = run("--language", "en", "--out", str(tmp_path))

    assert done.exit_code == 0
    assert "not validated: install commonweal[xbrl], add --validate" in done.stdout
    assert len(list(tmp_path.iterdir())) == 6

    refused = run("--language", "en", "--out", str(tmp_path), "--validate")
    assert refused.exit_code == 5
    assert "Arelle is not installed" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--language", "fr"), "no language 'fr'"),
        (("--lei", "abc"), "'abc' is no Legal Entity Identifier"),
        (("no_such_report",), "no report 'no_such_report'"),
    ],
)
def test_what_cannot_be_filed_is_refused_in_a_sentence(
    run, operator, tmp_path, arguments, sentence
):
    refused = run(*arguments, "--out", str(tmp_path))

    assert refused.exit_code == 3
    assert sentence in refused.stderr
