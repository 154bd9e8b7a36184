"""What is filed is what the page prints and the register holds; Arelle agrees, offline."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree
from tests.web.small_operator import FIRST, RESTATED, facts_make

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.tree import Figure, Paragraph, Section
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.kernel.disclosure.xbrl.entities import entity_of
from commonweal.kernel.disclosure.xbrl.package import PACKAGE
from commonweal.kernel.disclosure.xbrl.services import filing_build
from commonweal.kernel.disclosure.xbrl.statements import statements_of
from commonweal.kernel.disclosure.xbrl.sums import sums
from commonweal.kernel.disclosure.xbrl.taxonomy import is_instant
from commonweal.kernel.facts.models import Fact
from commonweal.periods import period

pytestmark = pytest.mark.xdist_group("arelle")

REPORTS = ("energy_carbon", "operator_chapter")
YEAR = period("2024")
IX = "{http://www.xbrl.org/2013/inlineXBRL}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
XBRLI = "{http://www.xbrl.org/2003/instance}"


def stated(facts):
    """The most exact value of everything that Arelle read, by what it is about."""
    found = {}
    for fact in facts:
        about = {key: fact[key] for key in fact if key not in {"value", "decimals"}}
        key = json.dumps(about, sort_keys=True)
        exactness = (int(fact["decimals"]), Decimal(fact["value"]))
        found[key] = max(found.get(key, exactness), exactness)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", REPORTS)
def test_arelle_finds_nothing_in_a_report(judged, report, language):
    judgement = judged.judgements[f"{report}.2024.{language}.xhtml"]
    document = next(d for d in judged.filings[report].documents if d.language == language)

    assert judgement.told == ()
    assert len(judgement.facts) == document.n_marks + document.n_hidden >= 20


@pytest.mark.parametrize("form", ["xbri", "xbrl.json", "csv.json"])
def test_every_form_states_what_the_page_states(judged, form):
    page = judged.judgements["energy_carbon.2024.en.xhtml"]
    other = judged.judgements[f"energy_carbon.2024.en.{form}"]

    assert other.told == ()
    assert stated(other.facts) == stated(page.facts)
    assert len(stated(other.facts)) > 50


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("sum", "calc11e:inconsistentCalculationUsingRounding"),
        ("names", "utre:error-NumericFactUtrInvalid"),
        ("names", "ix11.10.1.2:contextReference"),
        ("names", "xbrldie:PrimaryItemDimensionallyInvalidError"),
    ],
)
def test_a_planted_fault_is_told(judged, fault, code):
    assert code in {each.code for each in judged.judgements[f"{fault}.xhtml"].told}


def test_every_language_files_the_same_facts(judged):
    about = [
        stated(judged.judgements[f"energy_carbon.2024.{each}.xhtml"].facts).keys()
        for each in LANGUAGES
    ]
    assert about[0] == about[1] == about[2]


def test_a_marked_number_is_the_registers(operator):
    [document] = filing_build("energy_carbon", YEAR, languages=["zh-hant"]).documents
    page = etree.fromstring(next(iter(document.files.values())))
    mark = next(each for each in page.iter(f"{IX}nonFraction") if each.text == "0.40")

    # 0.40 億千瓦時; the register holds 39,600,000 kWh, so the last place printed is right.
    assert dict(mark.attrib) | {"id": "", "contextRef": ""} == {
        "id": "", "name": "cw:electricity_use", "contextRef": "", "unitRef": "u-kWh",
        "decimals": "-6", "scale": "8", "format": "ixt:num-dot-decimal",
    }  # fmt: skip
    assert mark.tail.startswith(" 億千瓦時")


def test_changes_are_printed_but_not_filed(operator):
    [document] = filing_build("energy_carbon", YEAR, languages=["en"]).documents
    page = etree.fromstring(next(iter(document.files.values())))

    assert "rose by 10.0\u202f%" in "".join(page.itertext())
    assert "10.0" not in {mark.text for mark in page.iter(f"{IX}nonFraction")}
    assert document.n_other > 0


def test_the_same_instant_gives_the_same_bytes(operator):
    first = filing_build("energy_carbon", YEAR, languages=["en"])
    facts_make(scale=Decimal("1.1"), now=RESTATED, reason="meters were read again")
    again = filing_build("energy_carbon", YEAR, languages=["en"], as_of=FIRST)

    assert again.files == first.files
    assert filing_build("energy_carbon", YEAR, languages=["en"]).files != first.files


def test_a_filing_of_a_province_says_which(operator):
    [document] = filing_build("energy_carbon", YEAR, languages=["en"], node="GD").documents
    rows = list(
        csv.DictReader(io.StringIO(document.files["energy_carbon.GD.2024.en.csv"].decode()))
    )

    assert {row["node"] for row in rows} >= {"GD"}
    assert {row["boundary"] for row in rows} == {"control"}


def test_an_operator_is_named_by_its_identifier_where_it_has_one(operator):
    assert entity_of("5493001KJTIIGC8Y1R12").identifier == "5493001KJTIIGC8Y1R12"
    assert entity_of().identifier == "GROUP"


@pytest.mark.parametrize("lei", ["5493001KJTIIGC8Y1R13", "x", "5493001kjtiigc8y1r12"])
def test_a_wrong_identifier_is_refused(lei):
    with pytest.raises(InputError, match="is no Legal Entity Identifier"):
        entity_of(lei)


def test_a_part_that_is_not_printed_is_filed_where_a_sum_needs_it(operator):
    report = report_build("energy_carbon", YEAR, language="en", has_appendix=False)
    facts = {
        name: Fact.objects.get(indicator=name, node="GROUP", start_date=YEAR.start_date,
                               period_kind="year")
        for name in ("ghg_total_location", "scope1")
    }  # fmt: skip

    def filed(*names):
        figures = tuple(
            Figure(facts[name].printed, (facts[name].pk,), sort_key=facts[name].value)
            for name in names
        )
        section = Section("total", "Total", (Paragraph(figures),))
        found = statements_of(replace(report, sections=(section,)))
        return [statement.key.indicator for statement in found.each()]

    assert filed("ghg_total_location", "scope1") == [
        "ghg_total_location", "scope1", "scope2_location"
    ]  # fmt: skip
    assert filed("ghg_total_location") == ["ghg_total_location"]
    assert filed("scope1") == ["scope1"]


def test_every_indicator_has_a_concept_with_labels_in_three_languages(judged):
    archive = zipfile.ZipFile(judged.folder / PACKAGE)
    schema, labels, anchors = (
        archive.read(f"commonweal-taxonomy/{name}")
        for name in ("commonweal.xsd", "labels.xml", "anchors.csv")
    )
    concepts = {each.get("name"): each for each in etree.fromstring(schema).iter(f"{XSD}element")}
    texts = {label.text for label in etree.fromstring(labels).iter() if label.text}

    for each in catalogue().indicators.values():
        kind = "instant" if is_instant(each) else "duration"
        assert concepts[each.id].get(f"{XBRLI}periodType") == kind
        assert set(each.name.values()) <= texts
    assert "scope2_location,dtr:ghgEmissionsItemType,GRI,305-2" in anchors.decode()


def test_the_catalogues_sums_are_those_that_only_add():
    found = {each.indicator: dict(each.parts) for each in sums()}

    assert found["scope2_market"] == {
        "scope2_residual_electricity": 1,
        "scope2_green_power_covered": -1,
        "scope2_location_heat": 1,
    }
    assert found.keys().isdisjoint({"energy_per_traffic", "energy_use_change_yoy"})
