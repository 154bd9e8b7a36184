"""Which files are read, and which of them correct others."""

import random
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import DefinitionError, InputError, StateError
from commonweal.lake.compact import compact, vacuum
from commonweal.lake.models import Segment
from commonweal.lake.query import backend, query
from commonweal.lake.views import read, segments_grouped
from tests.lake.conftest import day


def test_files_that_share_no_key_are_read_as_they_lie(commit):
    commit("meters 1 to 2.csv", (1, 0, 1.0), (2, 9, 1.0), now=day(1))
    commit("meters 3 to 4.csv", (3, 0, 1.0), (4, 9, 1.0), now=day(2))
    commit("next day.csv", (1, 10, 1.0), (4, 12, 1.0), now=day(3))
    relation = read("meter_readings")
    assert len(relation.plain_files) == 3
    assert relation.layers == ()
    assert (relation.n_rows, len(relation.sha256s)) == (6, 3)


def test_only_the_months_that_were_corrected_are_layered(commit):
    commit("two months.csv", (1, 0, 1.0), (1, 800, 2.0), now=day(1))
    commit("correction.csv", (1, 800, 3.0), now=day(2))
    relation = read("meter_readings")
    assert len(relation.plain_files) == 1
    assert "2024-01" in relation.plain_files[0]
    ((older, newer),) = relation.layers
    assert set(relation.files) == {relation.plain_files[0], older, newer}
    assert read("meter_readings", months=[date(2024, 1, 1)]).layers == ()
    assert read("meter_readings", months=[]).files == ()


def test_the_latest_knowledge_is_last_whatever_the_order_of_commits(commit):
    commit("b.csv", (1, 0, 2.0), now=day(5))
    commit("a.csv", (1, 0, 1.0), now=day(2))
    rows = query("SELECT register FROM r", {"r": read("meter_readings")})
    assert rows["register"].to_pylist() == [2.0]


def test_a_snapshot_is_what_was_visible_then(commit):
    assert read("meter_readings", as_of=day(1)).files == ()
    commit("a.csv", (1, 0, 1.0), now=day(2))
    assert read("meter_readings", as_of=day(1)).files == ()
    assert len(read("meter_readings", as_of=day(2)).files) == 1


def test_compaction_keeps_the_answer_and_the_past(commit, lake_root):
    commit("a.csv", (1, 0, 1.0), (1, 1, 2.0), now=day(1))
    commit("b.csv", (1, 1, 20.0), (2, 1, 3.0), now=day(2))
    commit("c.csv", (1, 900, 5.0), now=day(2))
    before = rows_of(read("meter_readings"))
    past = rows_of(read("meter_readings", as_of=day(1)))
    (done,) = compact("meter_readings", now=day(4))
    assert (done.n_files, done.n_rows_before, done.n_rows) == (2, 4, 3)
    assert rows_of(read("meter_readings")) == before
    assert rows_of(read("meter_readings", as_of=day(3))) == before
    assert rows_of(read("meter_readings", as_of=day(1))) == past
    assert read("meter_readings").layers == ()
    assert compact("meter_readings", now=day(5)) == []
    assert list((lake_root / "tmp").iterdir()) == []


def rows_of(relation):
    return query("SELECT * FROM r ORDER BY meter_id, read_at", {"r": relation}).to_pylist()


def test_a_correction_after_compaction_still_wins(commit):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    commit("b.csv", (1, 0, 2.0), (1, 1, 2.0), now=day(2))
    compact("meter_readings", now=day(3))
    commit("c.csv", (1, 0, 3.0), now=day(4))
    assert [row["register"] for row in rows_of(read("meter_readings"))] == [3.0, 2.0]


def test_a_file_that_already_holds_the_result_stays(commit):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    commit("b.csv", (1, 0, 2.0), now=day(2))
    kept = Segment.objects.get(source__name="b.csv")
    compact("meter_readings", now=day(3))
    assert list(Segment.objects.filter(removed_at=None)) == [kept]


