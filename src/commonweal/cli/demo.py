"""``commonweal demo``: a synthetic operator to try everything with."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, progress, stderr, stdout

app = typer.Typer(no_args_is_help=True, help="A generated, synthetic operator (示範運營商).")

Sites = Annotated[int, typer.Option(help="Sites; 60 at least.")]
HourlyMeters = Annotated[int, typer.Option(help="Meters that are read every hour.")]
Seed = Annotated[int, typer.Option(help="Another seed, another operator.")]
_N_SITES = 20_000
_N_HOURLY = 300


@app.command()
def build(
    *,
    sites: Sites = _N_SITES,
    hourly_meters: HourlyMeters = _N_HOURLY,
    seed: Seed = 1,
    programmes: Annotated[
        str, typer.Option(help="Only these programmes' demos, as water,waste; or none.")
    ] = "all",
    as_json: AsJson = False,
) -> None:
    """Build the demo operator in the home folder: files, organisation, two years of data.

    Goes on where it was interrupted; does nothing if all is there.

    [bold]Example:[/bold] commonweal demo build --sites 500 --hourly-meters 20
    """
    from django.conf import settings  # noqa: PLC0415 - keeps --help quick

    from commonweal.demo.build import build as demo_build  # noqa: PLC0415
    from commonweal.demo.streams import Options  # noqa: PLC0415

    with plain_errors():
        options = Options(sites=sites, hourly_meters=min(hourly_meters, sites), seed=seed)
        with progress(quiet=as_json) as bar:
            task = bar.add_task("demo operator", total=100)

            def tell(title: str, share: float) -> None:
                bar.update(task, description=title, completed=int(share * 100))

            built = demo_build(
                options, folder=settings.HOME / "demo", programmes=_chosen(programmes), tell=tell
            )
    seconds = sum(step.seconds for step in built.done)
    if as_json:
        print_json(
            {
                "synthetic": True,
                "sites": sites,
                "folder": built.folder,
                "files": built.n_files,
                "rows_accepted": built.n_accepted,
                "rows_rejected": built.n_rejected,
                "seconds": round(seconds, 3),
                "steps": [{"title": step.title, "seconds": step.seconds} for step in built.done],
                "login": {"user": built.user, "password": built.password},
            }
        )
        return
    if built.done:
        stderr.print(f"{len(built.done)} steps in {seconds:.1f} s")
    else:
        stderr.print("the demo operator is there already")
    stdout.print(
        f"demo operator (synthetic): {sites:,} sites, {built.n_files} files,"
        f" {built.n_accepted:,} rows accepted, {built.n_rejected:,} rejected",
        soft_wrap=True,
    )
    stdout.print(f"login: {built.user} / {built.password}")


def _chosen(programmes: str) -> list[str] | None:
    if programmes == "all":
        return None
    return [] if programmes == "none" else [name.strip() for name in programmes.split(",")]


@app.command()
def files(
    out: Annotated[Path, typer.Argument(help="Folder to write into.", metavar="FOLDER")],
    *,
    sites: Sites = _N_SITES,
    hourly_meters: HourlyMeters = _N_HOURLY,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Write the demo operator's files and bring nothing in.

    [bold]Example:[/bold] commonweal demo files demo-files --sites 500
    """
    from commonweal.demo.files import files_write  # noqa: PLC0415 - keeps --help quick
    from commonweal.demo.streams import Options  # noqa: PLC0415

    with plain_errors():
        options = Options(sites=sites, hourly_meters=min(hourly_meters, sites), seed=seed)
        with progress(quiet=as_json) as bar:
            task = bar.add_task("files", total=None)
            manifest = files_write(
                options, out, advance=lambda name: bar.update(task, description=name, advance=1)
            )
    if as_json:
        print_json(
            {
                "synthetic": True,
                "folder": out,
                "files": [
                    {"name": file.name, "dataset": file.dataset, "sha256": file.sha256}
                    for file in manifest.files
                ],
            }
        )
        return
    stdout.print(
        f"{len(manifest.files)} files of measurements and the register in {out}", soft_wrap=True
    )
