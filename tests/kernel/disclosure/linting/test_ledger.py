"""Texts held against the ledger: our own report altered, and claims of anybody's text."""

import re

import pytest

from commonweal.catalogue import catalogue
from commonweal.catalogue.claim_rules import synonyms
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.known import node_get
from commonweal.kernel.disclosure.linting.checking import document_check
from commonweal.kernel.disclosure.linting.document import Document, document_of
from commonweal.kernel.disclosure.linting.facts import against_facts
from commonweal.kernel.disclosure.linting.html_text import html_pieces
from commonweal.kernel.disclosure.linting.own import against_own, own_report
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.facts.models import Fact
from commonweal.periods import period

YEAR = period("2024")


def rendered(language):
    """The report, and the text of it as it is published."""
    report = report_build("energy_carbon", YEAR, language=language, has_appendix=False)
    return report, document_of("a", "html", html_pieces(report_html(report), "a")).text


def found(text, rule, *rules):
    """The errors in a text."""
    checked = document_check(Document("a", "text", text), rules=rules, others=[rule])
    return [finding for finding in checked.findings if finding.severity == "error"]


def test_our_own_report_has_nothing_wrong_in_any_language(operator):
    for language in ("zh-hant", "zh-hans", "en"):
        report, text = rendered(language)
        assert found(text, against_own(report, against_facts(YEAR))) == []
    assert own_report("energy_carbon", YEAR, node="", text=text).language == "en"


def test_whatever_is_altered_in_our_report_is_found_where_it_stands(operator):
    report, text = rendered("zh-hant")
    rule = against_own(report, lambda _: [])
    figure = re.search(r"(\d[\d,.]*) (萬[^\s，。；]{1,6})", text)
    share = re.search(r"(下降|上升|減少|增加|提升)\s?(\d[\d.]*)%", text)
    assert figure is not None
    assert share is not None
    swapped = {"下降": "上升", "減少": "增加"}
    for at, old, new in (
        (figure.start(1), figure[1][0], str((int(figure[1][0]) + 1) % 10)),
        (figure.start(2), "萬", "億"),
        (share.start(1), share[1], swapped.get(share[1], "下降")),
        (share.end() - 1, "%", "個百分點"),
    ):
        altered = text[:at] + new + text[at + len(old) :]
        hits = found(altered, rule, "figure_altered")
        assert len(hits) == 1, altered[at - 9 : at + 9]
        assert hits[0].start <= at <= hits[0].end


def test_other_words_may_differ(operator):
    report, text = rendered("en")
    rule = against_own(report, lambda _: [])
    assert found(text.replace("the", "this"), rule, "figure_altered") == []


def test_a_claim_that_names_an_indicator_is_held_against_its_fact(operator):
    fact = Fact.objects.get(
        node=node_get().code,
        indicator="electricity_use",
        start_date=YEAR.start_date,
        end_date=YEAR.end_date,
    )
    name = catalogue().indicators["electricity_use"].name["en"].lower()
    rule = against_facts(YEAR)
    right = f"In 2024 {name} was {fact.value:.0f} {fact.unit}."
    wrong = f"In 2024 {name} was {fact.value * 2:.0f} {fact.unit}."
    assert found(right, rule, "claim_against_fact") == []
    assert [each.said["fact"] for each in found(wrong, rule)] == [str(fact.pk)]
    unbound = document_check(Document("a", "text", "We planted 300 trees."), others=[rule])
    assert [finding.rule for finding in unbound.findings] == ["unbound_claim"]


@pytest.mark.parametrize(
    ("sentence", "is_wrong"),
    [
        ("2024年總耗電量為{value}千瓦時。", False),
        ("2024年总用电量为{double}千瓦时。", True),
        ("Total electricity consumption amounted to {value} kWh in 2024.", False),
        ("In 2024, electricity usage reached {double} kWh.", True),
        ("2024年節約用電量{double}千瓦時。", False),
        ("The electricity use of base stations was {double} kWh in 2024.", False),
    ],
)
def test_a_name_in_other_words_binds_but_not_what_is_saved_or_of_a_part(
    operator, sentence, is_wrong
):
    fact = Fact.objects.get(
        node=node_get().code,
        indicator="electricity_use",
        start_date=YEAR.start_date,
        end_date=YEAR.end_date,
    )
    text = sentence.format(value=f"{fact.value:,.0f}", double=f"{fact.value * 2:,.0f}")
    assert bool(found(text, against_facts(YEAR), "claim_against_fact")) == is_wrong


def test_synonyms_are_of_indicators_that_there_are():
    assert set(synonyms()) <= set(catalogue().indicators)
