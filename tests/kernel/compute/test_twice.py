"""What two programmes record of the same node and year is noticed, once, where it meets."""

from datetime import UTC, date, datetime

import pytest

from commonweal.catalogue import load
from commonweal.errors import DefinitionError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from tests.domains.radio.programme.test_records import VERIFICATION
from tests.kernel.compute.test_compute import run

RULE = "recorded_beside radio_energy_saved"
AT = datetime(2024, 12, 20, tzinfo=UTC)
MEASURE = {
    "title": "sleep at night",
    "kind": "radio",
    "saving_kwh_a": "1000",
    "saving_low_kwh_a": "900",
    "saving_high_kwh_a": "1100",
    "abatement_tco2e_a": "1",
    "capex_cny": "100",
    "opex_cny_a": "0",
    "life_years": 3,
}


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


def opened(kind, node, values):
    return record_open(record_type(kind), node=node, values=values, scope=scope("ann"), now=AT)


def act(record, action, by, **values):
    return record_act(record, action, scope=scope(by), now=AT, values=values).record


def measure(node, *, kind="radio", day=date(2024, 11, 1)):
    record = act(opened("dual_control.measure", node, MEASURE | {"kind": kind}), "approve", "bob")
    record = act(record, "complete", "ann", invested_date=day)
    act(record, "verify", "eve", verified_tce="0.1", verified_date=day)


def slept(node):
    act(opened("energy_saving.verification", node, VERIFICATION), "verify", "eve")


def noticed():
    codes = dict(Node.objects.values_list("pk", "code"))
    found = Finding.objects.filter(rule__startswith="recorded_beside", cleared_at=None)
    return [(each.rule, codes[each.subject_id], each.quantity) for each in found]


@pytest.mark.parametrize(
    ("measured", "asleep", "where"),
    [("GD", "GD", "GD"), ("group", "GD", "group"), ("GD", "group", "group")],
)
def test_sleep_that_is_verified_and_a_radio_measure_of_one_year_are_noticed_where_they_meet(
    operator, measured, asleep, where
):
    measure(measured)
    slept(asleep)
    run("2024")
    assert noticed() == [(RULE, where, 300.0)]


def test_other_nodes_other_kinds_and_other_years_do_not_meet(operator):
    measure("XZ")
    measure("GD", kind="cooling")
    measure("GD", day=date(2023, 11, 1))
    slept("GD")
    run("2023", "2024")
    assert noticed() == []


def test_a_computation_of_one_of_the_two_alone_judges_nothing(operator):
    measure("GD")
    slept("GD")
    run("2024", indicators=["energy_saved_radio"])
    assert noticed() == []


def test_a_formula_stays_apart_from_nothing(tmp_path):
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "own.toml").write_text("""
[[indicators]]
id = "own_share"
name = { zh-hant = "甲", zh-hans = "甲", en = "Own" }
unit = "percent"
kind = "ratio"
decimals = 1
status = "computed"
apart_from = ["energy_saved"]
[indicators.source]
kind = "formula"
formula = "a / a"
inputs.a = { indicator = "energy_saved", unit = "tce" }
""")
    with pytest.raises(DefinitionError, match="only what is declared or recorded stays apart"):
        load(tmp_path)
