"""The workbook holds numbers that can be reckoned with, and nothing that could run."""

import io
import zipfile
from dataclasses import replace

import pytest
from python_calamine import CalamineWorkbook
from tests.web.small_operator import RESTATED, facts_make

from commonweal.kernel.disclosure.renderings.xlsx import report_xlsx
from commonweal.kernel.facts.models import Fact


def sheets(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_facts_stand_with_their_exact_values(build):
    head, *rows = sheets(report_xlsx(build()))["Figures"]
    place = {name: index for index, name in enumerate(head)}
    shown = {row[place["Fact"]]: row[place["Value"]] for row in rows}
    facts = Fact.objects.in_bulk([int(pk) for pk in shown])

    assert len(facts) == len(rows) > 20
    assert all(shown[pk] == pytest.approx(float(fact.value)) for pk, fact in facts.items())
    assert {row[place["Boundary"]] for row in rows} == {"control"}


def test_a_restatement_is_told_with_its_reason(build):
    assert len(sheets(report_xlsx(build()))["Restatements"]) == 1
    facts_make(scale=2, now=RESTATED, reason="late bills")
    head, *rows = sheets(report_xlsx(build()))["Restatements"]
    place = {name: index for index, name in enumerate(head)}
    electricity = next(r for r in rows if r[place["Indicator"]] == "electricity_use")

    assert electricity[place["Now"]] == 2 * electricity[place["Before"]]
    assert electricity[place["Reason"]] == "late bills"


def test_factors_name_their_source_and_the_steps_taken(build):
    head, *rows = sheets(report_xlsx(build()))["Factors used"]
    row = dict(zip(head, rows[0], strict=True))

    assert (row["Factor"], row["Value"], row["Unit"]) == ("grid_average:test", 0.45, "kgCO₂e/kWh")
    assert row["Source of the factor"] == "MEE and NBS announcement"
    assert "2022" in row["Steps"]


def test_tables_of_the_report_come_as_numbers(build):
    rows = sheets(report_xlsx(build()))["Tables"]
    counts = [sum(isinstance(cell, float) for cell in row) for row in rows if "Beijing" in row]

    assert max(counts) > 3


def test_nothing_in_it_is_a_formula_or_a_link(build):
    content = report_xlsx(replace(build(), title='=HYPERLINK("http://x")', node_name="=1+1"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        written = {name: archive.read(name).decode() for name in archive.namelist()}
    found = [name for name in written if name.startswith("xl/worksheets/sheet")]

    assert len(found) == 6
    assert all("<f>" not in written[name] and "<hyperlink" not in written[name] for name in found)
    assert any('state="frozen"' in written[name] for name in found)
    assert sum("<autoFilter" in written[name] for name in found) == 5


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_the_same_report_gives_the_same_bytes(build, language):
    assert report_xlsx(build(language)) == report_xlsx(build(language))
