"""One operator, one record in the north, and a person for each role inside and outside."""

import io
from typing import NamedTuple

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from tests.access.addresses import examples
from tests.kernel.programmes.conftest import node_make
from tests.web.small_operator import facts_make, organisation_make
from tests.web.working import gift_make

from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.programmes.services.attaching import attachment_add


class House(NamedTuple):
    """Accounts by name; a record of the north, a confidential one, a file; places of addresses."""

    people: dict
    record: object
    private: object
    file: object
    examples: dict


def grant(user, role, node, **until):
    since = {"valid_from": "2020-01-01"}
    return Grant.objects.create(user=user, role=role, node=node, **since, **until)


def accounts_make(nodes):
    """Accounts by name: ``inside-reviewer``, ``outside-reviewer``, ``nobody``, ``root`` …"""
    users = get_user_model().objects
    people = {"nobody": users.create_user("nobody"), "root": users.create_superuser("root")}
    people["staff"] = users.create_user("staff", is_staff=True)
    for role in Role.values:
        for side, node in (("inside", "north"), ("outside", "south")):
            name = f"{side}-{role}"
            people[name] = users.create_user(name)
            grant(people[name], role, nodes[node])
    people["former-verifier"] = users.create_user("former-verifier")
    grant(people["former-verifier"], "verifier", nodes["north"], valid_to="2024-01-01")
    return people


@pytest.fixture
def nodes(db):
    group, _provinces, _unit = organisation_make()
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


@pytest.fixture
def house(nodes):
    facts_make()
    people = accounts_make(nodes)
    giver = get_user_model().objects.create_user("giver")
    grant(giver, "data_owner", nodes["north"])
    record, private = (
        gift_make({"owner": giver}, recipient=name, project=name) for name in ("Clinic", "Secret")
    )
    type(private).objects.filter(pk=private.pk).update(privacy="confidential")
    scope = scope_of(giver, now=timezone.now())
    file = attachment_add(
        record, io.BytesIO(b"deed"), name="deed.txt", scope=scope, now=timezone.now()
    )
    fact = Fact.objects.order_by("pk").values_list("pk", flat=True)[0]
    given = examples(record, private, file, fact)
    return House(people, record, private, file, given)
