"""A small network with four weeks of reports, and plans of it."""

from datetime import date, timedelta

import pytest

from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.energy_saving.planning.run import plan_run
from tests.domains.radio import world

DAY = date(2024, 12, 10)
HISTORY_DAYS = 28


@pytest.fixture
def home(tmp_path, settings):
    """The operator's home is the test's own."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME


@pytest.fixture
def build(db, home, tmp_path):
    """A function that builds the network; ``changes`` are columns of cells by id."""

    def make(changes=None, missing=(), slots_a_day=24, **sites):
        codes = world.organisation(**(sites or {"GD": 2, "GX": 1}))
        rows = world.cells(codes, tmp_path, **(changes or {}))
        first = DAY - timedelta(HISTORY_DAYS)
        layers, demand = world.report(
            rows,
            tmp_path,
            first_date=first,
            n_days=HISTORY_DAYS,
            slots_a_day=slots_a_day,
            missing=missing,
        )
        return codes, rows, layers, demand

    return make


@pytest.fixture
def run(home):
    """A function that plans: hourly slots, no hold-out, unless asked otherwise."""

    def make(*, days=1, now=world.NOW, node="all", is_dry=False, progress=None, **changes):
        changes = {"slots_a_day": 24, "holdout_share": 0.0} | changes
        return plan_run(
            plan_date=DAY,
            days=days,
            node=node,
            policy=policy_read(**changes),
            now=now,
            is_dry=is_dry,
            progress=progress,
        )

    return make
