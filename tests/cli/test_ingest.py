"""The front door from the command line, with the organisation's own register of meters."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.ingest import app
from commonweal.kernel.org.models import Meter, Site
from commonweal.kernel.records.models import Event
from commonweal.lake.models import Source

_READINGS = """meter_id,read_at,register
M-1,2024-01-01T00:00:00+08:00,10
M-1,2024-01-02T00:00:00,11
M-7,2024-01-02T00:00:00Z,12
"""


@pytest.fixture
def meter(db):
    site = Site.objects.create(code="S-1", kind="macro", place="CN-GD")
    return Meter.objects.create(
        code="M-1", site=site, carrier="electricity", unit="kWh", max_rate_per_h=10.0
    )


@pytest.fixture
def readings(tmp_path):
    path = tmp_path / "readings.csv"
    path.write_text(_READINGS, "utf-8")
    return path


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.mark.usefixtures("meter")
def test_ingest_says_what_became_of_the_rows_and_tells_the_event_log(readings):
    done = run("ingest", "meter_readings", readings, "--json")

    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["n_accepted"], answer["n_rejected"], answer["replayed"]) == (1, 2, False)
    event = Event.objects.get(record_type="lake.source")
    assert event.record_key == Source.objects.get().fingerprint


@pytest.mark.usefixtures("meter")
def test_a_second_time_is_a_replay_without_an_event(readings):
    run("ingest", "meter_readings", readings)
    again = run("ingest", "meter_readings", readings)

    assert "1 rows accepted, 2 rejected (already ingested" in again.stdout
    assert Event.objects.filter(record_type="lake.source").count() == 1


@pytest.mark.usefixtures("meter")
def test_a_dry_run_shows_the_first_rejects_and_adds_nothing(readings):
    done = run("ingest", "meter_readings", readings, "--dry-run")

    assert "would accept 1 rows and reject 2; nothing was added" in done.stdout
    assert "naive_instant: 1, reference: 1" in done.stdout
    assert not Source.objects.exists()


@pytest.mark.usefixtures("meter")
def test_a_mapping_file_is_applied(readings, tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text('timezone = "Asia/Shanghai"\n', "utf-8")
    done = run("ingest", "meter_readings", readings, "--mapping", mapping, "--json")
    assert json.loads(done.stdout)["n_accepted"] == 2


@pytest.mark.usefixtures("meter")
def test_rejects_are_shown_and_written_to_be_mended(readings, tmp_path):
    run("ingest", "meter_readings", readings)
    out = tmp_path / "mend.csv"

    shown = run("rejects", "meter_readings", "--json")
    rules = [reject["rule"] for reject in json.loads(shown.stdout)]
    assert rules == ["naive_instant", "reference"]

    assert run("rejects", "meter_readings", "--csv", out).exit_code == 0
    assert out.read_text("utf-8-sig").splitlines()[1].startswith("M-1,2024-01-02T00:00:00,11,")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("ingest", "meter_readings", "none.csv"), "none.csv does not exist"),
        (("ingest", "nothing", "none.csv"), "no dataset 'nothing'"),
        (("rejects", "99"), "no source 99"),
        (("template", "nothing"), "no dataset 'nothing'"),
    ],
)
def test_an_error_is_one_sentence_and_exit_code_3(args, sentence):
    done = run(*args)
    assert done.exit_code == 3
    assert done.stdout == ""
    assert sentence in done.stderr.replace("\n", " ")


def test_a_template_is_written_where_it_is_asked_for(tmp_path):
    out = tmp_path / "t.xlsx"
    done = run("template", "meter_readings", "--out", out, "--json")
    assert json.loads(done.stdout) == {"dataset": "meter_readings", "path": str(out)}
    assert out.read_bytes().startswith(b"PK")


def test_datasets_are_listed_with_their_columns():
    listed = {each["id"]: each for each in json.loads(run("datasets", "--json").stdout)}
    assert [column["name"] for column in listed["meter_readings"]["columns"]] == [
        "meter_id",
        "read_at",
        "register",
    ]
    assert "meter_readings" in run("datasets").stdout
