"""``commonweal ingest``, ``template``, ``rejects`` and ``datasets``: the lake's front door."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from rich.progress import Progress

    from commonweal.lake.ingest import IngestPreview, IngestResult

TOP_LEVEL = True
app = typer.Typer(no_args_is_help=True)

_SHOWN = 20
_FIRST = 3  # rejects shown at once; `rejects` shows more
_PARTS = 1000  # of a progress bar

DatasetId = Annotated[
    str, typer.Argument(metavar="DATASET", help="As `commonweal datasets` lists.")
]


@app.command()
def ingest(
    dataset: DatasetId,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.")],
    mapping: Annotated[
        Path | None, typer.Option(help="TOML that says which column is which.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and add nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a file into the lake; bad rows are kept apart with their reasons.

    A filled template needs no mapping. The same file with the same mapping is taken once.
    Where not one row is good, the exit code is 3.

    [bold]Example:[/bold] commonweal ingest electricity_bills bills.xlsx --dry-run
    """
    from commonweal.kernel.records.intake import source_ingest  # noqa: PLC0415 - quick --help
    from commonweal.lake.ingest import ingest_preview  # noqa: PLC0415
    from commonweal.lake.mapping import mapping_read  # noqa: PLC0415

    with plain_errors():
        read_by = mapping_read(mapping) if mapping else None
        with progress(quiet=as_json) as bar:
            tell = _teller(bar, file.name)
            if dry_run:
                preview = ingest_preview(
                    dataset, file, mapping=read_by, n_shown=_SHOWN, progress=tell
                )
            else:
                taken = source_ingest(
                    dataset, file, mapping=read_by, actor=actor(), now=clock(), progress=tell
                )
        if dry_run:
            _show_preview(preview, as_json=as_json)
        else:
            _show_taken(taken, as_json=as_json)
    if not (preview if dry_run else taken).n_accepted:
        raise typer.Exit(InputError.exit_code)


def _teller(bar: Progress, name: str) -> Callable[[float, int], None]:
    task = bar.add_task(name, total=_PARTS)

    def tell(share_done: float, n_rows: int) -> None:
        bar.update(task, completed=int(share_done * _PARTS), description=f"{name}: {n_rows:,} rows")

    return tell


def _show_taken(taken: IngestResult, *, as_json: bool) -> None:
    from commonweal.lake.rejects import rejects_read  # noqa: PLC0415 - keeps --help quick

    source = taken.source
    if as_json:
        print_json(
            {
                "source": source.pk,
                "dataset": source.dataset,
                "name": source.name,
                "sha256": source.sha256,
                "n_accepted": taken.n_accepted,
                "n_rejected": taken.n_rejected,
                "replayed": taken.replayed,
                "rejects_path": taken.rejects_path,
                "known_at": source.known_at,
            }
        )
        return
    before = f" (already ingested, {source.known_at:%Y-%m-%d %H:%M} UTC)" if taken.replayed else ""
    stdout.print(
        f"source {source.pk}: {taken.n_accepted:,} rows accepted,"
        f" {taken.n_rejected:,} rejected{before}"
    )
    if taken.n_rejected:
        rejects = rejects_read(source)
        _show_rejects(rejects, _by_rule(rejects), n_shown=_FIRST)
        again = f"commonweal rejects {source.pk} --csv mend.csv"
        stdout.print(f"all of them, to mend and ingest again: {again}", soft_wrap=True)


def _show_preview(preview: IngestPreview, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": True,
                "n_accepted": preview.n_accepted,
                "n_rejected": preview.n_rejected,
                "by_rule": preview.by_rule,
                "ignored": preview.ignored,
                "replayed": preview.replayed,
                "rejects": preview.rejects.to_pylist(),
            }
        )
        return
    stdout.print(
        f"would accept {preview.n_accepted:,} rows and reject {preview.n_rejected:,};"
        " nothing was added"
    )
    if preview.replayed:
        stdout.print("this file was ingested before: it would add nothing")
    if preview.ignored:
        stdout.print(f"not used: {', '.join(preview.ignored)}", markup=False)
    _show_rejects(preview.rejects, preview.by_rule)


