"""``commonweal report xbrl``: a report that machines read, and what Arelle says of it."""

from __future__ import annotations

import hashlib
from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.common import AsJson, instant_read, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.xbrl.services import Filing
    from commonweal.kernel.disclosure.xbrl.validating import Judgement

NAME = "report"
app = typer.Typer()


@app.command()
def xbrl(  # noqa: PLR0913 - one option each
    report_id: Annotated[str, typer.Argument(help="Which report.")] = "energy_carbon",
    *,
    period: Annotated[str, typer.Option(help="As 2024; the latest year by default.")] = "",
    language: Annotated[str, typer.Option(help="zh-hant, zh-hans, en or all.")] = "all",
    as_of: Annotated[
        str, typer.Option(help="What was known then, as 2025-03-18T16:00:00+08:00.")
    ] = "",
    node: Annotated[str, typer.Option(help="Organisation node; the whole by default.")] = "",
    boundary: Annotated[str, typer.Option(help="Reporting boundary; the first by default.")] = "",
    lei: Annotated[str, typer.Option(help="Legal Entity Identifier of the operator.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder; xbrl in the home folder by default.")
    ] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Let Arelle judge every file, offline.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a report as inline XBRL, xBRL-JSON and xBRL-CSV, with its taxonomy package.

    The same instant gives the same bytes. With --validate it fails (5) if anything is found.

    Example: commonweal report xbrl energy_carbon --period 2024 --validate
    """
    from django.conf import settings  # noqa: PLC0415 - --help stays quick

    from commonweal.kernel.disclosure.known import period_asked  # noqa: PLC0415
    from commonweal.kernel.disclosure.wording import LANGUAGES  # noqa: PLC0415
    from commonweal.kernel.disclosure.xbrl.services import filing_build  # noqa: PLC0415
    from commonweal.kernel.disclosure.xbrl.validating import arelle_is_here  # noqa: PLC0415

    judged: tuple[Judgement, ...] = ()
    with plain_errors(), progress(quiet=as_json) as bar:
        wanted = [each for each in LANGUAGES if language in {each, "all"}]
        if not wanted:
            raise InputError(f"no language {language!r}", hint=f"{', '.join(LANGUAGES)} or all")
        at = instant_read(as_of)
        span = period_asked(period, node=node, boundary=boundary, as_of=at)
        bar.add_task(f"{report_id} {span}", total=None)
        filing = filing_build(
            report_id, span, languages=wanted, as_of=at, node=node, boundary=boundary, lei=lei
        )
        folder = out or settings.HOME / "xbrl"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in filing.files.items():
            (folder / name).write_bytes(content)
        if validate:
            judged = _judged(filing, folder)
    _tell(filing, folder, judged, as_json=as_json)
    if not validate and not as_json:
        here = "add --validate" if arelle_is_here() else "install commonweal[xbrl], add --validate"
        stdout.print(f"not validated: {here}", markup=False)
    with plain_errors():
        if faults := sum(len(each.told) for each in judged):
            raise StateError(f"Arelle found {faults} faults", hint="each is named above")


def _judged(filing: Filing, folder: Path) -> tuple[Judgement, ...]:
    from commonweal.kernel.disclosure.xbrl.package import PACKAGE  # noqa: PLC0415
    from commonweal.kernel.disclosure.xbrl.validating import judge  # noqa: PLC0415

    files = [folder / name for document in filing.documents for name in document.checked]
    return judge(files, package=folder / PACKAGE)


def _tell(filing: Filing, folder: Path, judged: tuple[Judgement, ...], *, as_json: bool) -> None:
    told = {
        each.file: [{"level": one.level, "code": one.code, "text": one.text} for one in each.told]
        for each in judged
    }
    if as_json:
        documents = [
            {
                "language": document.language,
                "facts": document.n_facts,
                "printed": document.n_marks,
                "hidden": document.n_hidden,
                "not_facts": document.n_other,
            }
            for document in filing.documents
        ]
        files = [
            {
                "path": folder / name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "told": told.get(str(folder / name)),
            }
            for name, content in filing.files.items()
        ]
        print_json({"documents": documents, "files": files})
        return
    for document in filing.documents:
        stdout.print(
            f"{document.language}: {document.n_facts} facts, printed {document.n_marks} times, "
            f"{document.n_hidden} hidden; {document.n_other} printed numbers are no facts",
            markup=False,
            soft_wrap=True,
        )
    for name in filing.files:
        found = told.get(str(folder / name))
        verdict = "" if found is None else f"  {len(found)} faults" if found else "  valid"
        stdout.print(f"{folder / name}{verdict}", markup=False, soft_wrap=True)
        for one in found or ():
            stdout.print(f"  {one['level']} {one['code']}: {one['text']}", markup=False)
