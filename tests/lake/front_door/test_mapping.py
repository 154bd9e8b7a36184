"""Mappings: files in somebody else's shape, units converted once, nothing guessed."""

# ruff: noqa: E501 - tables of cases read best with one case a line

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.lake.datasets import dataset_get
from commonweal.lake.ingest import ingest_preview
from commonweal.lake.mapping import Mapping, mapping_read
from commonweal.lake.plans import plan_file

_BILLS = "電表號,始,止,電量\nM-1,2024-01-01,2024-02-01,1.5\n"
_BILL_COLUMNS = {"meter_id": "電表號", "start_date": "始", "end_date": "止"}


def accepted(found):
    """The accepted rows of a preview, without the source row."""
    return [
        {name: value for name, value in row.items() if name != "source_row"}
        for row in found.accepted.to_pylist()
    ]


@pytest.mark.parametrize(
    ("unit", "kwh"),
    [("", 1.5), ("kWh", 1.5), ("MWh", 1500.0), ("萬千瓦時", 15000.0), ("Wh", 0.0015)],
)
def test_a_number_is_converted_from_the_unit_of_the_file(file, preview, unit, kwh):
    columns = {**_BILL_COLUMNS, "quantity_kwh": {"column": "電量", "unit": unit}}
    found = preview("electricity_bills", file("a.csv", _BILLS), columns=columns)
    assert found.accepted["quantity_kwh"].to_pylist() == [kwh]


@pytest.mark.parametrize("header", ["計費電量 [MWh]", "计费电量（MWh）", "Energy billed (MWh)"])
def test_a_unit_in_the_header_is_honoured(file, preview, header):
    path = file("a.csv", _BILLS.replace("電量", header))
    found = preview("electricity_bills", path, columns=_BILL_COLUMNS)
    assert found.accepted["quantity_kwh"].to_pylist() == [1500.0]


def test_headers_are_recognised_in_three_languages(file, preview):
    path = file("a.csv", "Meter,首日,末日次日,quantity_kwh,備註\nM-2,2024-01-01,2024-02-01,7,x\n")
    found = preview("electricity_bills", path)
    assert found.accepted["meter_id"].to_pylist() == [2]
    assert found.ignored == ("備註",)


def test_a_wide_line_gives_one_row_a_repeat(file, preview):
    path = file("a.csv", "unit,tb_2021,tb_2022\nN-1,5,6\nN-2,7,x\n")
    repeat = [
        {
            "columns": {"traffic_tb": f"tb_{year}"},
            "constants": {"start_date": date(year, 1, 1), "end_date": date(year + 1, 1, 1)},
        }
        for year in (2021, 2022)
    ]
    found = preview("traffic", path, columns={"node_id": "unit"}, repeat=repeat)

    assert [
        (row["node_id"], row["start_date"].year, row["traffic_tb"]) for row in accepted(found)
    ] == [
        (1, 2021, 5.0),
        (2, 2021, 7.0),
        (1, 2022, 6.0),
    ]
    assert [(r["source_row"], r["repeat"]) for r in found.rejects.to_pylist()] == [(3, 2)]


def test_naive_instants_are_read_in_the_zone_that_is_named(file, preview):
    path = file("a.csv", "meter_id,read_at,register\nM-1,2024/1/1 8:00,1\nM-2,2024-01-01,1\n")
    found = preview("meter_readings", path, timezone="Asia/Shanghai")
    assert [row["read_at"] for row in accepted(found)] == [
        datetime(2024, 1, 1, 0, 0),  # noqa: DTZ001 - UTC as stored
        datetime(2023, 12, 31, 16, 0),  # noqa: DTZ001
    ]


def test_an_hour_that_the_clocks_skip_or_repeat_is_rejected(file, preview):
    rows = "M-1,1991-04-14 02:30,1\nM-1,1991-09-15 01:30,1\nM-1,1991-09-15 02:30,1\n"
    path = file("a.csv", "meter_id,read_at,register\n" + rows)
    found = preview("meter_readings", path, timezone="Asia/Shanghai")
    assert found.by_rule == {"local_time": 2}
    assert (
        "skipped or shown twice by the clocks of Asia/Shanghai"
        in found.rejects["sentence"][0].as_py()
    )


