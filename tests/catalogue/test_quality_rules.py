"""Every rule that the computation can name has words, and no words are for a rule that is gone."""

import ast
from pathlib import Path

import pytest

import commonweal
from commonweal.catalogue import rule_words
from commonweal.catalogue.quality_rules import quality_rules_read
from commonweal.engines import metering
from commonweal.engines.metering import bills
from commonweal.errors import DefinitionError

PACKAGE = Path(commonweal.__file__).parent
SIMPLIFIED_ONLY = "这为对们数据时实点单"
ENTRY = """
[[quality_rules]]
id = "gap"
name = { zh-hant = "缺失", zh-hans = "缺失", en = "Gap" }
sentence = { zh-hant = "一", zh-hans = "一", en = "One" }
hint = { zh-hant = "二", zh-hans = "二", en = "Two" }
"""


def flags(name):
    return getattr(metering, name, None) or getattr(bills, name)


def written_rule(node):
    """Return the rule that an expression spells out, or None where it passes one on."""
    if isinstance(node, ast.JoinedStr):  # f"out_of_bounds {indicator}"
        node = node.values[0]
    return node.value.strip() if isinstance(node, ast.Constant) else None


def rules_in(tree):
    """Yield what ``rule = …``, ``of``, ``overlaps`` and ``findings(prefix, Flags)`` name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "rule":
            yield written_rule(node.value)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if (name == "of" and owner == "Findings") or name == "overlaps":
                yield written_rule(node.args[1])
            elif name == "findings" and node.args:
                prefix, kinds = node.args
                yield from (f"{prefix.value}_{kind.name}".lower() for kind in flags(kinds.id))


def rules_emitted():
    for folder in ("kernel/compute", "domains"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for rule in filter(None, rules_in(ast.parse(path.read_text("utf-8")))):
                yield rule, path.name


def test_every_rule_that_can_be_named_has_words_and_the_reverse(ours):
    emitted = dict(rules_emitted())
    assert {"electricity.py", "bills.py", "cube.py", "services.py"} <= set(emitted.values())
    assert emitted.keys() == ours.quality_rules.keys()


def test_traditional_words_hold_no_simplified_characters(ours):
    words = [
        text["zh-hant"]
        for rule in ours.quality_rules.values()
        for text in (rule.name, rule.sentence, rule.hint)
    ]
    assert len(words) > 30
    assert {sign for sign in SIMPLIFIED_ONLY if sign in "".join(words)} == set()


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("bill_unit_slip", "en", "Bill: off by a factor of a thousand"),
        ("out_of_bounds energy_use", "en", "Value out of bounds: Energy use, equivalent basis"),
        ("out_of_bounds energy_use", "zh-hans", "数值超出范围：综合能耗（当量值）"),
        ("also_below heat", "en", "Told above and below: Purchased heat"),
        ("out_of_bounds gone", "en", "Value out of bounds: gone"),
    ],
)
def test_a_finding_is_named_in_the_readers_language(ours, code, language, name):
    words = rule_words(code, language, ours)
    assert words.name == name
    assert words.sentence
    assert words.hint


@pytest.mark.parametrize("code", ["gone", "out_of_bounds", "meter_no_data energy_use"])
def test_what_the_catalogue_does_not_know_keeps_its_code(ours, code):
    assert rule_words(code, "en", ours).name == code
    assert rule_words(code, "en", ours).sentence == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY, "rule 'gap' is defined twice"),
        (ENTRY.replace("hint = {", "tip = {"), "'gap': hint: Field required"),
        (ENTRY.replace(', en = "One"', ""), "'gap': sentence: "),
        (ENTRY + 'about = "meter"', "'gap': about: "),
        ("[[rules]]\nid = 'gap'", "no entry may be called 'rules'"),
    ],
)
def test_a_faulty_file_is_refused_with_entry_and_key(tmp_path, text, message):
    path = tmp_path / "quality_rules.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DefinitionError, match=r"quality_rules\.toml") as caught:
        quality_rules_read(path)
    assert message in str(caught.value)
