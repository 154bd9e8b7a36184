"""``commonweal radio ingest``: performance files and exports of the network into the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.domains.radio.network.pm.writing import PmIngested

app = typer.Typer()

_SHOWN = 10


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files or folders.")],
    kind: Annotated[
        str, typer.Option(help="pm: TS 32.435 or 28.532; netdata: Tsinghua NetData; csv: exports.")
    ] = "pm",
    mapping: Annotated[
        str,
        typer.Option(
            help="pm: <home>/radio/NAME.toml instead of counters.toml; csv: mapping files, with"
            " commas between."
        ),
    ] = "",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Files read at once.")] = 2,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check, and add nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring files of the network into cell_counters and element_power.

    Each file is read once; after an interruption the same command goes on with the rest.
    What cannot be taken is told, by rule and file, and stops nothing else.
    Where nothing was taken, the exit code is 3.

    [bold]Example:[/bold] commonweal radio ingest /data/pm/2024-11-01 --jobs 4
    """
    from commonweal.domains.radio.network.pm.counters import counter_mapping  # noqa: PLC0415
    from commonweal.domains.radio.network.pm.ingesting import (  # noqa: PLC0415 - quick --help
        pm_files,
        pm_ingest,
    )

    with plain_errors():
        if kind == "csv":
            _tables(paths, mapping, dry_run=dry_run, as_json=as_json)
            return
        if kind not in {"pm", "netdata"}:
            raise InputError(f"there is no kind {kind!r}", hint="there are pm, netdata and csv")
        counters = counter_mapping(mapping)
        files = pm_files(paths, kind=kind)
        with progress(quiet=as_json) as bar:
            task = bar.add_task("bytes", total=sum(path.stat().st_size for path in files))
            told = pm_ingest(
                files,
                mapping=counters,
                actor=actor(),
                now=clock(),
                kind=kind,
                n_jobs=jobs,
                dry_run=dry_run,
                progress=lambda n_bytes: bar.advance(task, n_bytes),
            )
    _show(told, dry_run=dry_run, as_json=as_json)
    if told.n_files > told.n_known and not told.n_values:
        raise typer.Exit(InputError.exit_code)


def _show(told: PmIngested, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "n_files": told.n_files,
                "n_known": told.n_known,
                "n_refused": len(told.refused),
                "refused": told.refused,
                "n_values": told.n_values,
                "n_rows": dict(told.n_rows),
                "n_merged": told.n_merged,
                "n_snapped": told.n_snapped,
                "by_rule": dict(told.by_rule.most_common()),
                "unknown_counters": dict(told.unknown.most_common()),
                "shifted_elements_h": told.shifted,
                "sources": told.sources,
            }
        )
        return
    stdout.print(
        f"{told.n_files:,} files ({told.n_known:,} were read before, {len(told.refused):,}"
        f" refused): {told.n_values:,} values"
    )
    rows = ", ".join(f"{count:,} rows of {name}" for name, count in told.n_rows.items())
    stdout.print(f"{rows}; {told.n_merged:,} more went up in them" if rows else "nothing was added")
    if told.n_snapped:
        stdout.print(f"{told.n_snapped:,} ends of periods were put on their grid")
    _show_counts("refused, by rule", dict(told.by_rule.most_common()))
    _show_counts("refused files", told.refused)
    _show_counts("counters that no column is for, values", dict(told.unknown.most_common()))
    _show_counts(
        "elements whose periods lie hours off what their file covers",
        {name: f"{hours:+.1f} h" for name, hours in told.shifted.items()},
    )
    if told.by_rule and not dry_run:
        number = told.sources[0] if told.sources else ""
        stdout.print(f"each of them: commonweal rejects {number or 'cell_counters'}", markup=False)


def _show_counts(title: str, counts: Mapping[str, int | str]) -> None:
    if not counts:
        return
    table = Table(title, "", show_edge=False)
    for name, count in list(counts.items())[:_SHOWN]:
        shown = f"{count:,}" if isinstance(count, int) else count
        table.add_row(name.replace("[", "\\["), shown.replace("[", "\\["))
    if len(counts) > _SHOWN:
        table.add_row(f"… and {len(counts) - _SHOWN:,} more", "--json has all")
    stdout.print(table)


def _tables(paths: list[Path], mapping: str, *, dry_run: bool, as_json: bool) -> None:
    """Bring exported tables in, each by every mapping: one may fill two datasets."""
    from commonweal.domains.radio.network.pm.tabular import tabular_ingest  # noqa: PLC0415 - heavy

    taken = tabular_ingest(
        paths,
        mappings=[Path(each) for each in mapping.split(",") if each],
        actor=actor(),
        now=clock(),
        dry_run=dry_run,
    )
    if as_json:
        print_json({"dry_run": dry_run, "files": [each.document() for each in taken]})
    else:
        table = Table("file", "dataset", "accepted", "rejected", "")
        for each in taken:
            before = "read before" if each.replayed else ""
            counts = f"{each.n_accepted:,}", f"{each.n_rejected:,}"
            table.add_row(each.file.replace("[", "\\["), each.dataset, *counts, before)
        stdout.print(table)
    if not any(each.n_accepted for each in taken):
        raise typer.Exit(InputError.exit_code)
