"""A small organisation, people with roles, and a programme to work with."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model

from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.org.models import Membership, Node
from commonweal.kernel.programmes.registry import record_type

NOW = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)
VALUES = {
    "purpose": "border",
    "recipient": "School",
    "project": "Library",
    "amount_cny": "53000.00",
    "pledge_date": date(2024, 3, 1),
}


def node_make(code, kind, parent=None):
    node = Node.objects.create(
        code=code, kind=kind, place="CN", name_zh_hant=code, name_zh_hans=code, name_en=code
    )
    Membership.objects.create(
        node=node, parent=parent, valid_from=date(2020, 1, 1), recorded_at=NOW
    )
    return node


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    north, south = (node_make(code, "province", group) for code in ("north", "south"))
    return {"group": group, "north": north, "south": south}


@pytest.fixture
def person(nodes):
    """A function that makes a person with roles: ``person("li", reviewer="group")``."""

    def make(name, **roles):
        user, _ = get_user_model().objects.get_or_create(username=name)
        for role, code in roles.items():
            Grant.objects.create(
                user=user, role=role, node=nodes[code], valid_from=date(2020, 1, 1)
            )
        return scope_of(user, now=NOW)

    return make


@pytest.fixture
def donation():
    return record_type("donations.donation")
