"""Records going out, and coming back in as they were."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
import python_calamine as calamine
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.kernel.programmes.exports import records_export
from commonweal.kernel.programmes.imports import records_import
from commonweal.kernel.programmes.safe_cells import cell_plain, cell_safe
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.records.models import Event
from tests.kernel.programmes.conftest import NOW

VALUES = {
    "purpose": "border",
    "recipient": '=HYPERLINK("http://x")',
    "project": "Library, “二”\nand reading room",
    "amount_cny": "53000.10",
    "pledge_date": date(2024, 3, 1),
}


@pytest.fixture
def group(person):
    return person("all", data_owner="group", programme_manager="group")


@pytest.fixture
def gifts(donation, group):
    texts = ("=1+1", "'=1", "'quoted'", "-", "@x", "\uff1d1", "007", "12:30")
    for node in ("north", "south"):
        for text in (VALUES["project"], *texts):
            values = VALUES | {"project": text}
            record_open(donation, node=node, values=values, scope=group, now=NOW)
    first = donation.model.objects.order_by("pk")[0]
    record_act(first, "pledge", scope=group, now=NOW)
    return donation.model.objects.all()


@pytest.fixture
def export(donation, group, tmp_path):
    def call(rows, form, scope=group):
        path = tmp_path / f"gifts.{form}"
        with path.open("wb") as target:
            done = records_export(donation, rows, target, form, scope=scope)
        return path, done

    return call


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_an_export_brought_back_in_changes_nothing(  # noqa: PLR0917 - fixtures
    form, language, export, gifts, donation, group, django_assert_max_num_queries
):
    with override(language), django_assert_max_num_queries(2):
        path, done = export(gifts, form)
    assert done.n_rows == 18
    n_events = Event.objects.count()
    result = records_import(donation, path, scope=group, now=NOW, mode="apply")
    assert (result.n_unchanged, result.n_refused, result.ignored) == (18, 0, ())
    assert Event.objects.count() == n_events


@given(st.text())
def test_a_cell_made_safe_begins_with_no_formula_and_comes_back(text):
    safe = cell_safe(text)
    assert safe[:1] not in {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r"}
    assert cell_plain(safe) == text


def test_no_text_of_a_csv_begins_like_a_formula(export, gifts):
    path, _done = export(gifts, "csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert '\'=HYPERLINK("http://x")' in cells
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\uff1d"))]


def test_a_workbook_keeps_codes_as_text_and_amounts_as_numbers(export, gifts):
    path, _done = export(gifts, "xlsx")
    header, *rows = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    row = dict(zip(header, rows[0], strict=True))
    assert (row["Code"][:3], row["State"]) == ("DN-", "pledged")
    assert (row["Amount [CNY]"], row["Pledged on"]) == (53000.1, date(2024, 3, 1))


def test_programs_get_ids_and_exact_values(export, gifts):
    path, _done = export(gifts, "jsonl")
    line = json.loads(path.read_text("utf-8").splitlines()[0])
    assert (line["purpose"], line["amount_cny"], line["state"]) == ("border", "53000.10", "pledged")
    path, _done = export(gifts, "parquet")
    row = pq.read_table(path).to_pylist()[0]
    assert (row["amount_cny"], row["pledge_date"]) == (Decimal("53000.10"), date(2024, 3, 1))


def test_only_what_a_scope_may_see_goes_out(export, gifts, person):
    path, done = export(gifts, "csv", scope=person("north", viewer="north"))
    assert done.n_rows == 9
    assert "south" not in path.read_text("utf-8-sig")


def test_personal_fields_stay_unless_all_records_may_be_read(
    export, gifts, donation, person, monkeypatch
):
    spec = donation.spec.fields["recipient"].model_copy(update={"is_personal": True})
    monkeypatch.setitem(donation.spec.fields, "recipient", spec)
    mixed = person("mixed", viewer="group", reviewer="north")
    path, done = export(gifts, "jsonl", scope=mixed)
    assert (done.n_rows, done.withheld) == (18, ("recipient",))
    assert "HYPERLINK" not in path.read_text("utf-8")
    _path, done = export(gifts.filter(node__code="north"), "jsonl", scope=mixed)
    assert (done.n_rows, done.withheld) == (9, ())


def test_another_form_is_refused(donation, group):
    with pytest.raises(InputError, match="records cannot be written as pdf"):
        records_export(donation, donation.model.objects.all(), io.BytesIO(), "pdf", scope=group)
