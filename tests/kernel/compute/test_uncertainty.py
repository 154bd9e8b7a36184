"""From a fact's lineage to its interval: methods, factors, formulas, and what nobody states."""

from decimal import Decimal

import numpy as np
import pytest
from typer.testing import CliRunner

from commonweal.catalogue.uncertainties import uncertainties_read
from commonweal.cli.main import application
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.compute.uncertainty import fact_uncertainty
from commonweal.kernel.facts.models import Fact
from tests.kernel.compute.test_compute import NOW, run

FUEL = "site_id,start_date,end_date,carrier,quantity,unit"


def current(indicator, node="group"):
    return Fact.objects.get(indicator=indicator, node=node, superseded_at=None)


@pytest.fixture
def burned(operator):
    operator.send(
        "fuel_use",
        FUEL,
        "S-GD,2024-01-01,2025-01-01,diesel,10,t",
        "S-XZ,2024-01-01,2025-01-01,diesel,10,t",
    )
    run("2024")


def test_two_places_on_one_factor_are_wrong_together(burned):
    found = fact_uncertainty(current("scope1_combustion"))
    # Quantities ±5 % each and apart, the factor ±2.7 % for both.
    expected = (2 * 0.05**2 / 4 * (1 + (0.027 / 1.96) ** 2) + 0.027**2) ** 0.5
    assert found.interval.half_share == pytest.approx(expected, rel=1e-4)
    assert found.unstated_share == 0
    assert sum(part.variance_share for part in found.parts) == pytest.approx(1)
    assert {part.method for part in found.parts if not part.factor} == {"delivered"}


def test_simulation_agrees_with_propagation_on_a_fact(burned):
    fact = current("scope1_combustion")
    analytic = fact_uncertainty(fact).interval
    drawn = fact_uncertainty(fact, rng=np.random.default_rng(7)).interval
    assert drawn.half_share == pytest.approx(analytic.half_share, rel=0.03)
    assert drawn.mean == pytest.approx(float(fact.value), rel=1e-3)


def test_a_formula_gathers_its_inputs_and_says_what_nobody_stated(operator, burned):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    run("2024", reason="a bill came")
    fact = current("ghg_total_location", "GD")
    found = fact_uncertainty(fact)
    assert found.interval.mean == pytest.approx(float(fact.value), rel=1e-5)
    electricity = float(current("scope2_location", "GD").value)
    gases = sum(
        float(current(name, "GD").value)
        for name in ("scope1_combustion_ch4", "scope1_combustion_n2o")
    )
    unstated = (electricity + gases) / float(fact.value)
    assert found.unstated_share == pytest.approx(unstated, rel=1e-4)


def test_a_ratio_is_as_sure_as_its_parts(operator, burned):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    operator.traffic("GD-1", "2024-01-01", "2025-01-01", 10)
    run("2024", reason="a bill came")
    whole = fact_uncertainty(current("ghg_total_location", "GD")).interval
    ratio = fact_uncertainty(current("carbon_per_traffic", "GD")).interval
    assert ratio.half_share == pytest.approx(whole.half_share, rel=1e-3)


def test_what_has_no_data_or_no_quantity_has_no_interval(operator, burned):
    fact = current("scope1_combustion")
    fact.value = None
    with pytest.raises(InputError, match="has no data"):
        fact_uncertainty(fact)
    fact.value, fact.lineage = Decimal(1), {}
    with pytest.raises(InputError, match="rests on no quantities with a method"):
        fact_uncertainty(fact)


def test_the_command_prints_the_interval(burned):
    fact = current("scope1_combustion")
    done = CliRunner().invoke(application(), ["facts", "uncertainty", str(fact.pk)])
    assert done.exit_code == 0, done.output
    assert "95 % between" in done.output
    assert "combustion_co2/diesel/*/2015" in done.output


def test_an_operators_own_row_holds_from_when_it_was_known(tmp_path):
    own = tmp_path / "uncertainty.toml"
    own.write_text(
        '[[quantities]]\nkind = "electricity"\nmethod = "metered"\nshare = 0.005\n'
        'known_from = 2025-01-01\nsource = "meter tests"\nstatus = "own"\n'
        '[[factors]]\nfactor = "grid_average"\nshare = 0.04\nknown_from = 2025-01-01\n'
        'source = "own study"\nstatus = "own"\n'
    )
    rows = uncertainties_read(own)
    assert str(rows.of_quantity("electricity", NOW).share) == "0.005"
    assert str(rows.of_quantity("electricity", NOW.replace(year=2024)).share) == "0.02"
    assert rows.of_quantity("moonlight", NOW) is None
    assert str(rows.of_table("grid_average", NOW).share) == "0.04"
    assert rows.of_table("grid_average", NOW.replace(year=2024)) is None
    own.write_text('[[quantities]]\nkind = "electricity"\nshare = 0\n')
    with pytest.raises(DefinitionError, match=r"uncertainty\.toml"):
        uncertainties_read(own)
