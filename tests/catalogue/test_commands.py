"""Coverage counts, and the commands over the catalogue."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commonweal.catalogue import catalogue, load
from commonweal.catalogue.coverage import coverage
from commonweal.cli.catalogue import app
from commonweal.settings.config import config
from tests.catalogue.conftest import entry


def run(*words):
    return CliRunner().invoke(app, list(words))


def document(*words):
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_total_is_the_sum_of_the_domains(ours):
    *domains, total = coverage(ours)
    assert total.domain == "total"
    assert len(domains) == 19
    for count in ("n_computed", "n_planned", "n_reported_computed", "n_reported_planned"):
        assert getattr(total, count) == sum(getattr(row, count) for row in domains)
    assert total.n_computed + total.n_planned == len(ours.indicators)
    assert total.n_reported_computed + total.n_reported_planned == 285


def test_an_operators_own_indicator_is_counted_apart(overlay):
    rows = coverage(load(overlay("indicators/own.toml", entry("own"))))
    assert {row.domain: row.n_computed for row in rows}["operator"] == 1


def test_coverage_is_printed_and_told_as_json():
    told = document("coverage")
    assert told["carbon"]["n_reported_computed"] == 13
    assert told["carbon"]["n_reported_planned"] == 0
    assert "carbon" in run("coverage").stdout


def test_list_keeps_to_domain_and_status():
    found = document("list", "--domain", "carbon", "--status", "computed")["indicators"]
    assert {"energy_per_traffic", "scope1"} <= {item["id"] for item in found}
    assert {item["domain"] for item in found} == {"carbon"}
    assert "energy_per_traffic" in run("list", "--domain", "carbon").stdout


def test_show_tells_formula_inputs_and_examples():
    text = run("show", "energy_per_traffic").stdout
    for part in ("= energy / traffic", "energy: energy_use in kgce", "gri: 302-3", "→ 2.02"):
        assert part in text
    assert document("show", "energy_fuel_tce")["multipliers"]["diesel"] == "1/1000"
    assert "× coal_equivalent" in run("show", "energy_fuel_tce").stdout
    assert "from submission" in run("show", "scope1_declared").stdout


def test_factors_tell_the_row_that_answers_and_every_step():
    words = ("factors", "grid_average", "--place", "CN-XZ", "--year", "2024")
    (choice,) = document(*words, "--known-at", "2025-03-01")["choices"]
    assert choice["value"] == "0.5366"
    assert choice["steps"] == ["place CN instead of CN-XZ", "carried forward from 2022"]
    assert "fallback: place CN" in run(*words).stdout


def test_factors_list_what_was_known_on_a_day():
    words = ("factors", "grid_average", "--place", "CN-GD")
    years = [row["data_year"] for row in document(*words, "--known-at", "2025-01-01")["rows"]]
    assert years == [2021, 2022]
    assert "0.4715" in run(*words, "--year", "2021").stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("show", "energy_per_trafic"), 3, "indicator 'energy_per_trafic' is unknown"),
        (("list", "--domain", "none"), 3, "domain 'none' is unknown"),
        (("list", "--status", "done"), 3, "status 'done' is unknown"),
        (("factors", "none"), 3, "factor 'none' is unknown"),
        (("factors", "grid_average", "--place", "XX"), 3, "place 'XX' is unknown"),
        (("factors", "grid_average", "--place", "CN-HK", "--year", "2024"), 4, "has no value for"),
    ],
)
def test_a_wrong_question_gets_one_sentence(words, code, sentence):
    result = run(*words)
    assert result.exit_code == code
    assert sentence in " ".join(result.stderr.split())
    assert "hint:" in result.stderr


def test_check_compiles_the_operators_definitions_too():
    counts = document("check")
    assert counts["indicators"] == len(catalogue().indicators)
    own = config().home / "catalogue" / "indicators"
    own.mkdir(parents=True)
    file = own / "own.toml"
    try:
        file.write_text(entry("own", unit='"frobnits"'), "utf-8")
        catalogue.cache_clear()
        result = run("check")
        assert result.exit_code == 4
        assert "unit 'frobnits' is unknown" in " ".join(result.stderr.split())
        file.write_text(entry("own"), "utf-8")
        assert document("check")["indicators"] == counts["indicators"] + 1
        assert "the catalogue is sound" in run("check").stdout
    finally:
        file.unlink()
        catalogue.cache_clear()


def test_the_catalogue_needs_no_django():
    program = "import sys, commonweal.catalogue as c; c.load(); sys.exit('django' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == 0
