"""``commonweal programmes template``, ``import`` and ``export``: records from and to files."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commonweal.cli.common import (
    AsJson,
    clock,
    plain_errors,
    print_json,
    progress,
    stderr,
    stdout,
)
from commonweal.cli.records import scope_as
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from commonweal.kernel.programmes.imports import ImportResult

NAME = "programmes"
app = typer.Typer(no_args_is_help=True, help="Programmes: their records, from and to files.")

_SHOWN = 10
_PARTS = 1000  # of a progress bar
_FORMS = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".parquet": "parquet"}

Kind = Annotated[str, typer.Argument(metavar="TYPE", help="As donations.donation.")]
As = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="With an account's roles.")]


@app.command()
def template(
    kind: Kind,
    out: Annotated[Path | None, typer.Option(help="Ends in .xlsx or .csv.")] = None,
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Write a table to fill in, with an example row that the import skips.

    [bold]Example:[/bold] commonweal programmes template donations.donation --out gifts.xlsx
    """
    from commonweal.kernel.programmes.imports import template_write  # noqa: PLC0415 - quick --help
    from commonweal.kernel.programmes.registry import record_type  # noqa: PLC0415

    path = out or Path(f"{kind}.xlsx")
    with plain_errors():
        form = _FORMS.get(path.suffix.lower(), path.suffix)
        content = template_write(record_type(kind), form, scope=scope_as(account))
        try:
            path.write_bytes(content)
        except OSError as fault:
            raise InputError(f"{path} cannot be written: {fault.strerror}") from fault
    print_json({"type": kind, "path": path}) if as_json else stdout.print(
        f"wrote {path}", markup=False
    )


@app.command("import")
def import_(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and write nothing.")
    ] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Take no row if one is refused.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused rows go, to be mended and imported.")
    ] = None,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Open and change records by their codes; the same file again changes nothing.

    Good rows are taken, refused rows are told and written to a file to be mended. Where a row is
    refused, the exit code is 3.

    [bold]Example:[/bold] commonweal programmes import donations.donation gifts.xlsx --dry-run
    """
    from commonweal.kernel.programmes.imports import records_import  # noqa: PLC0415
    from commonweal.kernel.programmes.registry import record_type  # noqa: PLC0415

    with plain_errors(), progress(quiet=as_json) as bar:
        now = clock()
        result = records_import(
            record_type(kind),
            file,
            scope=scope_as(account),
            now=now,
            mode="preview" if dry_run else "apply",
            all_or_nothing=all_or_nothing,
            rejects=rejects if dry_run else rejects or _free(file),
            progress=_teller(bar, file.name),
        )
    _show_json(result) if as_json else _show(result)
    if result.n_refused:
        raise typer.Exit(InputError.exit_code)


@app.command()
def export(
    kind: Kind,
    out: Annotated[Path, typer.Option(help="Ends in .csv, .xlsx, .jsonl or .parquet.")],
    *,
    state: Annotated[list[str] | None, typer.Option(help="Only records in this state.")] = None,
    node: Annotated[str, typer.Option(help="Only records of this node and below it.")] = "",
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Write records to a file; a CSV or XLSX comes back in with `import`.

    [bold]Example:[/bold] commonweal programmes export donations.donation --out gifts.csv
    """
    from commonweal.kernel.org.selectors import subtree_ids  # noqa: PLC0415
    from commonweal.kernel.programmes.exports import records_export  # noqa: PLC0415
    from commonweal.kernel.programmes.registry import record_type  # noqa: PLC0415
    from commonweal.periods import business_date  # noqa: PLC0415

    with plain_errors():
        now, found = clock(), record_type(kind)
        rows = found.model._default_manager.all()  # noqa: SLF001 - an abstract model has no `objects`
        if state:
            rows = rows.filter(state__in=[found.spec.state(each).id for each in state])
        if node:
            rows = rows.filter(node__in=subtree_ids(node, business_date(now)))
        part = out.with_name(f".{out.name}.part")
        try:
            with part.open("wb") as target:
                form = _FORMS.get(out.suffix.lower(), out.suffix)
                done = records_export(found, rows, target, form, scope=scope_as(account))
            part.replace(out)
        except OSError as fault:
            raise InputError(f"{out} cannot be written: {fault.strerror}") from fault
        finally:
            part.unlink(missing_ok=True)
    if as_json:
        print_json({"type": kind, "path": out, "rows": done.n_rows, "withheld": done.withheld})
        return
    stdout.print(f"wrote {done.n_rows:,} records to {out}", markup=False)
    if done.withheld:
        stderr.print(f"left out as personal: {', '.join(done.withheld)}", markup=False)


def _free(file: Path) -> Path:
    """Return a name for the rejects beside a file that no file has yet."""
    stem = file.name.removesuffix(file.suffix).removesuffix(".rejects")
    path, count = file.with_name(f"{stem}.rejects.csv"), 1
    while path.exists():
        count += 1
        path = file.with_name(f"{stem}.rejects-{count}.csv")
    return path


def _teller(bar: Progress, name: str) -> Callable[[float, int], None]:
    task = bar.add_task(name, total=_PARTS)

    def tell(share_done: float, n_rows: int) -> None:
        bar.update(task, completed=int(share_done * _PARTS), description=f"{name}: {n_rows:,} rows")

    return tell


def _show_json(result: ImportResult) -> None:
    document = {each.name: getattr(result, each.name) for each in fields(result)}
    document["refused"] = [asdict(each) for each in result.refused]
    document["changed"] = [asdict(each) for each in result.changed]
    print_json(document)


def _show(result: ImportResult) -> None:
    counts = (
        f"opened {result.n_opened:,}, changed {result.n_changed:,},"
        f" unchanged {result.n_unchanged:,}, refused {result.n_refused:,}"
    )
    merged = f" ({result.n_merged:,} joined with others' changes)" if result.n_merged else ""
    if result.is_applied:
        stdout.print(f"{counts}{merged}")
    else:
        stdout.print(f"would have {counts}{merged}; nothing was written")
    if result.ignored:
        stdout.print(f"not used: {', '.join(result.ignored)}", markup=False)
    for change in [] if result.is_applied else result.changed[:_SHOWN]:
        told = "; ".join(f"{name} {old} → {new}" for name, (old, new) in change.changes.items())
        stdout.print(f"row {change.row}, {change.code}: {told}", markup=False, soft_wrap=True)
    if not result.n_refused:
        return
    table = Table("row", "code", "column", "what is wrong", "what to do")
    for each in result.refused[:_SHOWN]:
        sentence = f"{each.sentence}; {each.also}" if each.also else each.sentence
        cells = (str(each.row), each.code, each.column, sentence, each.hint)
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    stdout.print(table)
    rules = (f"{rule}: {count:,}" for rule, count in result.by_rule.most_common())
    stdout.print(", ".join(rules), markup=False)
    if result.rejects_path:
        stdout.print(
            f"all of them, to mend and import again: {result.rejects_path}",
            markup=False,
            soft_wrap=True,
        )
