"""The whole computation gives the same figures on DuckDB, on Sail and on a real Spark cluster."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as configured
from django.db import transaction

from commonweal.demo.build import build
from commonweal.demo.steps import BOUNDARY
from commonweal.demo.streams import Options
from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.periods import period

# One worker for all: the operator is built once, and so is the cluster.
pytestmark = pytest.mark.xdist_group("cluster")

SMALL = Options(sites=60, hourly_meters=10)
PERIODS = [period(written) for written in ("2023", "2024", "2024-H1", "2024-03")]
NOW = datetime(2025, 4, 10, 8, 0, tzinfo=UTC)  # after the newest facts of the demo


@pytest.fixture(scope="module")
def built(tmp_path_factory, django_db_setup, django_db_blocker):
    """The lake of a small operator with planted faults; its records stand beneath every test."""
    lake = tmp_path_factory.mktemp("lake")
    with django_db_blocker.unblock(), transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(configured, "LAKE_ROOT", lake)
            build(SMALL, folder=tmp_path_factory.mktemp("files"))
        yield lake
        transaction.set_rollback(True)


@pytest.fixture
def evaluated(built, db, settings):
    """Evaluate the periods on an engine."""

    def _evaluated(engine):
        settings.LAKE_ROOT, settings.QUERY_ENGINE = built, engine
        return evaluate(PERIODS, boundary=BOUNDARY, snapshot=NOW)

    return _evaluated


@pytest.fixture
def computed(built, db, settings):
    """Compute the periods on an engine and record the facts."""

    def _computed(engine, *, now=NOW):
        settings.LAKE_ROOT, settings.QUERY_ENGINE = built, engine
        told = {"boundary": BOUNDARY, "actor": "test", "reason": "computed by a test"}
        return compute(PERIODS, **told, now=now)

    return _computed


@pytest.fixture(params=["sail", pytest.param("spark", marks=pytest.mark.cluster)])
def other(request):
    """Address of each engine that is compared with DuckDB."""
    if request.param == "spark":
        return request.getfixturevalue("spark_cluster").address
    return request.getfixturevalue("sail")


def bits(array):
    """What tells two arrays apart to the last bit; no data equals no data."""
    return array.shape, array.tobytes()


def noticed(cube):
    """Everything that the quality rules noticed."""
    found = cube.findings
    columns = (found.subject_kind, found.subject_id.tolist(), found.month.tolist(), found.rule)
    return sorted(zip(*columns, map(float.hex, found.quantity.tolist()), strict=True))


def recorded():
    """What the facts and the list of findings say, apart from when and in which batch."""
    facts = Fact.objects.values_list(
        "indicator",
        "node",
        "start_date",
        "end_date",
        "value",
        "method",
        "estimated_share",
        "lineage",
    )
    findings = Finding.objects.values_list(
        "subject_kind", "subject_id", "month", "rule", "quantity"
    )
    return list(facts.order_by("leaf_index")), set(findings)


def test_every_value_and_every_finding_is_the_same_to_the_bit(other, evaluated):
    expected, found = evaluated("duckdb"), evaluated(other)
    assert found.inputs == expected.inputs
    assert len(expected.values) > 10
    for indicator, values in expected.values.items():
        assert bits(found.values[indicator].value) == bits(values.value), indicator
        rough = found.values[indicator].estimated_share
        assert bits(rough) == bits(values.estimated_share), indicator
    for source, cube in expected.cubes.items():
        assert found.cubes[source].combinations == cube.combinations
        for name in ("quantity", "estimated", "n_rows"):
            assert bits(getattr(found.cubes[source], name)) == bits(getattr(cube, name)), source
        assert noticed(found.cubes[source]) == noticed(cube)
    assert len(noticed(expected.cubes["energy"])) > 10


def test_computing_again_on_another_engine_restates_nothing(other, computed):
    assert computed("duckdb").facts.count() > 1000
    assert computed(other, now=NOW + timedelta(days=1)) is None


@pytest.mark.cluster
def test_an_executor_killed_in_the_middle_changes_no_fact(spark_cluster, computed):
    with transaction.atomic():
        expected = computed("duckdb").root_hash, recorded()
        transaction.set_rollback(True)
    with spark_cluster.executor_killed_at_work():
        batch = computed(spark_cluster.address)
    assert recorded() == expected[1]
    assert batch.root_hash == expected[0]  # over every leaf, lineage and inputs included
