"""The client for Python is the one that is written from the description, and it works."""

import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pyarrow as pa
import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from tests.web.small_operator import facts_make, organisation_make
from tools.api_client import CLIENT, DESCRIPTION, written
from tools.files import ROOT

from commonweal.kernel.accounts.tokens import token_issue


@pytest.fixture
def client_module(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "clients" / "python")
    import commonweal_client  # noqa: PLC0415 - it lies beside the product

    yield commonweal_client
    for name in ("commonweal_client", "asking"):
        sys.modules.pop(name, None)


def test_the_client_is_written_from_the_description():
    made = written(json.loads(DESCRIPTION.read_text("utf-8")))
    assert made == CLIENT.read_text("utf-8"), "python -m tools.api_client"


@pytest.fixture
def server(settings):
    settings.ALLOWED_HOSTS = ["*"]
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as made:
        yield made


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def answered(server, ask):
    """What a client is answered; it asks from a thread, as the database is this thread's."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        server.handle_request()
        return asked.result(10)


def test_a_program_reads_facts_and_is_told_what_is_wrong(  # noqa: PLR0917 - fixtures
    db, server, client_module, django_user_model, settings, tmp_path
):
    settings.HOME = tmp_path
    organisation_make()
    facts_make()
    user = django_user_model.objects.create_superuser("gateway", password="x" * 20)
    now = timezone.now()
    ends = now + timedelta(days=1)
    _token, text = token_issue(user, name="t", scopes=["read", "ingest"], expires_at=ends, now=now)
    client = client_module.Client(f"http://127.0.0.1:{server.server_port}", text)
    page = answered(
        server,
        lambda: client.facts_list(indicator=["electricity_use"], node=["GD"], period=["2024"]),
    )
    assert [fact["value"] for fact in page["items"]] == ["13200000.000000000"]
    table = pa.table({"node_id": ["GD"], "month": ["2024-01"]})
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    rows, form = file.getvalue(), "application/vnd.apache.arrow.stream"
    with pytest.raises(sys.modules["asking"].ProblemError, match="there is no column for") as told:
        answered(server, lambda: client.rows_take("electricity_bills", rows, form))
    assert told.value.status == 422
