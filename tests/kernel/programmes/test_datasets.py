"""Datasets stated as data: what a file says is what the lake gets, and a slip is named."""

import pytest

from commonweal.errors import DefinitionError
from commonweal.kernel.programmes.datasets import dataset_declare
from commonweal.lake import datasets
from commonweal.lake.datasets import ColumnKind

NAMES = '{ zh-hant = "甲", zh-hans = "甲", en = "A" }'
WELL = f"""
names = {NAMES}
key = ["node_id", "day"]
month_of = "day"
[columns.node_id]
kind = "reference"
references = "node"
names = {NAMES}
[columns.day]
kind = "day"
names = {NAMES}
[columns.hours_h]
kind = "number"
unit = "hour"
minimum = 0.5
maximum = 24.0
required = false
names = {NAMES}
"""


@pytest.fixture(autouse=True)
def no_trace(monkeypatch):
    """What a test declares is forgotten with it."""
    monkeypatch.setattr(datasets, "_datasets", dict(datasets.datasets()))


@pytest.fixture
def declare(tmp_path):
    """A function that declares the dataset ``visits`` of a programme with this text."""

    def make(text, rules=()):
        (tmp_path / "datasets").mkdir()
        (tmp_path / "datasets" / "visits.toml").write_text(text, "utf-8")
        return dataset_declare(str(tmp_path / "schemas.py"), "visits", rules=rules)

    return make


def test_a_file_becomes_a_dataset_of_the_lake(declare):
    made = declare(WELL)
    assert datasets.dataset_get("visits") is made
    hours = made.column("hours_h")
    assert (hours.kind, hours.unit, hours.required) == (ColumnKind.NUMBER, "hour", False)
    assert (hours.minimum, hours.maximum, made.key) == (0.5, 24.0, ("node_id", "day"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (WELL.replace('"day"\nnames', '"daily"\nnames'), "columns.day.kind"),
        (WELL.replace("required = false", "require = false"), "columns.hours_h.require"),
        (WELL.replace('month_of = "day"', 'month_of = "hours_h"'), "must be part of its key"),
        (
            WELL.replace('key = ["node_id", "day"]', 'key = ["node", "day"]'),
            "not among its columns",
        ),
    ],
)
def test_a_slip_in_a_file_is_named(declare, wrong, said):
    with pytest.raises(DefinitionError, match=said):
        declare(wrong)
