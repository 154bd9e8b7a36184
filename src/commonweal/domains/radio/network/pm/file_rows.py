"""What one performance file gave: rows of two datasets, and what of it was not taken."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.rejects import REJECT_SCHEMA


@dataclass(slots=True)
class FileRows:
    """What one file gave."""

    name: str
    counters: list[pa.Table] = field(default_factory=list)
    power: list[pa.Table] = field(default_factory=list)
    rejects: list[dict[str, object]] = field(default_factory=list)
    n_values: int = 0
    n_rows: int = 0
    """``measValue`` of the file."""
    n_snapped: int = 0
    """Infos whose end was put on the grid."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Values of counters that no column is for, by name."""
    shifted: dict[str, float] = field(default_factory=dict)
    """Hours by which an element's periods lie outside of what the file says it covers."""
    begins: str = ""
    dn_prefix: str = ""
    sender_dn: str = ""
    refused: str = ""
    """Why nothing of the file was taken."""

    def reject(
        self,
        row: int,
        rule: str,
        sentence: str,
        hint: str,
        *,
        column: str = "",
        value: str | None = None,
        **told: object,
    ) -> None:
        """Note a value, a row or an info that is not taken."""
        where = ", ".join(str(each) for each in (self.name, *told.values()) if each)
        self.rejects.append(
            {
                "source_row": row,
                "repeat": 1,
                "column": column,
                "value": value,
                "rule": rule,
                "sentence": f"{where}: {sentence}",
                "hint": hint,
                "also": "",
                "raw": json.dumps({"file": self.name, **told, "value": value}, ensure_ascii=False),
            }
        )

    def rejects_table(self, first_row: int) -> pa.Table:
        """Return what was refused, rows counted from the first of the source."""
        table = pa.Table.from_pylist(self.rejects, REJECT_SCHEMA)
        numbers = pc.add(table["source_row"], first_row)
        return table.set_column(0, REJECT_SCHEMA.field(0), numbers)
