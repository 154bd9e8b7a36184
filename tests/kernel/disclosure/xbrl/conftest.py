"""Filings of two reports in three languages, and what Arelle says of them: made once."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction
from tests.web.small_operator import facts_make, organisation_make

from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.kernel.disclosure.xbrl.package import PACKAGE
from commonweal.kernel.disclosure.xbrl.services import Filing, filing_build
from commonweal.kernel.disclosure.xbrl.validating import Judgement, judge
from commonweal.periods import period

REPORTS = ("energy_carbon", "operator_chapter")
SPAN = period("2024")


@dataclass(frozen=True)
class Judged:
    """Filings by report, the folder they lie in, and Arelle's word by file."""

    filings: dict[str, Filing]
    folder: Path
    judgements: dict[str, Judgement]


@pytest.fixture(scope="session")
def judged(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("xbrl")
    with django_db_blocker.unblock(), transaction.atomic():
        organisation_make()
        facts_make()
        filings = {each: filing_build(each, SPAN, languages=LANGUAGES) for each in REPORTS}
        transaction.set_rollback(True)
    for filing in filings.values():
        for name, content in filing.files.items():
            (folder / name).write_bytes(content)
    names = [f"{report}.2024.{language}.xhtml" for report in filings for language in LANGUAGES]
    names += filings["energy_carbon"].documents[2].checked
    names += faults_write(folder, "energy_carbon.2024.en.xhtml")
    found = judge([folder / name for name in names], package=folder / PACKAGE)
    return Judged(filings, folder, dict(zip(names, found, strict=True)))


def faults_write(folder, source):
    """Write the document anew: a sum that is wrong; a unit, a context and a dimension that are."""
    text = (folder / source).read_text("utf-8")
    total = re.search(r'<[^<]*name="cw:ghg_total_location"[^>]*>([0-9.,]+)<', text)
    spoilt = text.replace('unitRef="u-tCO2e"', 'unitRef="u-kWh"', 1)
    spoilt = spoilt.replace('contextRef="c1"', 'contextRef="c999"', 1)
    faults = {
        "sum": text.replace(total[0], total[0].replace(f">{total[1]}<", ">19.99<")),
        "names": spoilt.replace("cw:NodeAxis", "cw:NodAxis"),
    }
    for name, content in faults.items():
        assert content != text, name
        (folder / f"{name}.xhtml").write_text(content, "utf-8")
    return [f"{name}.xhtml" for name in faults]


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()
