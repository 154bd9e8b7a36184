"""Plans as documents of TS 28.541, there and back."""

import json
from datetime import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.domains.radio.energy_saving.acting.adapter import Cell
from commonweal.domains.radio.energy_saving.acting.documents import (
    modes_of,
    periods_of,
    plan_document,
)
from commonweal.domains.radio.energy_saving.acting.nrm import (
    Actuator,
    function,
    not_allowed,
    thresholds,
)
from commonweal.domains.radio.energy_saving.acting.schedule import schedule_of
from commonweal.engines.radio.guard import Limits
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError
from tests.domains.radio.acting.world import START, night, table


@given(
    st.lists(st.lists(st.sampled_from(Mode), min_size=6, max_size=6), min_size=1, max_size=5),
    st.sampled_from([16, 19]),
    st.sampled_from(Actuator),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_modes_survive_the_way_through_a_document(modes, release, actuator, are_nr):
    cells = [
        Cell(f"c{at}", f"ManagedElement=e{at}", f"GNBDUFunction=1,NRCellDU={at}", are_nr[at])
        for at in range(len(modes))
    ]
    schedule = schedule_of(
        plan="EP-1",
        start_at=START,
        slot_s=900,
        cells=cells,
        sector=np.arange(len(modes)),
        mode=np.array(modes, np.int8),
    )
    document = plan_document(schedule, limits=Limits(), release=release, actuator=actuator)
    found = modes_of(json.loads(json.dumps(document)))
    assert set(found) == {f"c{at}" for at in np.flatnonzero(schedule.is_acted)}
    for cell_id, of_cell in found.items():
        assert (of_cell == schedule.mode[schedule.place[cell_id]]).all()


def test_a_document_names_the_functions_and_the_fallback():
    document = plan_document(night(table(1)), limits=Limits())
    entry = next(each for each in document["cells"] if each["cell"].endswith("n78"))
    assert entry["object"] == (
        "ManagedElement=S-GD-000001-gnb,GNBCUCPFunction=1,NRCellCU=1-n78,CESManagementFunction=1"
    )
    assert entry["fallbackObject"] == (
        "ManagedElement=S-GD-000001-gnb,GNBDUFunction=1,NRCellDU=1-n78"
    )
    sleeps = entry["changes"][1]
    assert sleeps == {
        "notBefore": "2024-12-09T17:00:00Z",
        "mode": "DEEP_SLEEP",
        "attributes": {"energySavingControl": "toBeEnergySaving"},
        "energySavingState": "isEnergySaving",
        "fallback": {"administrativeState": "LOCKED"},
    }
    assert entry["CESManagementFunction"]["cesSwitch"] is True
    assert document["DESManagementFunction"]["desSwitch"] is False


def test_a_document_that_contradicts_itself_is_refused():
    document = plan_document(night(table(1)), limits=Limits())
    document["cells"][0]["changes"][1]["energySavingState"] = "isNotEnergySaving"
    with pytest.raises(InputError, match="isNotEnergySaving contradicts mode DEEP_SLEEP"):
        modes_of(document)
    with pytest.raises(InputError, match="format None"):
        modes_of({})


@pytest.mark.parametrize(
    ("start", "end", "weekdays", "expected"),
    [
        (time(8), time(23), [], ("00:00", "15:00", None)),
        (time(7), time(9), [0], ("23:00", "01:00", ["Sunday"])),
        (time(22), time(6), [6], ("14:00", "22:00", ["Sunday"])),
        (time(0), time(0), [], ("16:00", "16:00", None)),
    ],
)
def test_local_periods_become_utc_with_the_days_on_which_they_begin(start, end, weekdays, expected):
    found = not_allowed(start, end, weekdays)
    assert (found["startTime"], found["endTime"], found.get("daysOfWeek")) == expected


def test_periods_of_one_node_stay_with_the_plan():
    policy = {
        "not_allowed": [
            {"name": "rush", "from": "07:30", "until": "24:00", "weekdays": [1, 2], "node": ""},
            {"name": "fair", "from": "07:30", "until": "09:00", "weekdays": [1], "node": "GD"},
        ]
    }
    assert periods_of(policy) == [
        {"startTime": "23:30", "endTime": "16:00", "daysOfWeek": ["Sunday", "Monday"]}
    ]


def test_thresholds_are_in_the_units_of_the_model():
    found = thresholds(Limits(load_share=0.7, load_s=900))
    assert found["intraRatEsDeactivationCandidateCellsLoadParameters"] == {
        "loadThreshold": 70,
        "timeDuration": 900,
    }
    assert found["interRatEsDeactivationCandidateCellParameters"]["loadThreshold"] == 7000
    with pytest.raises(InputError, match="which timeDuration can say"):
        thresholds(Limits(load_s=1800))


def test_functions_have_the_attributes_of_the_standard_and_no_others():
    named = {
        "intraRatEsActivationOriginalCellLoadParameters",
        "intraRatEsActivationCandidateCellsLoadParameters",
        "intraRatEsDeactivationCandidateCellsLoadParameters",
        "interRatEsActivationOriginalCellParameters",
        "interRatEsActivationCandidateCellParameters",
        "interRatEsDeactivationCandidateCellParameters",
        "esNotAllowedTimePeriod",
    }  # TS 28.541, 4.3.58 and 4.3.63
    assert set(function(Limits(), [])) == named | {"cesSwitch"}
    assert set(function(Limits(), [], distributed=True)) == named | {"desSwitch"}
