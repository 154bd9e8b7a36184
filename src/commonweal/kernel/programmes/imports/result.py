"""What became of a file, or would become of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from commonweal.errors import CommonwealError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHOWN: Final = 100
"""Rows of each sort that a result keeps; counts are of all, and the rejects file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRefusal:
    """Why one row is refused; ``column`` is empty where the whole row is meant."""

    row: int
    """As a spreadsheet numbers it."""
    code: str
    column: str
    value: str
    rule: str
    sentence: str
    hint: str = ""
    also: str = ""
    """Further faults of the same row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """What one row changes: field → old and new value as the event log is told them."""

    row: int
    code: str
    changes: Mapping[str, Any]
    is_merged: bool = False
    """Somebody else changed other fields since the row's version was read."""


class RowRefusedError(CommonwealError):
    """A row breaks a rule; the import tells it and goes on."""

    def __init__(
        self, rule: str, sentence: str, *, column: str = "", value: object = "", hint: str = ""
    ) -> None:
        """Keep what the row's owner needs to mend it."""
        super().__init__(sentence, hint=hint)
        self.rule, self.column, self.value = rule, column, value

    @classmethod
    def of(cls, rule: str, fault: CommonwealError) -> Self:
        """Tell a refusal of the services as a row's."""
        return cls(rule, str(fault), hint=fault.hint)

    @property
    def told(self) -> str:
        """The column and the sentence in one line."""
        return f"{self.column}: {self}" if self.column else str(self)

    def at(self, row: int, code: str, *, also: str = "") -> RowRefusal:
        """Return it with its place in the file."""
        return RowRefusal(
            row=row,
            code=code,
            column=self.column,
            value="" if self.value is None else str(self.value),
            rule=self.rule,
            sentence=str(self),
            hint=self.hint,
            also=also,
        )


@dataclass(slots=True, kw_only=True)
class ImportResult:
    """The count of rows by what became of them, with the first of each sort."""

    is_preview: bool
    is_applied: bool = False
    n_rows: int = 0
    n_opened: int = 0
    n_changed: int = 0
    n_unchanged: int = 0
    n_merged: int = 0
    """Of those changed: rows joined with what somebody else changed meanwhile."""
    n_refused: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    refused: list[RowRefusal] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    """Codes of the first records opened."""
    changed: list[RowChange] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    """Headers that nothing uses."""
    rejects_path: Path | None = None
