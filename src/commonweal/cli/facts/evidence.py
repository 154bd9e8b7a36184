"""One printed number with all that it rests on, as a file."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, stdout
from commonweal.errors import InputError

FactId = Annotated[int, typer.Argument(metavar="ID", help="Number of the fact.")]


def evidence(
    pk: FactId,
    *,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    language: Annotated[str, typer.Option(help="zh-hant, zh-hans or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Write all that a figure rests on as one HTML file that checks its own proof.

    [bold]Example:[/bold] commonweal facts evidence 42 --out evidence.html
    """
    from commonweal.kernel.disclosure.evidence.gathering import evidence_gather  # noqa: PLC0415
    from commonweal.kernel.disclosure.evidence.html import evidence_html  # noqa: PLC0415
    from commonweal.kernel.disclosure.wording import LANGUAGES, language_of  # noqa: PLC0415
    from commonweal.kernel.facts.signing import secret_key  # noqa: PLC0415

    with plain_errors():
        if language not in LANGUAGES:
            raise InputError(f"no language {language!r}", hint=", ".join(LANGUAGES))
        code = language_of(language)
        found = evidence_gather(pk, language=code, secret=secret_key())
        content = evidence_html(found, language=code).encode()
        try:
            out.write_bytes(content)
        except OSError as fault:
            raise InputError(f"{out} cannot be written: {fault.strerror}") from fault
        told = {"file": str(out), "fact": pk, "sha256": sha256(content).hexdigest()}
        if as_json:
            print_json(told)
        else:
            stdout.print(f"{out}: {len(content):,} bytes", markup=False, soft_wrap=True)