def _by_rule(rejects: pa.Table) -> dict[str, int]:
    return dict(Counter(rejects["rule"].to_pylist()).most_common())


def _show_rejects(rejects: pa.Table, by_rule: dict[str, int], *, n_shown: int = _SHOWN) -> None:
    if not rejects.num_rows:
        return
    table = Table("row", "what is wrong", "what to do")
    for reject in rejects.slice(0, n_shown).to_pylist():
        cells = (str(reject["source_row"]), reject["sentence"], reject["hint"])
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    stdout.print(table)
    stdout.print(", ".join(f"{rule}: {count:,}" for rule, count in by_rule.items()), markup=False)


@app.command()
def rejects(
    subject: Annotated[str, typer.Argument(metavar="SOURCE|DATASET", help="Number or dataset.")],
    csv: Annotated[
        Path | None, typer.Option(help="Write the rows as they came, to mend and ingest again.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the rejected rows of a source, or of every source of a dataset.

    [bold]Example:[/bold] commonweal rejects meter_readings --csv mend.csv
    """
    import pyarrow as pa  # noqa: PLC0415

    from commonweal.lake.rejects import rejects_csv, rejects_read, sources_of  # noqa: PLC0415

    with plain_errors():
        sources = sources_of(subject)
        if csv is not None and len(having := [s for s in sources if s.n_rejected]) > 1:
            known = ", ".join(f"{source.pk} ({source.name})" for source in having)
            raise InputError(
                f"{len(having)} sources of {subject} have rejects, and each may have other headers",
                hint=f"give the number of one: {known}",
            )
        tables = [(source, rejects_read(source)) for source in sources]
        if csv is not None:
            joined = pa.concat_tables([table for _, table in tables])
            csv.write_bytes(rejects_csv(joined))
    if as_json:
        print_json(
            [
                {"source": source.pk, "name": source.name, **reject}
                for source, table in tables
                for reject in table.to_pylist()
            ]
        )
        return
    for source, table in tables:
        stdout.print(
            f"source {source.pk}, {source.name}: {table.num_rows:,} rejected", markup=False
        )
        _show_rejects(table, _by_rule(table))
    if csv is not None:
        stdout.print(f"wrote {csv}", markup=False)


@app.command()
def template(
    dataset: DatasetId,
    out: Annotated[Path | None, typer.Option(help="Ends in .xlsx or .csv.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write a table to fill in; it is read back without a mapping.

    [bold]Example:[/bold] commonweal template meter_readings --out readings.xlsx
    """
    from commonweal.lake.templates import template_write  # noqa: PLC0415

    with plain_errors():
        path = template_write(dataset, out or Path(f"{dataset}.xlsx"))
    if as_json:
        print_json({"dataset": dataset, "path": path})
    else:
        stdout.print(f"wrote {path}", markup=False)


@app.command()
def datasets(*, as_json: AsJson = False) -> None:
    """List the datasets that files can be brought into, with their columns.

    [bold]Example:[/bold] commonweal datasets --json
    """
    from commonweal.lake.datasets import datasets as declared  # noqa: PLC0415

    if as_json:
        print_json(
            [
                {
                    "id": dataset.id,
                    "names": dataset.names,
                    "key": dataset.key,
                    "columns": [
                        {
                            "name": column.name,
                            "kind": column.kind,
                            "unit": column.unit,
                            "required": column.required,
                            "choices": column.choices,
                            "names": column.names,
                        }
                        for column in dataset.columns
                    ],
                }
                for dataset in declared().values()
            ]
        )
        return
    table = Table("dataset", "name", "columns (optional in brackets)")
    for dataset in declared().values():
        columns = (c.name if c.required else f"\\[{c.name}]" for c in dataset.columns)
        table.add_row(
            dataset.id, f"{dataset.names['en']} {dataset.names['zh-hant']}", ", ".join(columns)
        )
    stdout.print(table)
