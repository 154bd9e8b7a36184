"""Whatever an operator's file holds, the answer is a catalogue or one sentence."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.catalogue import load
from commonweal.errors import DefinitionError
from tests.catalogue.conftest import entry
from tests.catalogue.test_factor_files import fuel, row

cells = st.sampled_from(
    ["", "0", "-1", "1e999", "NaN", "9" * 30, "kWh", "9**9**9", "1/0", "CN", "*", "2024-02-31"]
) | st.text(max_size=12)


def loads_or_says_why(path, content):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir()
        file.write_bytes(content)
        try:
            load(Path(folder))
        except DefinitionError as fault:
            assert str(fault)  # noqa: PT017 - both outcomes are right, a traceback is not


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_a_catalogue_or_a_sentence(content):
    loads_or_says_why("factors/grid_average.csv", content)
    loads_or_says_why("indicators/own.toml", content)
    loads_or_says_why("factors/own.toml", content)


@given(column=st.integers(0, 10), cell=cells)
@settings(max_examples=40, deadline=None)
def test_any_cell_is_a_factor_or_a_sentence(column, cell):
    header, line, _ = fuel().split("\n")
    changed = line.split(",")
    changed[column] = '"' + cell.replace('"', '""') + '"'
    text = f"{header}\n{','.join(changed)}\n"
    loads_or_says_why("factors/combustion_co2.csv", text.encode("utf-8", "replace"))


@given(st.text("ab0129.+-*/() e", max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_formula_is_a_definition_or_a_sentence(text):
    source = (
        f'{{ kind = "formula", formula = "{text}", inputs = '
        '{ a = { indicator = "energy_use", unit = "tce" } } }'
    )
    content = entry("own", source=source, status='"planned"')
    loads_or_says_why("indicators/own.toml", content.encode())


@pytest.mark.parametrize(
    "unit", ["9**9**9", "kWh**99999999", "1/0", "kWh + 1", "噸", "__import__('os')", "kWh/", ""]
)
def test_a_unit_is_names_and_nothing_to_compute(overlay, unit):
    with pytest.raises(DefinitionError, match=r"grid_average\.csv line 2: unit: "):
        load(overlay("factors/grid_average.csv", row(unit=unit)))


def test_nesting_without_end_is_refused(overlay):
    with pytest.raises(DefinitionError, match=r"own\.toml is not TOML in UTF-8"):
        load(overlay("indicators/own.toml", "a = " + "[" * 50_000))


def test_a_line_without_end_is_refused(overlay):
    with pytest.raises(DefinitionError, match=r"grid_average\.csv is not CSV in UTF-8"):
        load(overlay("factors/grid_average.csv", row(source="x" * 200_000)))


def test_heating_values_belong_to_emissions_only(overlay):
    text = fuel(unit="kgce", value="1.0")
    with pytest.raises(DefinitionError, match="'kgce' is not emissions per unit of fuel"):
        load(overlay("factors/combustion_co2.csv", text))