def test_knowledge_older_than_a_compaction_is_refused(commit):
    commit("a.csv", (1, 0, 1.0), now=day(3))
    commit("b.csv", (1, 1, 2.0), now=day(4))
    compact("meter_readings", now=day(5))
    with pytest.raises(StateError, match="compacted as known at 2025-01-04"):
        commit("c.csv", (1, 0, 9.0), now=day(2))


def test_vacuum_deletes_what_was_replaced_and_refuses_its_snapshots(commit, lake_root):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    commit("b.csv", (1, 1, 2.0), now=day(2))
    compact("meter_readings", now=day(3))
    keep = day(20) - day(1)
    assert vacuum(now=day(21), retention=keep) == []
    assert len(vacuum(now=day(30), retention=keep)) == 2
    assert len(list(lake_root.rglob("*.parquet"))) == 3
    assert len(vacuum(now=day(30), retention=keep, dry_run=False)) == 2
    assert len(list(lake_root.rglob("*.parquet"))) == 1
    assert len(rows_of(read("meter_readings"))) == 2
    with pytest.raises(StateError, match="was deleted on 2025-01-30"):
        read("meter_readings", as_of=day(2))
    assert vacuum(now=day(30), retention=keep, dry_run=False) == []


@pytest.mark.django_db
def test_unknown_names_are_refused_with_what_there_is():
    with pytest.raises(InputError, match="no dataset 'meters'"):
        read("meters")
    with pytest.raises(DefinitionError, match="query_engine is 'presto'") as caught:
        backend("presto")
    assert "Spark Connect" in caught.value.hint


point = st.tuples(st.integers(0, 6), st.integers(0, 6))


@given(st.lists(st.tuples(point, point), max_size=12))
def test_groups_are_the_connected_components_of_overlap(corners):
    segments = [
        Segment(
            pk=number,
            month=date(2024, 1, 1),
            key_min=[min(a[0], b[0]), min(a[1], b[1])],
            key_max=[max(a[0], b[0]), max(a[1], b[1])],
        )
        for number, (a, b) in enumerate(corners)
    ]
    groups = [{each.pk for each in group} for group in segments_grouped(segments)]
    assert sorted(number for group in groups for number in group) == list(range(len(corners)))
    expected = []
    for each in segments:  # the plain way: a new file joins all sets that it meets
        met = [group for group in expected if any(meet(each, segments[pk]) for pk in group)]
        apart = [group for group in expected if group not in met]
        expected = [*apart, {each.pk}.union(*met)]
    assert sorted(map(sorted, groups)) == sorted(map(sorted, expected))
    for group in segments_grouped(segments):
        assert [each.pk for each in group] == sorted(each.pk for each in group)


def meet(one, other):
    return all(
        set(range(a, b + 1)) & set(range(c, d + 1))
        for a, b, c, d in zip(one.key_min, one.key_max, other.key_min, other.key_max, strict=True)
    )


def brute(sources, as_of):
    known = {}
    for knowledge, rows in sorted(sources, key=lambda source: source[0]):
        if knowledge <= as_of:
            known |= {(meter, hour): register for meter, hour, register in rows}
    return sorted((*key, register) for key, register in known.items())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_reads_equal_a_dictionary_of_the_latest_values(commit, seed):
    chance = random.Random(seed)  # noqa: S311 - a test's own sequence
    sources = []
    for number in range(9):
        keys = {(chance.randrange(5), chance.choice([0, 1, 2, 740, 741])) for _ in range(6)}
        rows = [(*key, float(number * 100 + index)) for index, key in enumerate(sorted(keys))]
        sources.append((number + 1, rows))
        commit(f"{number}.csv", *rows, now=day(number + 1))
        if number == 4:
            compact("meter_readings", now=day(5))
    for instant in (1, 3, 5, 7, 9, 20):
        found = rows_of(read("meter_readings", as_of=day(instant)))
        start = datetime(2024, 1, 1)  # noqa: DTZ001 - as stored
        flat = [
            (row["meter_id"], (row["read_at"] - start).total_seconds() / 3600, row["register"])
            for row in found
        ]
        assert flat == brute(sources, instant)
