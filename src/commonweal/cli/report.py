"""``commonweal report``: reports as files that need no server, and the check of their texts."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.renderings.forms import Form
    from commonweal.kernel.disclosure.tree import Report

app = typer.Typer(no_args_is_help=True, help="Reports whose every number leads to its source.")


@app.command()
def build(  # noqa: PLR0913 - an option each
    report_id: Annotated[str, typer.Argument(help="Which report, or all.")] = "energy_carbon",
    *,
    period: Annotated[str, typer.Option(help="As 2024; the latest year by default.")] = "",
    language: Annotated[str, typer.Option(help="zh-hant, zh-hans, en or all.")] = "all",
    as_of: Annotated[
        str, typer.Option(help="What was known then, as 2025-03-18T16:00:00+08:00.")
    ] = "",
    node: Annotated[str, typer.Option(help="Organisation node; the whole by default.")] = "",
    boundary: Annotated[str, typer.Option(help="Reporting boundary; the first by default.")] = "",
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="html, pdf, xlsx, json, xbri; several with commas, or all.",
            metavar="FORMS",
        ),
    ] = "html",
    out: Annotated[
        Path | None, typer.Option(help="Folder; reports in the home folder by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a report as files, one for each language and form.

    The same instant gives the same bytes, whatever was restated since. A PDF needs the typefaces
    Noto Serif CJK and Noto Sans CJK (Debian: fonts-noto-cjk).

    Example: commonweal report build --period 2024 --language en --format pdf,xlsx
    """
    from django.conf import settings  # noqa: PLC0415 - --help stays quick

    from commonweal.kernel.disclosure.definitions import report_paths  # noqa: PLC0415
    from commonweal.kernel.disclosure.known import period_asked  # noqa: PLC0415
    from commonweal.kernel.disclosure.services import report_build  # noqa: PLC0415
    from commonweal.kernel.disclosure.wording import LANGUAGES, instant_text  # noqa: PLC0415

    written: list[dict[str, object]] = []
    with plain_errors(), progress(quiet=as_json) as bar:
        wanted = [each for each in LANGUAGES if language in {each, "all"}]
        if not wanted:
            raise InputError(f"no language {language!r}", hint=f"{', '.join(LANGUAGES)} or all")
        forms = _forms(form)
        at = _instant(as_of)
        span = period_asked(period, node=node, boundary=boundary, as_of=at)
        folder = out or settings.HOME / "reports"
        folder.mkdir(parents=True, exist_ok=True)
        asked = tuple(report_paths()) if report_id == "all" else (report_id,)
        files = [(name, each) for name in asked for each in wanted]
        for name, each in bar.track(files, description=f"{report_id} {span}"):
            report = report_build(name, span, language=each, as_of=at, node=node, boundary=boundary)
            stem = folder / ".".join((name, *([node] if node else []), str(span), each))
            written += [_write(report, kind, stem) for kind in forms]
    if as_json:
        print_json(written)
        return
    for file in written:
        stdout.print(f"{file['path']}  {file['facts']} facts", markup=False, soft_wrap=True)
    stdout.print(f"as known on {instant_text(report.as_of, 'en')}", markup=False)


def _write(report: Report, form: Form, stem: Path) -> dict[str, object]:
    """Write one file and tell of it."""
    from django.conf import settings  # noqa: PLC0415 - --help stays quick

    from commonweal.kernel.disclosure.renderings.forms import places, report_render  # noqa: PLC0415

    content = report_render(report, form, at=places(settings.HOME))
    path = stem.with_name(f"{stem.name}.{form}")
    path.write_bytes(content)
    return {
        "path": path,
        "report": report.id,
        "language": report.language,
        "format": form,
        "as_of": report.as_of,
        "facts": len(report.entries),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """Check every report's definition and texts: each number bound, the languages agreeing.

    Example: commonweal report check
    """
    from commonweal.kernel.disclosure.definitions import (  # noqa: PLC0415 - --help stays quick
        report_definition,
        report_paths,
    )

    with plain_errors():
        found = {
            report_id: [section.id for section in report_definition(report_id).texts["en"].sections]
            for report_id in report_paths()
        }
    if as_json:
        print_json(found)
        return
    for report_id, sections in found.items():
        stdout.print(f"{report_id}: {', '.join(sections)}", markup=False, soft_wrap=True)


@app.command()
def schema(*, as_json: AsJson = False) -> None:  # noqa: ARG001 - it is JSON either way
    """Print the JSON Schema of reports written as JSON.

    Example: commonweal report schema > report.schema.json
    """
    from commonweal.kernel.disclosure.renderings.document import (  # noqa: PLC0415 - --help stays quick
        document_schema,
    )

    print_json(document_schema())


def _forms(written: str) -> tuple[Form, ...]:
    from commonweal.kernel.disclosure.renderings.forms import FORMS  # noqa: PLC0415

    asked = {each.strip() for each in written.split(",")}
    if unknown := sorted(asked - {*FORMS, "all"}):
        raise InputError(f"no format {unknown[0]!r}", hint=f"{', '.join(FORMS)} or all")
    return tuple(each for each in FORMS if each in asked or "all" in asked)


def _instant(written: str) -> datetime | None:
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputError(
            f"{written!r} is not an instant with a zone", hint="write 2025-03-18T16:00:00+08:00"
        )
    return at
