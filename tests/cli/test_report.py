"""``commonweal report`` and ``commonweal serve`` from a person's side."""

import hashlib
import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import application
from tests.web.small_operator import FIRST, facts_make, organisation_make


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(application(), arguments)


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


def test_a_report_is_written_in_three_languages(run, operator, tmp_path):
    done = run("report", "build", "--out", str(tmp_path), "--json")
    files = json.loads(done.stdout)

    assert done.exit_code == 0
    assert [file["language"] for file in files] == ["zh-hant", "zh-hans", "en"]
    for file in files:
        content = Path(file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    assert Path(files[2]["path"]).name == "energy_carbon.2024.en.html"


def test_a_report_comes_in_every_form(run, operator, tmp_path):
    done = run(
        "report", "build", "--language", "zh-hans", "--format", "all", "--out", str(tmp_path)
    )

    assert done.exit_code == 0
    begins = {path.suffix: path.read_bytes()[:4] for path in tmp_path.iterdir()}
    zipped = b"PK\x03\x04"
    assert begins == {
        ".html": b"<!do",
        ".pdf": b"%PDF",
        ".xlsx": zipped,
        ".json": b'{\n "',
        ".xbri": zipped,
    }


def test_the_schema_of_a_report_as_json_is_told(run):
    told = json.loads(run("report", "schema").stdout)
    assert told["$id"] == "commonweal-report-1"
    assert "facts" in told["required"]


def test_the_same_instant_gives_the_same_file(run, operator, tmp_path):
    arguments = ("report", "build", "--language", "en", "--as-of", FIRST.isoformat(), "--json")
    first = json.loads(run(*arguments, "--out", str(tmp_path / "a")).stdout)
    second = json.loads(run(*arguments, "--out", str(tmp_path / "b")).stdout)
    assert first[0]["sha256"] == second[0]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--language", "fr"), "no language 'fr'"),
        (("--format", "docx"), "no format 'docx'"),
        (("--as-of", "yesterday"), "'yesterday' is not an instant with a zone"),
        (("--period", "soon"), "'soon' is not a period"),
        (("--node", "NOWHERE"), "no organisation node 'NOWHERE'"),
    ],
)
def test_a_wrong_wish_is_one_sentence(run, operator, tmp_path, arguments, sentence):
    done = run("report", "build", "--out", str(tmp_path), *arguments)
    assert done.exit_code == 3
    assert sentence in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_without_facts_there_is_nothing_to_report(run, tmp_path):
    done = run("report", "build", "--out", str(tmp_path))
    assert done.exit_code == 5
    assert "commonweal" in done.output


def test_the_texts_of_every_report_are_checked(run):
    done = run("report", "check", "--json")
    assert "provinces" in json.loads(done.stdout)["energy_carbon"]


def test_a_taken_port_is_said(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = run("serve", "--port", port)
    assert done.exit_code == 5
    assert f"cannot listen on 127.0.0.1:{port}" in done.output
