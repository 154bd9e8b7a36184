"""A figure's definition is checked against what it counts; the message names file, entry, key."""

import pytest

from commonweal.catalogue import load
from commonweal.errors import DefinitionError
from commonweal.kernel.programmes.figures import figure_compile, figures

ENTRY = """
[[indicators]]
id = "own"
name = {{ zh-hant = "名", zh-hans = "名", en = "name" }}
unit = "{unit}"
kind = "{kind}"
decimals = 2
status = "computed"
source = {{ kind = "records", of = "donations.donation"{more} }}
"""
SUM = ', aggregate = "sum", field = "amount_cny"'


def own(tmp_path, more="", *, kind="flow", unit="cny"):
    file = tmp_path / "indicators" / "own.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(ENTRY.format(more=more, kind=kind, unit=unit), "utf-8")
    return load(tmp_path).indicators["own"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (', aggregate = "sum"', "key 'field': sum of which field"),
        (', aggregate = "sum", field = "project"', "key 'field': 'project' is no number"),
        (', aggregate = "sum", field = "price"', "key 'field': there is no field 'price'"),
        (', field = "amount_cny"', "key 'field': a count of rows has no field"),
        (f'{SUM}, unit = "kWh"', "key 'unit': 'amount_cny' is in CNY, not in kWh|does not convert"),
        (', date = "project"', "key 'date': 'project' is no date"),
        (', date = "payment_date plus 1"', "key 'date': .* is no field"),
        (', during = ["pledge_date", "given"]', "key 'during': there is no field 'given'"),
        (', states = ["payed"]', "key 'states': there is no state 'payed'"),
        (', where = { purpose = "fun" }', "key 'where': 'fun' is no value of 'purpose'"),
        (', where = { amount_cny = "many" }', "key 'where': 'many' is no comparison"),
        (', where = { payment_date = ">= soon" }', "key 'where': '>= soon' is no comparison"),
        (', where = { amount_cny = ["1"] }', "key 'where': .* is either filled in"),
        (', clock = "solved"', "key 'clock': there is no clock 'solved'"),
        (", within_budget = true", "key 'within_budget': within the budget of which clock"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, more, said):
    with pytest.raises(DefinitionError, match=f"own.toml, indicator 'own', {said}"):
        figure_compile(own(tmp_path, more))


def test_nothing_is_counted_by_what_is_personal(tmp_path):
    found = own(tmp_path)
    source = found.source.model_copy(
        update={"of": "general_manager.issue", "aggregate": "distinct", "field": "text"}
    )
    with pytest.raises(DefinitionError, match="'text' is personal"):
        figure_compile(found.model_copy(update={"source": source}))


def test_what_counts_neither_records_nor_rows_is_refused(tmp_path):
    found = own(tmp_path)
    source = found.source.model_copy(update={"of": "libraries.library"})
    with pytest.raises(DefinitionError, match="neither a type of record nor a dataset"):
        figure_compile(found.model_copy(update={"source": source}))


def test_every_figure_of_ours_fits_what_it_counts():
    assert {"donations_total", "donations_count"} <= set(figures())


def test_days_may_be_added_to_where_a_stock_begins(tmp_path):
    found = figure_compile(own(tmp_path, ', during = ["pledge_date+30", "payment_date"]'))
    assert "INTERVAL '30' DAY" in found.count.first_day
    assert found.columns == {"pledge_date", "payment_date"}
