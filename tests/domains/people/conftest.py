"""A group with two units, the people who run training, and small files of attendance."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.records.intake import source_ingest

NOW = datetime(2024, 4, 2, 2, 0, tzinfo=UTC)
DAY = date(2024, 3, 18)
PERSON = "00000000000000{:02x}"


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


@pytest.fixture
def scopes():
    return {name: scope(name) for name in ("data_owner", "reviewer", "programme_manager")}


@pytest.fixture
def nodes(db):
    found = {}
    for code, kind in (("group", "group"), ("north", "province"), ("south", "province")):
        names = {f"name_{each}": code for each in ("zh_hant", "zh_hans", "en")}
        found[code] = Node.objects.create(code=code, kind=kind, place="CN", **names)
    return found


@pytest.fixture
def opened(nodes, scopes):
    """A function that opens sessions by code: ``opened("S1", "S2", kind="other")``."""

    def make(*codes, **values):
        values = {
            "course": "Fibre",
            "kind": "key_ability",
            "first_day": DAY,
            "last_day": DAY,
        } | values
        openings = [Opening(node=nodes["group"], code=code, values=values) for code in codes]
        kind = record_type("training.session")
        return records_open(kind, openings, scope=scopes["data_owner"], now=NOW)

    return make


@pytest.fixture
def act(scopes):
    """A function that does one action on records after another: ``act(sessions, "hold")``."""

    def do(records, *actions, now=NOW, **values):
        roles = {"close": "reviewer", "award": "reviewer", "issue": "programme_manager"}
        kind = record_type(records[0]._meta.label_lower)
        for action in actions:
            context = Context(scopes[roles.get(action, "data_owner")], now, values=values)
            done = records_act(kind, [each.pk for each in records], action, context=context)
        return [each.record for each in done]

    return do


@pytest.fixture
def attend(nodes, tmp_path):
    """A function that ingests rows of attendance, each with what differs from an ordinary one."""

    def take(*rows, dataset="training_attendance"):
        ordinary = {
            "node_id": "north",
            "session": "S1",
            "kind": "key_ability",
            "person": PERSON.format(1),
            "level": "staff",
            "gender": "female",
            "attended_h": 6.5,
            "attended_date": DAY,
        }
        path = tmp_path / f"rows-{len(list(tmp_path.iterdir()))}.parquet"
        pq.write_table(pa.Table.from_pylist([ordinary | row for row in rows]), path)
        return source_ingest(dataset, path, actor="test:owner", now=NOW)

    return take
