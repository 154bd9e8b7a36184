"""What the description promises, tried from outside by schemathesis, on every operation."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from tests.api.conftest import Program
from tests.web.small_operator import facts_make, organisation_make

from commonweal.api.document import document

EXAMPLES = 8  # for each operation and way of making them

# 422 is promised to requests of the right form that break a rule of the operator's own: a node
# that does not exist, a field that the type of record does not have, a period without figures.
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "4xx"]}},
        "generation": {"with-security-parameters": False},
    }
)
schema = schemathesis.openapi.from_dict(document(), config=CONFIG)
schema.app = get_wsgi_application()
schema.config.update(base_url="http://testserver")


@schemathesis.serializer("application/vnd.apache.arrow.stream", "application/x-ndjson")
def as_bytes(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def program(people, gift, settings, tmp_path):
    settings.HOME = tmp_path
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.ALLOWED_HOSTS = ["*"]
    organisation_make(places=("CN-GD",))
    facts_make(places=("CN-GD", "CN-BJ"))
    return Program(people["manager"])


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_what_is_promised(case, program):
    case.call_and_validate(headers=program.headers)
