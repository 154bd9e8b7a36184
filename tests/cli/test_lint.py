"""``commonweal lint``: what it finds, how it tells it, and how it ends."""

import json
import re

import pytest
from typer.testing import CliRunner

from commonweal.catalogue.claim_rules import claim_rules
from commonweal.cli.main import application

TEXT = "# Report\n\nEmissions fell from 120 tonnes to 150 tonnes.\n\n約15萬餘人次 <b>通過</b>。\n"


@pytest.fixture
def lint(tmp_path):
    """Lint a text with options."""
    path = tmp_path / "report.md"
    path.write_text(TEXT, encoding="utf-8")

    def _lint(*options):
        return CliRunner().invoke(application(), ["lint", str(path), *options])

    return _lint


def test_findings_are_told_with_place_quote_and_suggestion(lint):
    done = lint()
    assert done.exit_code == 1
    first, quote, suggestion, *_ = done.output.splitlines()
    assert "report.md:3:21: error: " in first
    assert "[direction]" in first
    assert quote.strip() == "120 tonnes to 150 tonnes"
    assert suggestion.startswith("    → ")
    assert done.output.splitlines()[-1].endswith("3 claims; 1 error, 1 warning, 0 info")


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ((), ["direction", "hedge_conflict"]),
        (("--severity", "error"), ["direction"]),
        (("--rules", "hedge_conflict"), ["hedge_conflict"]),
        (("--rules", "sums"), []),
    ],
)
def test_the_status_says_whether_anything_is_listed(lint, options, rules):
    done = lint("--json", *options)
    told = json.loads(done.output)
    assert told["schema"] == "commonweal-lint/1"
    assert [finding["rule"] for finding in told["files"][0]["findings"]] == rules
    assert done.exit_code == bool(rules)


def test_sarif_has_places_and_the_rules_in_three_languages(lint):
    done = lint("--format", "sarif", "--language", "zh-hant")
    run = json.loads(done.output)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(claim_rules())
    assert all(set(rule["properties"]["names"]) == {"zh-hant", "zh-hans", "en"} for rule in rules)
    first = run["results"][0]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "direction"
    region = first["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (3, 21)
    assert region["snippet"]["text"] == "120 tonnes to 150 tonnes"


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_sarif_keeps_the_rules_of_its_schema(lint, language):
    told = json.loads(lint("--format", "sarif", "--language", language).output)
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    assert re.fullmatch(r"[a-zA-Z]{2}(-[a-zA-Z]{2})?", run["language"])
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= {"error", "warning", "note"}
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    assert run["results"]
    for result in run["results"]:
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        places = [*result["locations"], *result.get("relatedLocations", ())]
        for physical in (place["physicalLocation"] for place in places):
            artifact, region = physical["artifactLocation"], physical["region"]
            assert run["artifacts"][artifact["index"]]["location"]["uri"] == artifact["uri"]
            assert re.fullmatch(r"[!-~]+", artifact["uri"])
            first = (region["startLine"], region["startColumn"])
            assert (1, 1) <= first < (region["endLine"], region["endColumn"])
        ids = [place["id"] for place in result.get("relatedLocations", ())]
        assert len(ids) == len(set(ids))


def test_a_page_has_the_text_with_marks_that_lead_to_the_findings(lint, tmp_path):
    out = tmp_path / "findings.html"
    assert lint("--format", "html", "--out", str(out), "--language", "zh-hans").exit_code == 1
    page = out.read_text("utf-8")
    assert '<mark class="error"><span id="m1"></span>120 tonnes to 150 tonnes<a' in page
    assert 'href="#m1"' in page
    assert "&lt;b&gt;通過" in page
    assert "src=" not in page
    assert "<script" not in page


def test_every_claim_can_be_listed(lint):
    claims = json.loads(lint("--claims", "--json").output)["files"][0]["claims"]
    assert [(claim["comparator"], claim["value"], claim["unit"]) for claim in claims] == [
        ("=", 120_000, "kgCO2"),
        ("=", 150_000, "kgCO2"),
        (">", 150_000, "person_visit"),
    ]


def test_an_unknown_rule_is_refused(lint):
    done = lint("--rules", "nonsense")
    assert done.exit_code == 3
    assert "no rule is called 'nonsense'" in done.output


def test_rules_are_listed_with_their_lines():
    done = CliRunner().invoke(application(), ["lint", "--rules-list"])
    assert done.exit_code == 0
    for rule_id, rule in claim_rules().items():
        assert f"{rule_id} ({rule.severity}): {rule.name['en']}" in done.output
