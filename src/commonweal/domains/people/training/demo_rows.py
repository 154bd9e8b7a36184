"""Synthetic attendance, headcounts and exam results that come to the published table exactly.

How ``demo_people.csv`` was found: person-times as printed, and headcounts such that levels and
genders sum to the same hours. In 2024 managers attend as printed and staff 105.6 hours, men more
than women by what makes 110.3 and 105.3 of all. In 2023 the printed 98.35 % of staff and 98.5 % of
both genders need managers to be 6 % of all or more; then staff attend 111.6 hours, and 3,745 of
227,000 never came. ``demo_sessions.csv`` says which courses the same attendance went to.
"""

from __future__ import annotations

import csv
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_GROUP: Final = 1_000_000  # people of one level and gender are numbered from a multiple of it
_STAFF: Final = 4 * _GROUP
_SLICE: Final = 500_000
_SCALED: Final = ("n_heads", "n_trained", "n_attendances", "attended_h")
_N_SAT, _N_PASSED = 191_514, 150_214
_STRIDE: Final = 37  # has no factor in common with the working days of a year
_GOLDEN: Final = 0.6180339887498949


def rows(name: str, year: int, part: int) -> list[dict[str, Any]]:
    """Return a table's rows of one year, whole numbers as such, for one of ``part`` people."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        read = [
            {key: int(cell) if cell.isdigit() else cell for key, cell in row.items()}
            for row in csv.DictReader(file)
        ]
    found: list[dict[str, Any]] = [row for row in read if row["year"] == year]
    for row in found:
        row.update({name: max(row[name] // part, 1) for name in _SCALED if name in row})
    return found


def attendance(year: int, units: Sequence[str], path: Path, *, part: int = 1) -> pa.Table:
    """Write a year's attendance by person; return its courses: ``session kind day course``.

    Args:
        year: 2023 or 2024.
        units: Codes of the nodes that people belong to.
        path: The Parquet file.
        part: Write one of so many people; by default all, which is the published table.
    """
    rng, people = np.random.default_rng(year), rows("demo_people.csv", year, part)
    person, quarters = _attended(people, rng)
    level = np.array([each["level"] for each in people])[person // _GROUP]
    session, sessions = _sessions(rows("demo_sessions.csv", year, part), person, level, rng)
    order = np.argsort(person, kind="stable")

    def table(part: Ints) -> pa.Table:
        who, at = person[part], sessions.take(session[part])
        told = {
            name: pa.array([each[name] for each in people]).take(who // _GROUP)
            for name in ("level", "gender")
        }
        days = {"kind": at["kind"], "session": at["session"], "attended_date": at["day"]}
        return pa.table(_who(who, units) | told | days | {"attended_h": quarters[part] / 4})

    with pq.ParquetWriter(path, table(order[:1]).schema, compression="zstd") as file:
        for start in range(0, len(order), _SLICE):
            file.write_table(table(order[start : start + _SLICE]))
    was_attended = pa.array(np.bincount(session, minlength=len(sessions)) > 0)
    return sessions.filter(pc.and_(pc.not_equal(sessions["course"], ""), was_attended))


def _attended(people: Sequence[dict[str, Any]], rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return person and quarters of an hour of each row; everybody trained comes at least once."""
    persons, times = [], []
    for number, each in enumerate(people):
        n, n_trained = each["n_attendances"], each["n_trained"]
        more = rng.integers(0, n_trained, n - n_trained)
        persons.append(number * _GROUP + np.concatenate([np.arange(n_trained), more]))
        shortest, n_longer = divmod(each["attended_h"] * 4, n)
        quarters, half = shortest + (np.arange(n) < n_longer), n // 2
        swing = rng.integers(-8, 9, half)  # one stays longer by as much as another shorter
        quarters[:half] += swing
        quarters[half : 2 * half] -= swing
        times.append(quarters.astype(np.int16))
    return np.concatenate(persons).astype(np.int32), np.concatenate(times)


