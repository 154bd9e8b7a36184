"""A file of records comes in: good rows are taken, bad rows told, all in one transaction.

The same file again changes nothing, because a row's code says which record it is. Rows pass
through the rules of forms; only the queries are made for thousands of them at once.
"""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Literal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.programmes.imports.headers import columns_find
from commonweal.kernel.programmes.imports.planning import Planner, counted
from commonweal.kernel.programmes.imports.rejects import Rejects
from commonweal.kernel.programmes.imports.result import SHOWN, ImportResult, RowChange
from commonweal.kernel.programmes.imports.writing import plan_write
from commonweal.kernel.records.services import event_append
from commonweal.lake.cells import EXAMPLE_MARK
from commonweal.lake.readers import Layout, RawBatch, raw_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.imports.planning import Plan
    from commonweal.kernel.programmes.registry import RecordType

    Progress = Callable[[float, int], None]
    """Called with the share of the file that is done, and the rows so far."""

_SLICE: Final = 2000  # rows planned and written at once
IMPORTED: Final = "programmes.import"
"""Type of the event that tells of a whole file."""


def records_import(  # noqa: PLR0913 - what an import may be asked for
    kind: RecordType,
    path: Path,
    *,
    scope: Scope,
    now: datetime,
    mode: Literal["preview", "apply"] = "preview",
    all_or_nothing: bool = False,
    rejects: Path | None = None,
    layout: Layout | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Bring in records from CSV, XLSX or Parquet, or say what would become of them.

    A row whose code is new opens a record; one whose code is known changes that record where it
    differs, if its state and the scope let it. An empty cell empties its field; a column that the
    file does not have stays as it is.

    Args:
        kind: What the rows are.
        path: The file.
        scope: Who brings it.
        now: When.
        mode: ``preview`` reads and checks everything and writes nothing.
        all_or_nothing: Take no row if one is refused.
        rejects: Where refused rows are written, to be mended; nowhere if None.
        layout: Where the table lies in the file.
        progress: Told how far it is.

    Raises:
        InputError: The file cannot be read as a table of this type; nothing of it was taken.
    """
    result = ImportResult(is_preview=mode == "preview")
    sha256 = _sha256(path)
    with nullcontext() if result.is_preview else transaction.atomic():
        try:
            _read(kind, path, result, rejects, layout, scope=scope, now=now, progress=progress)
        except IntegrityError as fault:
            raise InputError(
                _("%(file)s: the database refuses: %(why)s") % {"file": path.name, "why": fault},
                hint=_("two rows, or a row and a record, break a rule of the register"),
            ) from fault
        if result.is_preview:
            return result
        if _sha256(path) != sha256:
            raise InputError(
                _("%(file)s changed while it was read") % {"file": path.name},
                hint=_("import it again"),
            )
        result.is_applied = not (all_or_nothing and result.n_refused)
        if not result.is_applied:
            transaction.set_rollback(True)
        elif result.n_opened or result.n_changed:
            _tell(kind, path.name, sha256, result, actor=scope.actor, now=now)
    return result


def _read(
    kind: RecordType,
    path: Path,
    result: ImportResult,
    rejects: Path | None,
    layout: Layout | None,
    *,
    scope: Scope,
    now: datetime,
    progress: Progress | None,
) -> None:
    batches = raw_batches(path, layout or Layout())
    first = next(batches)
    columns = columns_find(kind, first.cells.column_names, path.name)
    result.ignored = columns.ignored
    planner = Planner(kind, columns, scope=scope, now=now)
    with Rejects(rejects, first.cells.column_names) as kept:
        for batch in _chained(first, batches):
            for cells, numbers, faults in _slices(batch):
                plan = planner.plan(cells, numbers, faults)
                if not result.is_preview:
                    plan_write(kind, plan, scope=scope, now=now)
                _count(result, plan, len(numbers))
                kept.add(cells, plan.refused)
            if progress is not None:
                progress(batch.share_done, result.n_rows)
        if not result.n_rows:
            raise InputError(
                _("%(file)s has a header and no rows below it") % {"file": path.name},
                hint=_("fill in a row below the example"),
            )
        result.rejects_path = kept.finish()


def _chained(first: RawBatch, others: Iterator[RawBatch]) -> Iterator[RawBatch]:
    yield first
    yield from others


def _slices(batch: RawBatch) -> Iterator[tuple[pa.Table, list[int], list[str | None]]]:
    """Yield the batch in pieces, without example rows."""
    marks = batch.cells.column(0).to_pylist()
    keep = [not str(mark or "").lstrip().startswith(EXAMPLE_MARK) for mark in marks]
    faults = batch.faults.to_pylist() if batch.faults is not None else [None] * len(marks)
    for start in range(0, len(marks), _SLICE):
        places = [place for place in range(start, min(start + _SLICE, len(marks))) if keep[place]]
        if places:
            numbers = batch.rows.take(places).to_pylist()
            yield batch.cells.take(places), numbers, [faults[place] for place in places]


def _count(result: ImportResult, plan: Plan, n_rows: int) -> None:
    result.n_rows += n_rows
    result.n_opened += len(plan.opened)
    result.n_changed += len(plan.changed)
    result.n_merged += sum(each.is_merged for each in plan.changed)
    result.n_unchanged += plan.n_unchanged
    result.n_refused += len(plan.refused)
    result.by_rule.update(counted(plan))
    result.opened += [row.code for row, _record in plan.opened[: SHOWN - len(result.opened)]]
    result.changed += [
        RowChange(row=c.row.number, code=c.record.code, changes=c.changes, is_merged=c.is_merged)
        for c in plan.changed[: SHOWN - len(result.changed)]
    ]
    for row in plan.refused[: SHOWN - len(result.refused)]:
        worst, *others = row.faults
        also = "; ".join(each.told for each in others)
        result.refused.append(worst.at(row.number, row.code, also=also))


def _tell(
    kind: RecordType, name: str, sha256: str, result: ImportResult, *, actor: str, now: datetime
) -> None:
    event_append(
        record_type=IMPORTED,
        record_key=sha256,
        action="import",
        actor=actor,
        content={
            "kind": kind.id,
            "file": name,
            "rows": result.n_rows,
            "opened": result.n_opened,
            "changed": result.n_changed,
            "unchanged": result.n_unchanged,
            "merged": result.n_merged,
            "refused": result.n_refused,
        },
        now=now,
    )


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""  # the reader says what is wrong
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
