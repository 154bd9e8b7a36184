"""The published table of training, both years, out of the demo's own rows to the last digit."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest

from commonweal.catalogue import catalogue
from commonweal.domains.people.training import demo, demo_rows
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.services import compute
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Membership
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes.registry import record_type
from commonweal.lake.datasets import dataset_get
from commonweal.lake.models import Source
from commonweal.periods import period
from tests.domains.people.conftest import DAY

UNITS = ("north", "south")
# Operator report 2024, strengthening training: printed value by indicator, 2023 and 2024.
PUBLISHED = {
    "training_senior_trained": ("8537", "8062"),
    "training_middle_trained": ("328463", "301520"),
    "training_staff_trained": ("4693000", "4361000"),
    "training_male_trained_rate": ("98.5", "100.0"),
    "training_female_trained_rate": ("98.5", "100.0"),
    "training_senior_hours": ("240", "209"),
    "training_middle_hours": ("171", "152"),
    "training_staff_hours": ("112", "106"),
    "training_male_hours": ("115", "110"),
    "training_female_hours": ("115", "105"),
    "training_senior_trained_rate": ("100", "100"),
    "training_middle_trained_rate": ("100", "100"),
    "training_staff_trained_rate": ("98.35", "100.00"),
}


@pytest.fixture(scope="module", params=[2023, 2024])
def made(request, tmp_path_factory):
    """A year's files, as the demo writes them: the year, its sessions, a connection with views."""
    year, folder = request.param, tmp_path_factory.mktemp("training")
    held = demo_rows.attendance(year, UNITS, folder / "attendance.parquet")
    demo_rows.headcounts(year, UNITS, folder / "heads.parquet")
    rows = duckdb.connect()
    for name in ("attendance", "heads"):
        rows.execute(f"CREATE VIEW {name} AS FROM '{folder}/{name}.parquet'")
    return year, held, rows


def counted(rows, year):
    """Every input of the table, counted by a query of this test's own."""
    found = {}
    for column in ("level", "gender"):
        for key, n, people, hours in rows.execute(
            f"SELECT {column}, count(*), count(DISTINCT person), sum(attended_h)"  # noqa: S608 - ours
            " FROM attendance GROUP BY 1"
        ).fetchall():
            found |= {f"training_{key}_trained": n, f"training_{key}_people": people}
            found[f"training_{key}_hours_total"] = hours
    found |= dict(
        rows.execute(
            "SELECT indicator, sum(value) FROM heads WHERE start_date = ? GROUP BY 1",
            [f"{year}-12-01"],
        ).fetchall()
    )
    return found


def test_the_published_table_comes_out_to_the_printed_digit(made):
    year, _, rows = made
    known, book = counted(rows, year), catalogue().indicators
    for name, printed in PUBLISHED.items():
        entry = book[name]
        if name not in known:
            inputs = {key: known.get(each.indicator) for key, each in entry.source.inputs.items()}
            known[name] = entry.evaluate(inputs)
        assert f"{known[name]:.{entry.decimals}f}" == printed[year - 2023], name


def test_levels_and_genders_share_the_same_hours_and_heads(made):
    year, _, rows = made
    known = counted(rows, year)
    levels, genders = ("senior", "middle", "staff"), ("male", "female")
    for what in ("trained", "people", "hours_total"):
        by_level = sum(known[f"training_{level}_{what}"] for level in levels)
        assert by_level == sum(known[f"training_{gender}_{what}"] for gender in genders)


def test_every_row_keeps_the_rules_of_its_dataset(made):
    _, _, rows = made
    dataset = dataset_get("training_attendance")
    key = ", ".join(dataset.key)
    (odd,) = rows.execute(
        "SELECT count(*) FILTER (attended_h < 0.05 OR attended_h > 24 OR length(person) <> 16)"  # noqa: S608
        f" + count(*) - count(DISTINCT ({key})) FROM attendance"
    ).fetchone()
    assert odd == 0


def test_nobody_has_two_levels_or_units_in_a_year(made):
    _, _, rows = made
    most = rows.execute(
        "SELECT max(n) FROM (SELECT count(DISTINCT (node_id, level, gender)) AS n"
        " FROM attendance GROUP BY person)"
    ).fetchone()
    assert most == (1,)


