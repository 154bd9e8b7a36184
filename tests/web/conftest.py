"""An operator with two years of facts, and a reader who has signed in."""

import pytest
from django.contrib.auth import get_user_model
from tests.kernel.programmes.conftest import node_make
from tests.web.small_operator import facts_make, organisation_make
from tests.web.working import ROLES, gift_make

from commonweal.kernel.accounts.models import Grant


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


@pytest.fixture
def reader(client, operator, django_user_model):
    user = django_user_model.objects.create_user("reader")
    client.force_login(user)
    return client


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


@pytest.fixture
def people(nodes):
    made = {}
    for name, (role, node) in ROLES.items():
        made[name] = get_user_model().objects.create_user(name)
        Grant.objects.create(user=made[name], role=role, node=nodes[node], valid_from="2020-01-01")
    return made


@pytest.fixture
def sign_in(client, people):
    def as_(name):
        client.force_login(people[name])
        return client

    return as_


@pytest.fixture
def gift(people):
    return gift_make(people)
