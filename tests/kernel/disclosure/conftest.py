"""An operator with two years of facts."""

import pytest
from tests.web.small_operator import facts_make, organisation_make


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()
