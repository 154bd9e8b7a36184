"""A small operator made through the services."""

from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.org.services import node_create, site_create

BY = {"actor": "test", "now": datetime(2024, 1, 10, tzinfo=UTC)}
OPENED = date(2020, 1, 1)


def found(code, parent=None, **changes):
    fields = {"kind": "unit", "place": "CN-GD", "names": {"en": code}, "from_date": OPENED, **BY}
    return node_create(code=code, parent=parent, **{**fields, **changes})


def opened(code, node, **changes):
    fields = {"kind": "macro", "from_date": OPENED, **BY}
    return site_create(code=code, node=node, **{**fields, **changes})


@pytest.fixture
def operator(db):
    """G above A and B, U below A; a site in each of A, B and U."""
    found("G", kind="group", place="CN")
    found("A", "G")
    found("B", "G")
    found("U", "A")
    for code in "ABU":
        opened(f"S-{code}", code)
