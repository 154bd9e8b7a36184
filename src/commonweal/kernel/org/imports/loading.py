"""The import itself: one transaction, rows that break a rule reported, the others kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from django.db import transaction

from commonweal.errors import InputError
from commonweal.kernel.org.imports.arrangements import ArrangementLoader
from commonweal.kernel.org.imports.columns import TABLES
from commonweal.kernel.org.imports.meters import MeterLoader
from commonweal.kernel.org.imports.nodes import NodeLoader
from commonweal.kernel.org.imports.reading import headers_read, rows_read
from commonweal.kernel.org.imports.result import ImportResult, TableCount
from commonweal.kernel.org.imports.sites import SiteLoader
from commonweal.kernel.org.imports.writing import Change
from commonweal.kernel.org.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from commonweal.kernel.org.imports.result import Row


class Loader(Protocol):
    """Checks and writes rows of one table."""

    chunk_rows: int
    """How many rows it wants at a time."""

    def load(self, rows: Sequence[Row]) -> None:
        """Write the rows, refuse those that break a rule."""


def table_of(path: Path) -> str:
    """Return which table a file holds, judged by its headers.

    Raises:
        InputError: None fits.
    """
    headers = {header.strip().lower() for header in headers_read(path)}
    for table in reversed(TABLES.values()):  # sites have all that nodes need, and more
        accepted = table.headers()
        present = {accepted[header].name for header in headers if header in accepted}
        if all(column.name in present for column in table.columns if column.required):
            return table.id
    raise InputError(
        f"{path.name} is no table of {', '.join(TABLES)}: it has {', '.join(sorted(headers))}",
        hint="see `commonweal org template nodes`",
    )


def org_import(  # noqa: PLR0913 - one argument for each table
    *,
    actor: str,
    now: datetime,
    nodes: Path | None = None,
    sites: Path | None = None,
    meters: Path | None = None,
    meter_roles: Path | None = None,
    virtual_meters: Path | None = None,
    site_shares: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> ImportResult:
    """Bring tables into the register; the same files again change nothing.

    A code that is new is created. One that is known is compared: names and positions are updated,
    but what figures were computed with (place, owner on that day, a meter's unit and multiplier)
    is never overwritten by a file; such rows are refused, as are those that break a rule.

    Args:
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        nodes: CSV, XLSX or Parquet of ``TABLES["nodes"]``.
        sites: The same of sites.
        meters: The same of meters.
        meter_roles: The same of what meters count.
        virtual_meters: The same of sums of meters; after roles, because their parts must not count.
        site_shares: The same of agreements with others.
        dry_run: Do everything, keep nothing.
        progress: Called with the table and the share of its file that is done.

    Returns:
        Counts by table, and the refused rows with value, rule and place.

    Raises:
        InputError: A file cannot be read, or has the wrong columns; nothing is kept.
    """
    result = ImportResult(dry_run)
    with transaction.atomic():
        structure = Structure.load()
        given: Mapping[str, tuple[Path | None, Callable[[Change], Loader]]] = {
            "nodes": (nodes, partial(NodeLoader, structure)),
            "sites": (sites, partial(SiteLoader, structure)),
            "meters": (meters, MeterLoader),
            "meter_roles": (meter_roles, partial(ArrangementLoader, "meter_roles")),
            "virtual_meters": (virtual_meters, partial(ArrangementLoader, "virtual_meters")),
            "site_shares": (site_shares, partial(ArrangementLoader, "site_shares")),
        }
        for name, (path, loader_of) in given.items():
            if path is None:
                continue
            change = Change(actor, now, result.rejects, TableCount())
            result.counts[name] = change.count
            loader = loader_of(change)
            told = partial(progress, name) if progress else _silent
            rows = rows_read(path, TABLES[name], change.refuse, told)
            for chunk in _chunks(rows, loader.chunk_rows):
                loader.load(chunk)
        transaction.set_rollback(dry_run)
    return result


def _silent(_share_done: float) -> None:
    pass


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
