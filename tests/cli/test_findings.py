"""What the quality rules noticed, from the terminal."""

import json
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from commonweal.cli.compute import app
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.org.models import Meter, Site

pytestmark = pytest.mark.django_db
SEEN = datetime(2025, 3, 18, tzinfo=UTC)


@pytest.fixture
def noticed():
    site = Site.objects.create(code="S-1", kind="macro", place="CN-GD")
    meter = Meter.objects.create(
        code="M-1", site=site, carrier="electricity", unit="kWh", max_rate_per_h=50
    )
    for number, rule in enumerate(("bill_unit_slip", "bill_unit_slip", "older_rule"), start=1):
        Finding.objects.create(
            dataset="energy", subject_kind="meter", subject_id=meter.pk, rule=rule,
            month=date(2024, number, 1), quantity=1.5, first_seen_at=SEEN, last_seen_at=SEEN,
        )  # fmt: skip


def run(*arguments):
    done = CliRunner().invoke(app, ("findings", *arguments), env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


def test_rules_are_counted_and_named(noticed):
    assert run().splitlines() == [
        "bill_unit_slip  2  Bill: off by a factor of a thousand",
        "older_rule  1  older_rule",
    ]


def test_what_broke_a_rule_is_listed_by_code_with_what_to_do(noticed):
    told = run("--rule", "bill_unit_slip")
    assert "Check the unit on the bill itself and send in a correction." in told
    assert "meter  M-1  2024-02  1.5  kWh" in told
    assert run("--rule", "bill_unit_slip", "--limit", "1", "--json") == [
        {"subject_kind": "meter", "subject": "M-1", "month": "2024-02", "quantity": 1.5,
         "unit": "kWh"}
    ]  # fmt: skip


def test_nothing_noticed_is_an_empty_list():
    assert run("--json") == []
