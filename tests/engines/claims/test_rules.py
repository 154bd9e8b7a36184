"""Rules of the linter: each passes its good lines, finds its bad ones; and a real chapter."""

from time import process_time

import pytest

from commonweal.catalogue.claim_rules import (
    chapter_lint,
    chapter_read,
    claim_rules,
    finding_said,
)

LINES = [
    (rule, kind, line)
    for rule, spec in claim_rules().items()
    for kind in ("good", "bad")
    for line in getattr(spec, kind)
]


@pytest.mark.parametrize(("rule", "kind", "line"), LINES)
def test_a_rule_finds_its_bad_lines_and_no_good_one(rule, kind, line):
    found = [each for each in chapter_lint(chapter_read(line)) if each.rule == rule]
    assert bool(found) == (kind == "bad")
    for each in found:
        assert each.severity == claim_rules()[rule].severity
        for language in ("zh-hant", "zh-hans", "en"):
            assert "{" not in finding_said(each, language)


def test_every_finding_has_a_rule_that_explains_it():
    emitted = {each.rule for _, _, line in LINES for each in chapter_lint(chapter_read(line))}
    assert emitted == {rule for rule, spec in claim_rules().items() if spec.needs == "text"}


@pytest.mark.shared
def test_a_real_chapter_has_one_error_and_its_known_warnings(shared_data):
    text = (shared_data.parent / "reference" / "operator_report_2024_extract.txt").read_text(
        "utf-8"
    )
    began = process_time()
    found = chapter_lint(chapter_read(text))
    assert process_time() - began < 1
    assert [each.rule for each in found if each.severity == "error"] == ["part_above_whole"]
    warnings = {each.rule for each in found if each.severity == "warning"}
    assert warnings == {
        "same_number",
        "target_without_progress",
        "constraint_without_data",
        "factor_not_stated",
        "duplicate_value",
        "hedge_conflict",
        "missing_word",
        "duplicate_paragraph",
        "period_unclear",
        "ambiguous_unit",
        "rate_ambiguous",
        "not_climate",
    }


@pytest.mark.parametrize(
    "bait",
    [
        "12 GWh, ",
        "共5個，其中1個、2個、",
        "由10%增至20%，提升",
        "到2030年單位能耗下降15%，",
        "By 2030 we will cut a b by 5%, ",
        "員工8,000人",
        "Total\t5 GWh\n",
        "51.3% of a, ",
    ],
)
def test_a_text_that_is_one_sentence_costs_no_more_than_its_length(bait):
    began = process_time()
    chapter_lint(chapter_read(bait * (30_000 // len(bait))))
    assert process_time() - began < 5
