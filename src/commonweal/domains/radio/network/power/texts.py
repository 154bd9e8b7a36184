"""CSV files of hours as texts: what cannot be read is told by file, line and reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times without a zone, as written
_TIME: Final = "%m/%d/%Y %H:%M"
_UNSIGNED: Final = r"^(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_SIGNED: Final = r"^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"


@dataclass
class Told:
    """Rows that were left out, by file and reason."""

    rows: dict[str, list[int]] = field(default_factory=dict)

    def leave_out(self, path: Path, wrong: NDArray[np.bool_], reason: str) -> None:
        """Tell of rows; the header is line 1."""
        if wrong.any():
            self.rows.setdefault(f"{path.name}: {reason}", []).extend(
                (np.flatnonzero(wrong) + 2).tolist()
            )

    def document(self) -> list[dict[str, Any]]:
        """Return each reason with how many rows and the first lines."""
        return [
            {"reason": reason, "n_rows": len(lines), "lines": sorted(lines)[:5]}
            for reason, lines in self.rows.items()
        ]


@dataclass(frozen=True)
class Table:
    """A file's columns, with the rows that could be read."""

    path: Path
    texts: pa.Table
    good: NDArray[np.bool_]

    def text(self, name: str) -> NDArray[np.object_]:
        """Return a column of the good rows."""
        return np.asarray(self.texts[name].to_numpy())[self.good]


def table_read(
    path: Path,
    columns: Sequence[str],
    numbers: Sequence[str],
    families: tuple[str, ...],
    told: Told,
) -> Table:
    """Return a file as texts; rows without a time, a station or a number are told.

    Args:
        path: Of the file.
        columns: That it must have.
        numbers: Those that are numbers.
        families: Beginnings of names of further numbers, as many as there are.
        told: Told of every row that is left out.

    Raises:
        InputError: The file lacks a column, or has no row that can be read.
    """
    try:
        plain = pacsv.ConvertOptions(strings_can_be_null=False)
        names = pacsv.open_csv(path).schema.names
        plain.column_types = dict.fromkeys(names, pa.string())
        texts = pacsv.read_csv(path, convert_options=plain)
    except (OSError, pa.ArrowInvalid) as fault:
        raise InputError(f"{path} cannot be read: {fault}") from fault
    if missing := [name for name in columns if name not in texts.column_names]:
        raise InputError(
            f"{path.name} lacks the column {missing[0]}", hint=f"it needs {', '.join(columns)}"
        )
    good = np.ones(texts.num_rows, bool)
    numbers = [*numbers, *(n for n in texts.column_names if families and n.startswith(families))]
    is_timed = "Time" in columns
    form = (_UNSIGNED, "is no number from 0 on") if is_timed else (_SIGNED, "is no number")
    checks = [(name, *form) for name in numbers]
    if is_timed:
        when = r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:00$"
        checks.append(("Time", when, "is no full hour as 1/31/2023 13:00"))
    checks.append(("BS", r"\S", "is empty"))
    for name, pattern, reason in checks:
        fits = pc.match_substring_regex(texts[name], pattern).to_numpy()
        told.leave_out(path, good & ~fits, f"{name} {reason}")
        good &= fits
    for name in numbers:
        if name == "load" or name.startswith("ESMode"):
            values = np.where(good, texts[name].to_numpy(), "0").astype(float)
            told.leave_out(path, good & (values > 1), f"{name} is above 1")
            good &= values <= 1
    good = _known_hours(path, texts, good, told) if is_timed else good
    keys = [texts[name] for name in ("Time", "BS", "CellName") if name in columns]
    if numbers:  # a question may be asked twice
        good = _first_of_each(path, keys, good, told)
    if not good.any() and (numbers or texts.num_rows):  # a file of questions may ask nothing
        raise InputError(f"{path.name} has no row that can be read")
    return Table(path, texts, good)


def _known_hours(
    path: Path, texts: pa.Table, good: NDArray[np.bool_], told: Told
) -> NDArray[np.bool_]:
    """Leave out days that no calendar has."""
    coded = texts["Time"].combine_chunks().dictionary_encode()
    exists = np.array([_hour(each) is not None for each in coded.dictionary.to_pylist()], bool)
    fits = exists[coded.indices.to_numpy()] if len(exists) else good
    told.leave_out(path, good & ~fits, "Time is no hour of the calendar")
    return good & fits


def _first_of_each(
    path: Path, keys: list[pa.ChunkedArray], good: NDArray[np.bool_], told: Told
) -> NDArray[np.bool_]:
    """Leave out rows that say again what a row before them said."""
    code = np.zeros(len(good), np.int64)
    for key in keys:
        coded = key.combine_chunks().dictionary_encode()
        code = code * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
    where = np.flatnonzero(good)
    first = np.zeros(len(good), bool)
    first[where[np.unique(code[where], return_index=True)[1]]] = True
    told.leave_out(path, good & ~first, "the same hour again")
    return first


def _hour(written: str) -> int | None:
    try:
        at = datetime.strptime(written, _TIME)  # noqa: DTZ007 - local, as written
    except ValueError:
        return None
    return int((at - EPOCH) / timedelta(hours=1))


def hours_of(written: NDArray[np.object_]) -> Ints:
    """Return hours since 1970 of texts that were checked."""
    texts, index = np.unique(written.astype(str), return_inverse=True)
    return np.array([_hour(each) for each in texts.tolist()], np.int64)[index]


def optional(table: Table, name: str, otherwise: float) -> Doubles:
    """Return a column of all rows, ``otherwise`` where it, or its number, is missing."""
    if name not in table.texts.column_names:
        return np.full(table.texts.num_rows, otherwise)
    texts = table.texts[name]
    is_number = pc.match_substring_regex(texts, _UNSIGNED).to_numpy()
    return np.where(is_number, np.where(is_number, texts.to_numpy(), "0").astype(float), otherwise)