def _sessions(
    runs: Sequence[dict[str, Any]], person: Ints, level: NDArray[Any], rng: np.random.Generator
) -> tuple[Ints, pa.Table]:
    """Deal the rows of each level out to its courses: the session of each row, and the sessions.

    The last course of a level takes what the others leave.
    """
    left = {name: rng.permutation(np.flatnonzero(level == name)) for name in set(level.tolist())}
    year = runs[0]["year"]
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    session, tables, n_before = np.empty(len(person), np.int64), [], 0
    for run in runs:
        n, of_level = run["n_sessions"], left[run["level"]]
        n_mine = len(of_level) if run["kind"] == "other" else run["n_attendances"]
        mine, left[run["level"]] = np.split(of_level, [n_mine])
        # By person, so that nobody is twice in a session, nor at two of a course on one day.
        session[mine[np.argsort(person[mine])]] = n_before + np.arange(len(mine)) % n
        n_before += n
        of = run["kind"] if run["course"] else f"{run['kind']}-{run['level']}"
        tables.append(
            pa.table(
                {
                    "session": [f"{of}-{year}-{number:05d}" for number in range(1, n + 1)],
                    "kind": [run["kind"]] * n,
                    "day": days[np.arange(n) * _STRIDE % len(days)],
                    "course": [run["course"]] * n,
                }
            )
        )
    return session, pa.concat_tables(tables)


def headcounts(year: int, units: Sequence[str], path: Path, *, part: int = 1) -> None:
    """Write how many of each level and gender every unit declares for each month."""
    months = [date(year, number, 1) for number in range(1, 13)]
    declared = [
        (unit, f"headcount_{each['level']}_{each['gender']}", n_heads)
        for number, each in enumerate(rows("demo_people.csv", year, part))
        for unit, n_heads in zip(
            units,
            _by_unit(number * _GROUP + np.arange(each["n_heads"]), len(units)),
            strict=True,
        )
    ]
    node, indicator, n_heads = zip(*declared, strict=True)
    tables = [
        pa.table({"node_id": node, "indicator": indicator, "value": n_heads})
        .append_column("start_date", pa.repeat(pa.scalar(first), len(node)))
        .append_column("end_date", pa.repeat(pa.scalar(month_add(first, 1)), len(node)))
        .append_column("unit", pa.repeat("person", len(node)))
        for first in months
    ]
    pq.write_table(pa.concat_tables(tables), path)


def exam_results(
    exams: Sequence[tuple[str, str, date]],
    schemes: Sequence[str],
    units: Sequence[str],
    path: Path,
    *,
    part: int = 1,
) -> list[list[str]]:
    """Write who sat which exam (code, kind, day) under which scheme; return who passed each."""
    n_sat, n_staff = _N_SAT // part, rows("demo_people.csv", exams[0][2].year, part)[4]["n_heads"]
    number = np.arange(n_sat) * len(exams) // n_sat
    passed = np.random.default_rng(2024).permutation(n_sat) < _N_PASSED // part
    code, _kind, day = (pa.array(each) for each in zip(*exams, strict=True))
    who = _who(_STAFF + np.arange(n_sat) * 7 % n_staff, units)
    table = pa.table(
        {
            **who,
            "session": code.take(pa.array(number)),
            "scheme": pa.array(schemes).take(pa.array(number)),
            "sat_date": day.take(pa.array(number)),
            "result": pa.array(["failed", "passed"]).take(pa.array(passed.astype(np.int64))),
        }
    )
    pq.write_table(table, path)
    return [
        who["person"].filter(pa.array(passed & (number == e))).to_pylist()
        for e in range(len(exams))
    ]


def _who(person: Ints, units: Sequence[str]) -> dict[str, pa.Array]:
    """Return the columns that name a person's unit and the person, by a keyed hash."""
    numbers, at = np.unique(person, return_inverse=True)
    hashes = [blake2b(b"%d" % n, key=b"demo", digest_size=8).hexdigest() for n in numbers.tolist()]
    node = pa.array(units).take(_unit(person, len(units)))
    return {"node_id": node, "person": pa.array(hashes).take(at)}


def _unit(person: Ints, n_units: int) -> Ints:
    """Return the place of each person's unit: later ones are larger, and people lie scattered."""
    scattered = person % _GROUP * _GOLDEN % 1.0
    return np.asarray(np.sqrt(scattered) * n_units, np.int64)


def _by_unit(person: Ints, n_units: int) -> list[int]:
    counts: list[int] = np.bincount(_unit(person, n_units), minlength=n_units).tolist()
    return counts
