"""``commonweal demo``, as a person calls it."""

import json

from typer.testing import CliRunner

from commonweal.cli.main import application


def test_files_writes_them_and_says_so_in_json(tmp_path):
    words = ["demo", "files", str(tmp_path), "--sites", "60", "--hourly-meters", "0", "--json"]
    said = json.loads(CliRunner().invoke(application(), words).stdout)
    assert said["synthetic"] is True
    assert {file["name"] for file in said["files"]} < {path.name for path in tmp_path.iterdir()}
    assert not [file for file in said["files"] if file["name"].endswith(".parquet")]


def test_too_few_sites_are_bad_input(tmp_path):
    said = CliRunner().invoke(application(), ["demo", "files", str(tmp_path), "--sites", "10"])
    assert said.exit_code == 3
    assert "10 sites cannot give every province one" in said.stderr
    assert "hint:" in said.stderr
