"""What a dataset is: columns with units and rules, a key, a business month.

A dataset is declared once, in a domain's ``schemas.py``; the reader's checks, the template that
people fill in, the Parquet schema and the reference documentation are all made from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.errors import DefinitionError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Names = dict[str, str]  # zh-hant, zh-hans, en


class ColumnKind(StrEnum):
    """How a cell is read and stored."""

    REFERENCE = "reference"  # a code of the register, stored as its integer id
    INSTANT = "instant"  # date, time and zone; stored in UTC
    DAY = "day"  # a business day
    NUMBER = "number"  # float64 in the column's unit
    INTEGER = "integer"
    TEXT = "text"
    CHOICE = "choice"  # one of ``choices``


_TYPES: Final[Mapping[ColumnKind, pa.DataType]] = {
    ColumnKind.REFERENCE: pa.int32(),
    ColumnKind.INSTANT: pa.timestamp("us"),  # UTC without a zone: every engine reads it alike
    ColumnKind.DAY: pa.date32(),
    ColumnKind.NUMBER: pa.float64(),
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.TEXT: pa.string(),
    ColumnKind.CHOICE: pa.string(),
}

# In every segment besides the declared columns: the business month, and where the row came from.
LINEAGE_FIELDS: Final = (
    pa.field("month", pa.date32(), nullable=False),
    pa.field("source_key", pa.int64(), nullable=False),
    pa.field("source_row", pa.int64(), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, in which unit, within which limits."""

    name: str
    kind: ColumnKind
    names: Names
    unit: str = ""
    """Pint unit of a number; a file may use another of the same dimension and is converted."""
    references: str = ""
    """Register that a REFERENCE is looked up in: ``meter``, ``site``, ``node``."""
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    example: str = ""
    """Printed in the template's second row."""

    @property
    def arrow(self) -> pa.Field:
        """The column in a segment."""
        return pa.field(self.name, _TYPES[self.kind], nullable=not self.required)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over several columns of one row; ``accepts`` gets Arrow columns, gives booleans.

    ``accepts`` must give null or true where it has nothing to say. ``columns`` are those whose
    values a message shows.
    """

    name: str
    sentence: str
    hint: str
    accepts: Callable[[pa.Table], pa.Array]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A declared dataset.

    ``key`` identifies a row: a later file with the same key corrects it. ``month_of`` is the
    INSTANT or DAY column whose business month the row belongs to. Segments are sorted by key.
    """

    id: str
    names: Names
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    month_of: str
    rules: tuple[RowRule, ...] = field(default=())

    def column(self, name: str) -> Column:
        """Return one column by name.

        Raises:
            InputError: There is none of that name.
        """
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.columns)
        raise InputError(f"dataset {self.id} has no column {name!r}", hint=f"it has {known}")

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of a segment."""
        return pa.schema([*(column.arrow for column in self.columns), *LINEAGE_FIELDS])


_datasets: dict[str, Dataset] = {}


def dataset_register(dataset: Dataset) -> Dataset:
    """Add a dataset to the lake; called when a domain's ``schemas`` module is imported.

    Raises:
        DefinitionError: The id is taken, the key or month column is not a column, or the month
            column is not part of the key.
    """
    names = {column.name for column in dataset.columns}
    if unknown := ({*dataset.key, dataset.month_of} - names):
        raise DefinitionError(f"dataset {dataset.id}: {sorted(unknown)} is not among its columns")
    if dataset.month_of not in dataset.key:
        # Else a correction could move a row to another month and leave the old one standing.
        raise DefinitionError(f"dataset {dataset.id}: {dataset.month_of!r} must be part of its key")
    if _datasets.setdefault(dataset.id, dataset) != dataset:
        raise DefinitionError(f"dataset {dataset.id} is declared twice")
    return dataset


def datasets() -> Mapping[str, Dataset]:
    """Return every declared dataset by id."""
    return dict(sorted(_datasets.items()))


def dataset_get(dataset_id: str) -> Dataset:
    """Return one dataset.

    Raises:
        InputError: No domain declares it.
    """
    try:
        return _datasets[dataset_id]
    except KeyError:
        known = ", ".join(sorted(_datasets)) or "none"
        raise InputError(f"no dataset {dataset_id!r}", hint=f"declared are: {known}") from None
