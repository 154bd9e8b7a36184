"""Proposals: refused when they contradict themselves, gathered from every programme."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.actions import Proposal, proposals, proposes
from commonweal.kernel.actions.proposals import _FOUND

NOW = datetime(2025, 1, 20, tzinfo=UTC)


def proposal(**changed):
    values = {
        "key": "test:1",
        "name": "Free cooling",
        "node": "group",
        "kind": "cooling",
        "capex_cny": Decimal(100),
        "opex_cny_a": Decimal(0),
        "life_years": 10,
        "saving_kwh_a": Decimal(1000),
        "saving_low_kwh_a": Decimal(800),
        "saving_high_kwh_a": Decimal(1200),
        "abatement_tco2e_a": Decimal("0.54"),
        "saving_cny_a": Decimal(720),
        "source": "study",
    }
    return Proposal(**(values | changed))


@pytest.fixture
def announced():
    """A function that announces a proposer for one test."""
    before = dict(_FOUND)
    yield lambda proposer, *found: proposes(proposer)(lambda _now: found)
    _FOUND.clear()
    _FOUND.update(before)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"saving_low_kwh_a": Decimal(1100)}, "1000 kWh lies outside of 1100 to 1200"),
        ({"life_years": 0}, "a life of 0 years at a confidence of 1"),
        ({"confidence_share": Decimal("1.5")}, "a confidence of 1.5: at least 1 year, between 0"),
    ],
)
def test_a_proposal_that_contradicts_itself_is_refused(changed, said):
    with pytest.raises(InputError, match=said):
        proposal(**changed)


@pytest.mark.django_db
def test_what_is_announced_is_proposed_by_key(announced):
    announced("test", proposal(), proposal(key="test:2"))
    assert {key for key in proposals(now=NOW) if key.startswith("test:")} == {"test:1", "test:2"}


@pytest.mark.django_db
@pytest.mark.parametrize("found", [[proposal(), proposal()], [proposal(key="other:1")]])
def test_a_key_is_given_once_and_begins_with_its_proposer(announced, found):
    announced("test", *found)
    with pytest.raises(DefinitionError, match="of 'test'"):
        proposals(now=NOW)


def test_one_id_proposes_by_one_function(announced):
    announced("test")
    with pytest.raises(DefinitionError, match="'test' is announced twice"):
        announced("test")
