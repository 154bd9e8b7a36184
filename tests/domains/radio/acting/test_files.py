"""Edits handed over as files: nothing is done before somebody says so."""

import json

import numpy as np
import pytest
from lxml import etree

from commonweal.domains.radio.energy_saving.acting.adapter import Answer, Cell, Edit
from commonweal.domains.radio.energy_saving.acting.documents import plan_edits
from commonweal.domains.radio.energy_saving.acting.files import Files
from commonweal.domains.radio.energy_saving.acting.nrm import Actuator
from commonweal.domains.radio.energy_saving.acting.wire import dn_parts, edit_configs, patches
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError
from tests.domains.radio.acting.world import START, night, table

NETCONF = "{urn:ietf:params:xml:ns:netconf:base:1.0}"
CES = "{urn:3gpp:sa5:_3gpp-nr-nrm-cesmanagementfunction}"


@pytest.fixture
def schedule():
    return night(table(1))


def first_edits(schedule):
    edits = plan_edits(schedule)
    return [edit for edit in edits if edit.not_before == edits[0].not_before]


def test_an_edit_that_is_handed_over_is_not_done_until_it_is_acknowledged(schedule, tmp_path):
    files = Files(schedule, tmp_path)
    edits = first_edits(schedule)
    assert files.apply(edits, at=START) == [Answer.HANDED_OVER] * len(edits)
    assert (files.state() == -1).all()
    ack = {edits[0].key: "done", edits[1].key: "refused"}
    (tmp_path / "acks" / "one.json").write_text(json.dumps(ack))
    state = files.state()
    assert state[edits[0].place] == edits[0].mode
    assert (np.delete(state, edits[0].place) == -1).all()
    again = Files(schedule, tmp_path)  # another run finds what was asked
    assert (again.state() == state).all()


def test_a_later_acknowledgement_counts_for_the_cell(schedule, tmp_path):
    files = Files(schedule, tmp_path)
    edits = [edit for edit in plan_edits(schedule) if edit.place == 1]
    files.apply(edits[:1], at=edits[0].not_before)
    files.apply(edits[1:], at=edits[1].not_before)
    (tmp_path / "acks" / "b.json").write_text(json.dumps({edits[1].key: "done"}))
    (tmp_path / "acks" / "c.json").write_text(json.dumps({edits[0].key: "done"}))
    assert files.state()[1] == Mode.ON


def test_an_acknowledgement_that_says_nothing_known_is_refused_by_name(schedule, tmp_path):
    files = Files(schedule, tmp_path)
    (tmp_path / "acks" / "bad.json").write_text('{"k": "maybe"}')
    with pytest.raises(InputError, match=r"bad\.json is no acknowledgement"):
        files.state()


def test_netconf_documents_merge_one_attribute_of_each_cell(schedule):
    edits = first_edits(schedule)
    found = edit_configs(edits, release=16, actuator=Actuator.CONTROL)
    assert set(found) == {edit.cell.element_dn for edit in edits}
    root = etree.fromstring(found["ManagedElement=S-GD-000001-gnb"])
    assert root.find(f"{NETCONF}edit-config/{NETCONF}error-option").text == "rollback-on-error"
    controls = list(root.iter(f"{CES}energySavingControl"))
    n_nr = sum(edit.cell.is_nr for edit in edits)
    assert [each.text for each in controls] == ["toBeEnergySaving"] * n_nr
    merged = [
        each.getparent().get(f"{NETCONF}operation")
        for each in root.iter(f"{CES}energySavingControl")
    ]
    assert merged == ["merge"] * n_nr


@pytest.mark.parametrize(
    ("release", "actuator", "expected"),
    [
        (16, Actuator.CONTROL, {"energySavingControl": "toBeEnergySaving"}),
        (19, Actuator.CONTROL, {"energySavingControl": "TO_BE_ENERGY_SAVING"}),
        (19, Actuator.STATE, {"administrativeState": "LOCKED"}),
    ],
)
def test_a_patch_and_its_inverse_say_the_attribute_in_the_release_asked_for(
    schedule, release, actuator, expected
):
    edit = next(each for each in first_edits(schedule) if each.cell.is_nr)
    told = patches([edit], release=release, actuator=actuator)[0]
    assert told["request"]["body"] == {"attributes": expected}
    assert told["notBefore"] == "2024-12-09T17:00:00Z"
    assert told["wakeBy"] == "2024-12-09T22:00:00Z"
    undone = patches([edit.inverse], release=release, actuator=actuator)[0]
    assert undone["request"] == told["inverse"]
    assert undone["inverse"] == told["request"]
    assert undone["wakeBy"] is None


def test_lte_is_locked_whatever_the_actuator_and_channels_off_has_no_standard_request():
    lte = Cell("c", "ManagedElement=e", "ENBFunction=1,EUtranCellFDD=1", is_nr=False)
    sleep = Edit(0, lte, Mode.CARRIER_OFF, Mode.ON, START, "p/c/x/1")
    told = patches([sleep], release=16, actuator=Actuator.CONTROL)[0]
    assert told["request"]["path"] == "/ManagedElement=e/ENBFunction=1/EUtranCellFDD=1"
    assert told["request"]["body"] == {"attributes": {"administrativeState": "LOCKED"}}
    partly = Edit(0, lte, Mode.RF_OFF, Mode.ON, START, "p/c/x/2")
    told = patches([partly], release=16, actuator=Actuator.CONTROL)[0]
    assert told["modeOnly"]
    assert told["request"] is None
    assert edit_configs([partly], release=16, actuator=Actuator.CONTROL) == {}


def test_what_cannot_be_spelt_is_refused():
    strange = Cell("c", "ManagedElement=e", "Thing=1", is_nr=False)
    edit = Edit(0, strange, Mode.DEEP_SLEEP, Mode.ON, START, "p/c/x/1")
    with pytest.raises(InputError, match="no namespace is known for objects of class Thing"):
        edit_configs([edit], release=16, actuator=Actuator.STATE)
    with pytest.raises(InputError, match="is no distinguished name"):
        dn_parts("ManagedElement")
    with pytest.raises(InputError, match="release 17 is not known"):
        patches([edit], release=17, actuator=Actuator.STATE)
