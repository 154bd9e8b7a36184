"""Supplies are read with their figures; modules that sleep and cooling show in what is drawn."""

import numpy as np
import pytest

from commonweal.domains.radio.network.power.supplies import supply_get
from commonweal.engines.radio.supply import input_power_w
from commonweal.errors import DefinitionError


def test_a_lightly_loaded_site_draws_least_where_modules_sleep_and_most_where_heat_is_cooled():
    names = ("cabinet-sleeping-modules", "cabinet", "shelter")
    drawn = [input_power_w(np.array([600.0]), supply_get(name), 35.0)[0] for name in names]
    assert 620 < drawn[0] < drawn[1] < drawn[2]


def test_a_supply_that_nobody_described_is_refused():
    with pytest.raises(DefinitionError, match="no supply is called 'cave'"):
        supply_get("cave")
