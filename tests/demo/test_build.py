import json
from collections import Counter
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest
from django.contrib.auth import authenticate

from commonweal.demo.build import build
from commonweal.demo.files import CORRECTION_KNOWN_AT, manifest_read
from commonweal.demo.programmes import demos
from commonweal.demo.steps import ACTOR, BOUNDARY, TARGET
from commonweal.errors import InputError, StateError
from commonweal.kernel.org.models import BoundaryShare, Meter, Node, NodeKind, Site
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.records.models import Event
from commonweal.kernel.records.selectors import chain_verify
from commonweal.kernel.targets.models import Target
from commonweal.lake.models import Source
from commonweal.lake.query import query
from commonweal.lake.views import read
from tests.demo.conftest import SMALL

pytestmark = pytest.mark.django_db

JANUARY = date(2024, 1, 1)
TOTAL = "SELECT sum(quantity_kwh) AS kwh, count(*) AS n FROM bills"


@pytest.fixture
def built(folder):
    return build(SMALL, folder=folder)


def rejects_of(lake_root):
    for source in Source.objects.exclude(rejects_path=""):
        for row in pq.read_table(lake_root / source.rejects_path).to_pylist():
            yield source, row


def january(as_of):
    bills = read("electricity_bills", months=[JANUARY], as_of=as_of)
    return query(TOTAL, {"bills": bills}).to_pylist()[0]


def test_a_build_brings_all_in_as_planted_and_only_once(built, folder, planted, lake_root):
    manifest = manifest_read(folder)
    ours = Meter.objects.exclude(code__startswith="E-")  # a programme installs meters of its own
    counts = (Node.objects.count(), Site.objects.count(), ours.count())
    assert counts == manifest.register_rows
    assert built.n_files == len(manifest.files)
    assert built.n_rejected == planted["rejected"]
    assert built.n_accepted + built.n_rejected == sum(file.rows for file in manifest.files)

    refused = Counter((s.name, row["source_row"]) for s, row in rejects_of(lake_root))
    listed = Counter((f["file"], f["row"]) for f in planted["faults"] if f["rejected"])
    assert refused == listed

    assert Target.objects.get(code=TARGET).node == "DEMO"
    assert BoundaryShare.objects.get(boundary__code=BOUNDARY).share == 1
    n_events = Event.objects.count()
    assert build(SMALL, folder=folder).done == ()
    assert Event.objects.count() == n_events
    chain_verify()


def test_the_organisation_changes_when_it_should_and_was_as_it_was(built, folder):
    merger = manifest_read(folder).merger
    assert built.done

    def units_below(area, day, as_of=None):
        found = tree(day, as_of)
        if area not in found.code:
            return 0
        return len(found.children(found.code.index(area)))

    before, after = date(2024, 6, 30), date(2024, 7, 1)
    moved = units_below(merger.area, before)
    assert moved > 0
    assert units_below(merger.into, after) == units_below(merger.into, before) + moved
    assert units_below(merger.area, after) == 0
    unaware = datetime(2024, 6, 1, tzinfo=UTC)
    assert units_below(merger.area, after, unaware) == moved


def test_the_late_correction_changes_january_only_for_those_who_know_it(built, table, planted):
    assert built.done
    first = january(datetime(2025, 3, 18, tzinfo=UTC))
    corrected = january(CORRECTION_KNOWN_AT)
    restated = {row["meter_id"]: row for row in table("electricity_bills-2024-01-correction.csv")}
    old = sum(
        float(row["quantity_kwh"])
        for row in table("electricity_bills-2024-01.csv")
        if row["meter_id"] in restated
    )
    new = sum(float(row["quantity_kwh"]) for row in restated.values())
    assert len(restated) == planted["counts"]["late_correction"]
    assert corrected["n"] == first["n"]
    assert first["kwh"] - corrected["kwh"] == pytest.approx(old - new)


def test_a_build_that_was_killed_goes_on_where_it_stopped(folder):
    class KilledError(Exception):
        pass

    def killer(title, _share):
        if title == "merger of two areas":
            raise KilledError

    with pytest.raises(KilledError):
        build(SMALL, folder=folder, tell=killer)
    n_before = Source.objects.count()
    built = build(SMALL, folder=folder)
    titles = [step.title for step in built.done]
    assert 0 < n_before < built.n_files
    assert titles[0] == "merger of two areas"
    ours = Source.objects.filter(actor=ACTOR)  # programmes bring files of their own
    assert built.n_files == ours.count() == len(manifest_read(folder).files)
    assert Event.objects.filter(action="ingest", actor=ACTOR).count() == built.n_files


def test_a_home_with_another_operator_is_refused(folder):
    Node.objects.create(
        code="REAL",
        kind=NodeKind.GROUP,
        place="CN",
        name_zh_hant="甲",
        name_zh_hans="甲",
        name_en="A",
    )
    with pytest.raises(StateError, match="already holds the operator REAL"):
        build(SMALL, folder=folder)


def test_the_login_may_look_and_not_touch(built):
    user = authenticate(username=built.user, password=built.password)
    assert user.has_perm("org.view_site")
    assert user.is_staff
    assert not user.is_superuser
    assert {
        permission.split(".")[1].split("_")[0] for permission in user.get_all_permissions()
    } == {"view"}


def test_planted_json_is_labelled_synthetic(folder):
    for name in ("planted.json", "truth.json", "files.json"):
        assert "ynthetic" in json.loads((folder / name).read_text("utf-8"))["label"]


def test_only_the_demos_of_chosen_programmes_are_built_and_a_wrong_name_is_refused_first(tmp_path):
    chosen = [programme.id for programme, _ in demos(["waste", "water"])]
    assert sorted(chosen) == ["waste", "water"]
    assert list(demos([])) == []
    assert len(list(demos())) > 10
    with pytest.raises(InputError, match="no programme 'wast' has a demo"):
        build(SMALL, folder=tmp_path / "demo", programmes=["wast"])
    assert not (tmp_path / "demo").exists()
