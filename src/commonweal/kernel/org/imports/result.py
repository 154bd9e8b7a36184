"""What an import did, and the rows that it refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonweal.errors import InputError


@dataclass(frozen=True, slots=True)
class RowReject:
    """One refused row: where it stands, what it says, which rule it breaks."""

    table: str
    file: str
    row: int
    column: str
    value: str
    sentence: str
    hint: str

    @classmethod
    def of(cls, row: Row, column: str, fault: InputError) -> RowReject:
        """Make a refusal from the error of one column."""
        value = row.text.get(column, "")
        return cls(row.table, row.file, row.number, column, value, str(fault), fault.hint)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: cells as text, and those that could be read as values."""

    table: str
    file: str
    number: int
    text: dict[str, str]
    values: dict[str, Any]

    @property
    def code(self) -> str:
        """What identifies the row."""
        return str(self.values["code"])


@dataclass(slots=True)
class TableCount:
    """How many records of one table were or would be changed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome; with ``dry_run`` nothing was kept."""

    dry_run: bool
    counts: dict[str, TableCount] = field(default_factory=dict)
    rejects: list[RowReject] = field(default_factory=list)
