"""The description is kept as a file; what would break a program is found before it is released."""

import json
from copy import deepcopy

import pytest
from tests.api.compatibility import breaks
from tools.files import ROOT

from commonweal.api.document import document
from commonweal.api.main import VERSION

GOLDEN = ROOT / "tests" / "golden" / "openapi.json"
FACTS = "/api/v1/facts"


def written():
    return json.loads(json.dumps(document()))


def test_the_description_is_the_one_that_is_kept(request):
    made = written()
    if request.config.getoption("update_golden"):
        kept = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else made
        assert list(breaks(kept, made)) == [], "this needs an address of its own (/api/v2/)"
        GOLDEN.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert made == json.loads(GOLDEN.read_text("utf-8")), "./dev test tests/api --update-golden"
    assert made["info"]["version"] == VERSION


def gone_route(made):
    del made["paths"][FACTS]["get"]


def gone_field(made):
    del made["components"]["schemas"]["FactOut"]["properties"]["unit"]


def other_type(made):
    made["components"]["schemas"]["FactOut"]["properties"]["id"]["type"] = "string"


def other_item(made):
    made["components"]["schemas"]["MeOut"]["properties"]["may"]["items"]["type"] = "integer"


def needed_field(made):
    made["components"]["schemas"]["RecordNew"]["required"].append("privacy")


def maybe_missing(made):
    made["components"]["schemas"]["FactOut"]["required"].remove("value")


def needed_parameter(made):
    made["paths"][FACTS]["get"]["parameters"][0]["required"] = True


def gone_parameter(made):
    made["paths"][FACTS]["get"]["parameters"].pop()


def gone_answer(made):
    del made["paths"]["/api/v1/datasets/{dataset_id}/rows"]["post"]["responses"]["201"]


def gone_form(made):
    operation = made["paths"]["/api/v1/datasets/{dataset_id}/rows"]["post"]
    del operation["requestBody"]["content"]["text/csv"]


@pytest.mark.parametrize(
    "change",
    [
        gone_route,
        gone_field,
        other_type,
        other_item,
        needed_field,
        maybe_missing,
        needed_parameter,
        gone_parameter,
        gone_answer,
        gone_form,
    ],
)
def test_what_breaks_a_program_is_found(change):
    made = written()
    changed = deepcopy(made)
    change(changed)
    assert len(list(breaks(made, changed))) == 1


def test_what_is_added_breaks_nothing():
    made = written()
    more = deepcopy(made)
    more["paths"]["/api/v1/new"] = deepcopy(more["paths"][FACTS])
    more["components"]["schemas"]["FactOut"]["properties"]["more"] = {"type": "string"}
    more["components"]["schemas"]["FactOut"]["required"].append("more")
    optional = {"in": "query", "name": "more", "schema": {"type": "string"}, "required": False}
    more["paths"][FACTS]["get"]["parameters"].append(optional)
    assert list(breaks(made, more)) == []
