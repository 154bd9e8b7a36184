"""Templates: filled in by a person, read back without a mapping."""

import csv
import io
import zipfile

import pytest
import xlsxwriter

from commonweal.errors import InputError
from commonweal.lake import templates
from commonweal.lake.datasets import datasets
from commonweal.lake.mapping import Mapping
from commonweal.lake.plans import plan_file
from commonweal.lake.readers import raw_batches
from commonweal.lake.templates import template_header, template_write

_FILLED = {
    "meter_readings": ["M-1", "2024-01-01 08:00", "12.5"],
    "electricity_bills": ["M-2", "2024-01-01", "2024-02-01", "", "", "786.5", "812.50"],
    "traffic": ["N-1", "2024-01-01", "2024-02-01", "5321.7"],
}


@pytest.mark.parametrize("dataset_id", sorted(datasets()))
@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_every_column_of_a_template_is_recognised(tmp_path, dataset_id, suffix):
    path = template_write(dataset_id, tmp_path / f"t{suffix}")
    dataset = datasets()[dataset_id]
    headers = next(raw_batches(path)).cells.column_names

    plan = plan_file(dataset, Mapping(), headers)

    assert plan.ignored == ()
    assert [field.header for field in plan.repeats[0]] == headers
    assert all(field.ratio is None for field in plan.repeats[0])


@pytest.mark.parametrize("dataset_id", sorted(_FILLED))
def test_a_filled_csv_template_comes_in_without_a_mapping(tmp_path, take, dataset_id):
    path = template_write(dataset_id, tmp_path / "t.csv")
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(_FILLED[dataset_id])
    result, rejects = take(dataset_id, path)
    assert (result.n_accepted, rejects) == (1, [])


@pytest.mark.parametrize("dataset_id", sorted(_FILLED))
def test_a_filled_workbook_comes_in_without_a_mapping(tmp_path, take, dataset_id):
    template = template_write(dataset_id, tmp_path / "t.xlsx")
    batches = list(raw_batches(template))
    rows = [row for batch in batches for row in zip(*batch.cells.to_pydict().values(), strict=True)]
    path = tmp_path / "filled.xlsx"
    with xlsxwriter.Workbook(path) as book:  # as a spreadsheet saves it
        sheet = book.add_worksheet()
        for index, row in enumerate([batches[0].cells.column_names, *rows, _FILLED[dataset_id]]):
            sheet.write_row(index, 0, row)
    assert rows[0][0].startswith("#example ")

    result, rejects = take(dataset_id, path)

    assert (result.n_accepted, rejects) == (1, [])


def test_an_unfilled_template_has_no_rows(tmp_path, preview):
    path = template_write("meter_readings", tmp_path / "t.xlsx")
    with pytest.raises(InputError, match=r"t\.xlsx has a header and no rows below it"):
        preview("meter_readings", path)


def test_a_unit_changed_in_the_header_is_honoured(tmp_path, preview):
    path = template_write("electricity_bills", tmp_path / "t.csv")
    text = path.read_text("utf-8-sig").replace("[kWh]", "[萬千瓦時]")
    path.write_text(text + "M-1,2024-01-01,2024-02-01,,,2,\n", "utf-8")
    assert preview("electricity_bills", path).accepted["quantity_kwh"].to_pylist() == [20_000.0]


def test_choices_are_offered_as_a_list(tmp_path):
    path = template_write("fuel_use", tmp_path / "t.xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'type="list"' in sheet
    assert "diesel,gasoline" in sheet


def test_headers_name_the_column_in_three_languages():
    column = datasets()["electricity_bills"].column("quantity_kwh")
    assert template_header(column) == "計費電量 | 计费电量 | Energy billed [kWh]"


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a template cannot end in \.pdf"):
        template_write("traffic", tmp_path / "t.pdf")
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        template_write("traffic", tmp_path / "none" / "t.csv")


def test_spreadsheets_open_the_csv_as_utf_8(tmp_path):
    content = template_write("traffic", tmp_path / "t.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    header = next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert header == [templates.template_header(c) for c in datasets()["traffic"].columns]
