"""An operator with two years of facts, and a reader who has signed in."""

import pytest
from tests.web.small_operator import facts_make, organisation_make


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


@pytest.fixture
def reader(client, operator, django_user_model):
    user = django_user_model.objects.create_user("reader")
    client.force_login(user)
    return client