@pytest.mark.parametrize("made", [2024], indirect=True)
def test_courses_of_2024_have_the_published_terms_and_people(made):
    _, held, rows = made
    terms = {
        kind: (n_terms, n_people)
        for kind, n_terms, n_people in rows.execute(
            "SELECT kind, count(DISTINCT session), count(*) FROM attendance GROUP BY 1"
        ).fetchall()
    }
    assert terms["cadre_seminar"] == (178, 19521)
    assert terms["manager_rotation"][1] == 4999
    assert terms["senior_course"][1] == 22
    assert terms["young_cadre"] == (4, 174)
    assert 300 < terms["key_ability"][0] < 310  # "more than 300"
    assert 65000 < terms["frontline"][0] < 65500  # "more than 65 thousand"
    assert 2.4e6 < terms["frontline"][1] < 2.405e6
    assert held.num_rows == 178 + 45 + 3 + 4 + 306


def test_more_than_150_thousand_sittings_are_passed(tmp_path):
    exams = [("E1", "exam", DAY), ("E2", "exam", DAY)]
    passed = demo_rows.exam_results(exams, ["C1", "C2"], UNITS, tmp_path / "results.parquet")
    results = pq.read_table(tmp_path / "results.parquet")
    assert results["result"].to_pylist().count("passed") == sum(map(len, passed)) == 150_214
    keys = results.select(["person", "session"]).group_by(["person", "session"]).aggregate([])
    assert keys.num_rows == results.num_rows


@pytest.fixture
def built(nodes, scopes, tmp_path):
    """A small operator's demo, through every service, and the group's facts of 2024."""
    names = dict.fromkeys(("zh-hant", "zh-hans", "en"), "x")
    told = {"actor": "test", "now": datetime(2020, 1, 1, tzinfo=UTC)}
    for code in ("north", "south"):
        Membership.objects.create(
            node=nodes[code],
            parent=nodes["group"],
            valid_from=date(2020, 1, 1),
            recorded_at=told["now"],
        )
    boundary_set(code="operational", approach="operational_control", names=names, **told)
    boundary_share_set(
        boundary="operational", node="group", share=Decimal(1), from_date=date(2020, 1, 1), **told
    )
    demo.build(scopes=scopes, nodes=nodes, folder=tmp_path / "demo")
    later = datetime(2025, 2, 1, tzinfo=UTC)
    periods = [period(year) for year in ("2023", "2024", "2025")]
    compute(periods, boundary="operational", actor="test", now=later)
    facts = Fact.objects.filter(start_date=date(2024, 1, 1), node="group")
    return {fact.indicator: fact.value for fact in facts}


def test_a_small_demo_has_the_printed_hours_and_all_the_records(built):
    assert set(Source.objects.values_list("n_rejected", flat=True)) == {0}
    names = [f"training_{who}_hours" for who in ("middle", "staff", "male", "female")]
    assert [f"{built[name]:.0f}" for name in names] == [PUBLISHED[name][1] for name in names]
    assert (built["training_hours_gap"] - 5).copy_abs() < Decimal("0.1")
    assert built["training_staff_trained"] == 27_620 + 15_990  # one of a hundred
    courses = {name: built[name] for name in ("cadre_seminar_terms", "cert_exam_batches")}
    assert courses == {"cadre_seminar_terms": 178, "cert_exam_batches": 16}
    assert (built["ability_certs"], built["cert_exam_passes"]) == (12, 1_502)
    states = record_type("training.certificate").model.objects.values_list("state", flat=True)
    assert set(states) == {"awarded", "expiring"}


def test_the_widening_gap_is_flagged_and_said_in_words(built, nodes):
    flagged = Finding.objects.get(
        rule="gap_widened training_male_hours",
        subject_id=nodes["group"].pk,
        month=DAY.replace(month=1, day=1),
    )
    assert flagged.quantity == pytest.approx(5, abs=0.2)  # of a hundredth of the people
    said = {}
    for language in ("zh-hant", "zh-hans", "en"):
        sections = report_build("training", period("2024"), language=language).sections
        gap = next(each for each in sections if each.id == "gap")
        spans = [
            span.text for block in gap.blocks if block.kind == "paragraph" for span in block.spans
        ]
        said[language] = "".join(spans).replace("\u00a0", " ")
    assert "men attended 110 hours each and women 105 hours each" in said["en"]
    assert "a difference of 5 hours each. In 2023 it was 0 hours each" in said["en"]
    assert (
        said["zh-hant"].count("相差 5 小時/人")
        == said["zh-hant"].count("2023年相差 0 小時/人")
        == 1
    )
    assert (
        said["zh-hans"].count("相差 5 小时/人")
        == said["zh-hans"].count("2023年相差 0 小时/人")
        == 1
    )


def test_a_year_without_attendance_has_no_figures(built):
    of_2025 = Fact.objects.filter(start_date=date(2025, 1, 1), indicator__startswith="training_")
    assert not of_2025.exists()
