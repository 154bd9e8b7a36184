"""Programs that ask: one with each kind of token."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.kernel.programmes.conftest import node_make
from tests.web.small_operator import facts_make, organisation_make
from tests.web.working import ROLES, gift_make

from commonweal.api import limits
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.tokens import SCOPES, token_issue

V1 = "/api/v1"


class Program:
    """A client with a token."""

    def __init__(self, user, scopes=SCOPES, **kwargs):
        now = timezone.now()
        ends = now + timedelta(days=1)
        self.user = user
        self.token, text = token_issue(user, name="t", scopes=scopes, expires_at=ends, now=now)
        self.headers = {"Authorization": f"Bearer {text}"}
        self.client = Client(headers=self.headers, **kwargs)

    def get(self, path, **headers):
        return self.client.get(V1 + path, headers=headers)

    def send(self, method, path, body=None, **headers):
        content = json.dumps(body) if body is not None else ""
        kind = "application/json"
        return self.client.generic(method, V1 + path, content, kind, headers=headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, body, **headers)


@pytest.fixture(autouse=True)
def own_quota():
    limits.forget()


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


@pytest.fixture
def people(nodes, django_user_model):
    made = {}
    for name, (role, node) in ROLES.items():
        made[name] = django_user_model.objects.create_user(name)
        Grant.objects.create(user=made[name], role=role, node=nodes[node], valid_from="2020-01-01")
    return made


@pytest.fixture
def programs(people):
    return {name: Program(user) for name, user in people.items()}


@pytest.fixture
def reader(db, django_user_model):
    return Program(django_user_model.objects.create_user("reader"))


@pytest.fixture
def gift(people):
    return gift_make(people)
