"""The JSON document fits its schema, is exact, and is stable."""

import json
from decimal import Decimal

import jsonschema
import pytest

from commonweal.kernel.disclosure.renderings.annex import annex_build
from commonweal.kernel.disclosure.renderings.document import document_schema, report_json
from commonweal.kernel.facts.models import Fact


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_every_document_fits_the_schema(build, language):
    jsonschema.Draft202012Validator(document_schema()).validate(
        json.loads(report_json(build(language)))
    )


def test_the_schema_refuses_a_value_that_is_no_number(build):
    document = json.loads(report_json(build()))
    document["facts"][0]["value"] = {"about": 4}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(document_schema()).validate(document)


def test_values_are_exact_and_every_printed_number_has_its_facts(build):
    document = json.loads(report_json(build()))
    facts = Fact.objects.in_bulk([row["fact_id"] for row in document["facts"]])
    used = {fact_id for printed in document["printed"] for fact_id in printed["fact_ids"]}

    assert len(facts) > 20
    assert all(Decimal(r["value"]) == facts[r["fact_id"]].value for r in document["facts"])
    assert used
    assert used <= facts.keys()
    assert used == {row["fact_id"] for row in document["facts"] if row["is_printed"]}


def test_inputs_lead_to_facts_that_are_there_too(build):
    rows = {row.fact_id: row for row in annex_build(build()).facts}
    entered = [each for row in rows.values() for each in row.inputs if each.fact_id]

    assert entered
    assert all(rows[each.fact_id].indicator == each.indicator for each in entered)


def test_the_same_report_gives_the_same_bytes(build):
    assert report_json(build()) == report_json(build())
