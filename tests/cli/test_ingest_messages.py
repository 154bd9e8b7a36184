"""What a person is told at the door: value, rule, place, and what to do; word for word."""

import json
import re
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from commonweal.cli.ingest import app
from commonweal.kernel.org.models import Meter, Site
from commonweal.lake.models import Source

_READINGS = "meter_id,read_at,register\n"
_FUELS = "site_id,start_date,end_date,carrier,quantity,unit\n"


@pytest.fixture(autouse=True)
def operator(db):
    """One site with one meter."""
    site = Site.objects.create(code="S-1", kind="macro", place="CN-GD")
    Meter.objects.create(
        code="M-1", site=site, carrier="electricity", unit="kWh", max_rate_per_h=10.0
    )


@pytest.fixture
def ingest(tmp_path):
    """Write a file, ingest it as a person does; return the exit code and what was said."""

    def _ingest(dataset, name, content, *, mapping=""):
        path = tmp_path / name
        if callable(content):
            content(path)
        else:
            path.write_text(content, "utf-8")
        (tmp_path / "mapping.toml").write_text(mapping, "utf-8")
        chosen = ["--mapping", str(tmp_path / "mapping.toml")] if mapping else []
        done = CliRunner().invoke(app, ["ingest", dataset, str(path), *chosen])
        ratio = r"[\d,]+ times its size"  # it depends on who compressed
        return done.exit_code, re.sub(ratio, "N times its size", done.stderr)

    return _ingest


def _long_line(path):
    with path.open("wb") as file:
        file.write(_READINGS.encode() + b"M-1,")
        file.truncate(64 << 20)


def _truncated_parquet(path):
    rows = {"meter_id": ["M-1"] * 999, "read_at": ["2024-01-01T00:00:00Z"] * 999}
    pq.write_table(pa.table(rows | {"register": [1.0] * 999}), path)
    path.write_bytes(path.read_bytes()[:-100])


def _bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(50_000_000))


def _cut_short(path):
    _bomb(path)
    path.write_bytes(path.read_bytes()[:1000])


_IN_KG = '[columns]\nquantity_kwh = { column = "電量", unit = "kg" }\n'
_BILLS = "meter_id,start_date,end_date,電量\nM-1,2024-01-01,2024-02-01,5\n"

FILES = {
    "a unit of another dimension": (
        ("electricity_bills", "bills.csv", _BILLS, _IN_KG),
        "bills.csv: quantity_kwh from '電量': 'kg' does not convert to 'kWh'",
        "name the unit of the file's numbers, one that converts to kWh",
    ),
    "a column that is missing": (
        ("electricity_bills", "bills.csv", _BILLS, ""),
        "bills.csv: there is no column for quantity_kwh (Energy billed)",
        "its headers are: meter_id, start_date, end_date, 電量; name the right one in a mapping",
    ),
    "a line without end": (
        ("meter_readings", "long.csv", _long_line, ""),
        "long.csv, line 2: a line is longer than 1,048,576 bytes",
        "this is probably not a table, or its line breaks are lost",
    ),
    "a Parquet file cut short": (
        ("meter_readings", "cut.parquet", _truncated_parquet, ""),
        "cut.parquet is not a whole Parquet file: Parquet magic bytes not found in footer",
        "it may be cut short; fetch or write it again",
    ),
    "a workbook that unpacks without end": (
        ("meter_readings", "bomb.xlsx", _bomb, ""),
        (
            "bomb.xlsx would unpack to 50,000,000 bytes, N times its size;"
            " the limits are 1,073,741,824 bytes and 200 times"
        ),
        "send large tables as CSV or Parquet",
    ),
    "a workbook cut short": (
        ("meter_readings", "cut.xlsx", _cut_short, ""),
        "cut.xlsx is not a whole workbook: File is not a zip file",
        "open it and save it as .xlsx again",
    ),
    "an empty file": (
        ("meter_readings", "empty.csv", "", ""),
        "empty.csv is empty: it has no header",
        "write it again; `commonweal template` gives a table to fill in",
    ),
    "a header alone": (
        ("meter_readings", "bare.csv", _READINGS, ""),
        "bare.csv has a header and no rows below it",
        "fill in a row, or leave it out",
    ),
}

ROWS = {
    "an unknown meter": (
        ("meter_readings", _READINGS + "M-404,2024-01-01T00:00:00Z,1\n"),
        "row 2, meter_id: 'M-404' is not in the register of meters",
        "correct the code, or register the meter first",
    ),
    "a naive timestamp": (
        ("meter_readings", _READINGS + "M-1,2024-01-01 00:00,1\n"),
        "row 2, read_at: '2024-01-01 00:00' names no time zone",
        "write 2024-03-01T00:00:00+08:00, or give timezone in the mapping",
    ),
    "a 31 February": (
        ("meter_readings", _READINGS + "M-1,2024-02-31T00:00:00Z,1\n"),
        "row 2, read_at: '2024-02-31T00:00:00Z' is not a day of the calendar",
        "correct the day or the month",
    ),
    "a unit that does not fit the carrier": (
        ("fuel_use", _FUELS + "S-1,2024-01-01,2024-02-01,diesel,5,kWh\n"),
        (
            "row 2: with carrier diesel and unit kWh it does not hold that the unit measures"
            " what the carrier is counted in"
        ),
        "diesel, gasoline, lpg and raw_coal in kg or t, natural_gas in m3, heat and steam in GJ",
    ),
    "days in the wrong order": (
        ("fuel_use", _FUELS + "S-1,2024-02-01,2024-01-01,diesel,5,kg\n"),
        (
            "row 2: with start_date 2024-02-01 and end_date 2024-01-01 it does not hold that"
            " the first day lies before the day after the last"
        ),
        "end_date is the day after the last day: January is 2024-01-01 to 2024-02-01",
    ),
    "a quotation mark that does not close": (
        ("meter_readings", _READINGS + 'M-1,"2024-01-01T00:00:00Z,1\n'),
        "row 2: its quotes: unexpected end of data",
        'quote cells that hold the delimiter; a " inside a quoted cell stands twice',
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_such_table_is_refused_whole(ingest, case):
    (dataset, name, content, mapping), sentence, hint = FILES[case]
    said = ingest(dataset, name, content, mapping=mapping)
    assert said == (3, f"error: {sentence}\nhint: {hint}\n")
    assert not Source.objects.exists()


@pytest.mark.parametrize("case", ROWS)
def test_a_file_without_a_good_row_is_kept_as_rejects_with_exit_code_3(ingest, case):
    (dataset, content), sentence, hint = ROWS[case]
    assert ingest(dataset, "rows.csv", content) == (3, "")
    shown = CliRunner().invoke(app, ["rejects", dataset, "--json"])
    (reject,) = json.loads(shown.stdout)
    assert (reject["sentence"], reject["hint"]) == (sentence, hint)


def test_the_first_rejects_are_shown_at_once(tmp_path):
    path = tmp_path / "rows.csv"
    good = "M-1,2024-01-01T00:00:00Z,1\n"
    path.write_text(_READINGS + good + "M-9,2024-01-01T00:00:00Z,1\n" * 5, "utf-8")
    done = CliRunner().invoke(app, ["ingest", "meter_readings", str(path)])
    assert done.exit_code == 0
    assert "1 rows accepted, 5 rejected" in done.stdout
    assert done.stdout.count("M-9") == 3
    assert "reference: 5" in done.stdout
    assert f"commonweal rejects {Source.objects.get().pk} --csv mend.csv" in done.stdout
