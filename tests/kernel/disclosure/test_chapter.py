"""The operator's chapter: every reported figure has its place, and nothing is said without one."""

import csv
import re
from decimal import Decimal

import pytest
from tests.web.small_operator import BOUNDARY, FIRST, RESTATED, facts_make

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.definitions import report_definition, section_spans
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.mentions import Mention
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.tree import Bullets, Figure, Paragraph, Table, Text
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.periods import period

# Where each part of the reference's structure stands in ours.
PLACES = {
    "0 highlights": "highlights",
    "1.1 rural revitalisation": "rural",
    "1.2 regional coordination": "regions",
    "2.1 climate": "climate",
    "2.2 co-build co-share": "sharing",
    "2.3 network energy efficiency": "network-energy",
    "2.4 resource efficiency": "resources",
    "2.4 resource efficiency/green office": "resources",
    "3 belt and road": "belt-and-road",
    "4 cooperation": "partners",
    "4.3 supply chain": "supply-chain",
    "4.4 industry-finance": "supply-chain",
    "5.1 public welfare": "welfare",
    "5.2 elderly & disability": "care",
    "5.3 community": "community",
    "6 employees": "employees",
    "6.3 training": "employees",
    "6.5 staff care": "employees",
}


def build(language="en", **options):
    return report_build("operator_chapter", period("2024"), language=language, **options)


def spans_of(block):
    match block:
        case Paragraph():
            return list(block.spans)
        case Bullets():
            return [span for item in block.items for span in item]
        case Table():
            return [
                span for row in (block.head, *block.rows) for cell in row for span in cell.spans
            ]
    return []


def named_in(definition, section):
    spec, known = definition.spec, catalogue().indicators
    spans = section_spans(section, spec=spec, indicators=known)
    return {span.name for span in spans if isinstance(span, Mention) and span.name in known}


def test_the_chapter_has_the_fourteen_sections_of_its_structure():
    sections = [
        section.id for section in report_definition("operator_chapter").texts["en"].sections
    ]
    assert sections == list(dict.fromkeys(PLACES.values()))
    assert len(sections) == 14


@pytest.mark.shared
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reported_figure_stands_where_the_structure_asks(shared_data, language):
    with (shared_data / "carbon" / "seed_indicators.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    definition = report_definition("operator_chapter")
    named = {each.id: named_in(definition, each) for each in definition.texts[language].sections}

    assert len({row["id"] for row in rows}) == 285
    missing = [row["id"] for row in rows if row["id"] not in named[PLACES[row["chapter"]]]]
    assert missing == []


def test_every_reported_indicator_of_the_catalogue_is_in_the_chapter():
    definition = report_definition("operator_chapter")
    named = set().union(*(named_in(definition, each) for each in definition.texts["en"].sections))
    reported = {each.id for each in catalogue().indicators.values() if each.reported}

    assert len(reported) >= 285
    assert reported <= named


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_planned_is_named_as_such_and_has_no_number(operator, language):
    report, indicators = build(language), catalogue().indicators
    shown = {"planned": set(), "printed": set()}
    for section in report.sections:
        for block in section.blocks:
            for span in spans_of(block):
                if isinstance(span, Text) and span.indicator:
                    shown["planned"].add(span.indicator)
                elif isinstance(span, Figure) and span.indicator:
                    shown["printed"].add(span.indicator)
    definition = report_definition("operator_chapter")
    named = set().union(*(named_in(definition, each) for each in definition.texts["en"].sections))
    planned = {name for name in named if indicators[name].status == "planned"}

    assert planned <= shown["planned"]
    assert not planned & shown["printed"]
    assert named <= shown["planned"] | shown["printed"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_a_hole(operator, language):
    for section in build(language).sections:
        for block in section.blocks:
            if isinstance(block, Bullets) or (isinstance(block, Paragraph) and not block.role):
                spans = spans_of(block)
                assert all(span.has_data for span in spans if isinstance(span, Figure))
                assert not any(span.indicator for span in spans if isinstance(span, Text))
                assert spans


def test_what_else_a_sentence_without_data_knew_is_told_by_name(operator):
    bullets = next(block for block in build().sections[0].blocks if isinstance(block, Bullets))
    told = ["".join(span.text for span in item) for item in bullets.items]
    # Nobody has claimed green power here, so that sentence cannot be said as a whole.
    assert any(
        re.match(r"Energy use, equivalent basis: .*tce; Electricity use: .*kWh\.", each)
        for each in told
    )


@pytest.mark.shared
@pytest.mark.parametrize("language", LANGUAGES)
def test_with_the_figures_of_the_reference_every_sentence_is_said(operator, shared_data, language):
    with (shared_data / "carbon" / "seed_indicators.csv").open(encoding="utf-8") as file:
        values = {row["id"]: Decimal(row["value_base"]) for row in csv.DictReader(file)}
    known = catalogue().indicators
    rows = [
        FactRow(
            indicator=name, node="GROUP", boundary=BOUNDARY, period=period("2024"), value=value,
            unit=known[name].unit, decimals=known[name].decimals, method="calculated",
            estimated_share=None, lineage={},
        )
        for name, value in values.items()
    ]  # fmt: skip
    declared = FactBatch(engine="t", version="1", parameters={}, inputs={}, rows=rows, reason="t")
    facts_record(declared, actor="test", now=RESTATED)

    report = build(language)
    spans = [span for section in report.sections for b in section.blocks for span in spans_of(b)]
    printed = {span.indicator: span for span in spans if isinstance(span, Figure) and span.has_data}
    assert values.keys() <= printed.keys()
    lacking = {span.indicator for span in spans if isinstance(span, Text)} & values.keys()
    assert lacking == set()
    # Numbers are read again as the text has them, magnitude and all.
    for name in ("village_platform_users", "volunteers_registered", "public_messages"):
        assert number_read(printed[name].text) == pytest.approx(float(values[name]), rel=1e-3)


def number_read(text):
    scales = {"萬": 1e4, "万": 1e4, "億": 1e8, "亿": 1e8, "million": 1e6, "billion": 1e9}
    number = float(re.search(r"[\d,.]+", text)[0].replace(",", ""))
    return number * next((scale for word, scale in scales.items() if word in text), 1)


def test_an_edition_is_printed_again_byte_for_byte(operator):
    before = {language: report_html(build(language)) for language in LANGUAGES}
    facts_make(scale=Decimal("1.07"), now=RESTATED, reason="late bills")

    assert {lang: report_html(build(lang, as_of=FIRST)) for lang in LANGUAGES} == before
    assert report_html(build()) != before["en"]


def test_the_texts_share_no_sentence_with_one_another_in_chinese_script():
    texts = report_definition("operator_chapter")
    hans = "".join(path.read_text("utf-8") for path in texts.files if ".zh-hans." in path.name)
    assert not re.search("[們個這裡數據與業務應於]", hans)


@pytest.mark.shared
def test_no_sentence_of_the_reference_was_copied(shared_data):
    reference = shared_data.parent / "reference" / "operator_report_2024_extract.txt"
    if not reference.exists():
        pytest.skip("the reference text is not here")
    theirs = re.sub(r"[\s\d,.]", "", reference.read_text("utf-8"))
    copied = [
        part
        for path in report_definition("operator_chapter").files
        if path.name.endswith("zh-hant.md") and path.parent.name == "operator_chapter"
        for part in re.split(r"\[\[.*?\]\]|[，。；、：\s]", path.read_text("utf-8"))
        if len(part) > 14 and part in theirs
    ]
    assert copied == []