def test_decimal_commas_thousands_formats_blanks_and_values(file, preview):
    header = "site_id;start_date;end_date;carrier;quantity;unit;amount_cny\n"
    path = file("a.csv", header + "S-1;01.02.2024;01.03.2024;柴油;1.234,5;kg;-\n")
    found = preview(
        "fuel_use",
        path,
        decimal=",",
        thousands=".",
        date_formats=["%d.%m.%Y"],
        blanks=["-"],
        columns={"carrier": {"column": "carrier", "values": {"柴油": "diesel"}}},
    )
    assert found.rejects["sentence"].to_pylist() == []
    (row,) = accepted(found)
    assert row == {
        "site_id": 1,
        "start_date": date(2024, 2, 1),
        "end_date": date(2024, 3, 1),
        "carrier": "diesel",
        "quantity": 1234.5,
        "unit": "kg",
        "amount_cny": None,
    }


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"columns": {"meter": "a"}}, "dataset traffic has no column 'meter'"),
        ({"columns": {"node_id": "z"}}, "takes node_id from 'z', which is no header"),
        ({"columns": {"node_id": {"column": "a", "unit": "kWh"}}}, "node_id has no unit to convert 'kWh'"),
        ({"columns": {"traffic_tb": {"column": "a", "unit": "kWh"}}}, "traffic_tb from 'a': 'kWh' does not convert to 'TB'"),
        ({"columns": {"traffic_tb": {"column": "a", "unit": "9**9**9"}}}, r"'9\*\*9\*\*9' is not a unit"),
        ({"columns": {"node_id": "a"}, "constants": {"node_id": "N-1"}}, "node_id has a column and a constant"),
        ({"dataset": "fuel_use"}, "the mapping is for fuel_use, not for traffic"),
        ({"repeat": [{"columns": {"traffic_tb": "q"}}]}, "repeat 1: the mapping takes traffic_tb from 'q'"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_is_refused_in_one_sentence(mapping, sentence):
    with pytest.raises(InputError, match=sentence):
        plan_file(dataset_get("traffic"), Mapping.model_validate(mapping), ["a", "b"])


def test_a_saved_mapping_is_read_strictly(file):
    good = 'timezone = "Asia/Shanghai"\n[columns]\nmeter_id = "a"\n[constants]\nstart_date = 2021-01-01\n'
    mapping = mapping_read(file("m.toml", good))
    assert mapping.columns["meter_id"].column == "a"
    assert mapping.constants == {"start_date": "2021-01-01"}
    assert mapping.document() == {
        "timezone": "Asia/Shanghai",
        "columns": {"meter_id": {"column": "a"}},
        "constants": {"start_date": "2021-01-01"},
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("colums = {}", r"mapping m\.toml, colums: Extra inputs are not permitted"),
        ("timezone = 'Beijing'", "'Beijing' is not a time zone"),
        ("date_formats = ['%Q']", "'%Q' is not a date format"),
        ("header_row = 0", "header_row: Input should be greater than or equal to 1"),
        ("a = ", r"mapping m\.toml is not TOML"),
    ],
)
def test_a_wrong_mapping_is_refused_in_one_sentence(file, content, sentence):
    with pytest.raises(InputError, match=sentence):
        mapping_read(file("m.toml", content))


@given(inside=st.text(max_size=12) | st.from_regex(r"[\w*/ ^.()-]{1,12}", fullmatch=True))
def test_any_unit_in_a_header_converts_or_is_an_input_error(inside):
    headers = ["node_id", "start_date", "end_date", f"traffic_tb [{inside}]"]
    try:
        plan = plan_file(dataset_get("traffic"), Mapping(), headers)
    except InputError:
        return
    assert plan.repeats[0][3].header == headers[3]


@pytest.mark.shared
def test_a_published_table_of_provinces_comes_in_wide(shared_data, db, tmp_path):
    years = (2021, 2022, 2023)
    source = shared_data / "ran" / "china_province_bs_and_energy.csv"
    path = tmp_path / "provinces.csv"
    path.write_bytes(source.read_bytes().replace(b"Beijing", b"N-1").replace(b"Hebei", b"N-2"))
    mapping = Mapping.model_validate(
        {
            "columns": {"node_id": "province"},
            "repeat": [
                {
                    "columns": {"traffic_tb": {"column": f"energy_{year}", "unit": "TB"}},
                    "constants": {"start_date": f"{year}-01-01", "end_date": f"{year + 1}-01-01"},
                }
                for year in years
            ],
        }
    )
    n_lines = len(path.read_text("utf-8").splitlines()) - 1

    found = ingest_preview("traffic", path, mapping=mapping)

    assert found.n_accepted == 2 * len(years)
    assert found.by_rule == {"reference": (n_lines - 2) * len(years)}
    assert found.ignored == ("n_4g_bs", "n_5g_bs")
