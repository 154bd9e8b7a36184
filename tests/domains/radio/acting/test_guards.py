"""Guards are the operator's own where its file says so."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.radio.guards import app
from commonweal.domains.radio.energy_saving.acting.guards import guards_path, guards_read
from commonweal.domains.radio.energy_saving.acting.steps import Manner
from commonweal.engines.radio.guard import Limits
from commonweal.errors import DefinitionError


@pytest.fixture
def written(tmp_path, settings):
    """A function that writes the operator's file."""
    settings.HOME = tmp_path

    def write(text):
        guards_path().parent.mkdir(exist_ok=True)
        guards_path().write_text(text, "utf-8")

    return write


def test_without_a_file_our_limits_hold(tmp_path, settings):
    settings.HOME = tmp_path
    assert guards_read().manner(900.0) == Manner(limits=Limits(period_s=900.0))


def test_a_key_of_the_file_replaces_ours_and_no_other(written):
    written("load_share = 0.6\nhold_h = 48\n")
    found = guards_read().manner(3600.0)
    assert found == Manner(limits=Limits(period_s=3600.0, load_share=0.6), hold_h=48)


@pytest.mark.parametrize(
    ("text", "said"),
    [("load = 0.6", "load"), ("load_share = 60", "load_share"), ("n_tries = 0", "n_tries")],
)
def test_a_key_that_is_none_or_a_value_out_of_range_is_refused_with_its_place(written, text, said):
    written(text)
    with pytest.raises(DefinitionError, match=rf"guard\.toml.*{said}"):
        guards_read()


def test_the_command_tells_which_are_the_operators_own(written):
    written("n_silent = 3")
    told = json.loads(CliRunner().invoke(app, ["--json"]).stdout)["guards"]
    assert told["n_silent"] == {"value": 3, "default": 2, "is_own": True}
    assert [name for name, each in told.items() if each["is_own"]] == ["n_silent"]
    printed = CliRunner().invoke(app, []).stdout
    assert "(yours; ours is 2)" in printed
