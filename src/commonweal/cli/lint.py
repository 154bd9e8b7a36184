"""``commonweal lint``: checks the numbers of any report, one's own or anybody's."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.common import plain_errors, print_json, stdout
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commonweal.kernel.disclosure.linting.checking import Checked
    from commonweal.kernel.disclosure.linting.document import Document

TOP_LEVEL = True

app = typer.Typer()


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    HTML = "html"


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Tongue(StrEnum):
    """A language that findings are told in."""

    HANT = "zh-hant"
    HANS = "zh-hans"
    EN = "en"


_COLORS = {"error": "red", "warning": "yellow", "info": "blue"}


@app.command()
def lint(  # noqa: PLR0913 - a command has as many options as it needs
    files: Annotated[
        list[Path] | None, typer.Argument(help="Text, Markdown, HTML, DOCX or PDF.")
    ] = None,
    *,
    form: Annotated[Format, typer.Option("--format", help="How findings are written.")] = (
        Format.TEXT
    ),
    out: Annotated[Path | None, typer.Option(help="File to write instead of the screen.")] = None,
    language: Annotated[Tongue, typer.Option(help="Of the findings.")] = Tongue.EN,
    rules: Annotated[str, typer.Option(help="Only these, as sums,direction.")] = "",
    severity: Annotated[
        Severity, typer.Option(help="Lesser findings are counted, not listed.")
    ] = Severity.WARNING,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Hold claims against the facts of this home.")
    ] = False,
    report: Annotated[
        str, typer.Option(help="A report of ours that the text should be, with --ledger.")
    ] = "",
    period: Annotated[str, typer.Option(help="As 2024, with --ledger.")] = "",
    node: Annotated[str, typer.Option(help="Organisation node; the whole by default.")] = "",
    claims: Annotated[
        bool, typer.Option("--claims", help="List every claim that is read, check nothing.")
    ] = False,
    rules_list: Annotated[
        bool, typer.Option("--rules-list", help="List the rules with good and bad lines.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Check the numbers of a report: sums, changes, shares, units, repeats, targets.

    Works on any report in Chinese or English; nothing leaves the machine. Ends with 1 if anything
    is listed, 0 if not.

    [bold]commonweal lint report.pdf --language zh-hant --format html --out findings.html[/bold]
    """
    from commonweal.kernel.disclosure.linting.checking import document_check  # noqa: PLC0415
    from commonweal.kernel.disclosure.linting.reading import document_read  # noqa: PLC0415

    form = Format.JSON if as_json else form
    with plain_errors():
        if rules_list:
            _rules(language, as_json=form is Format.JSON)
            return
        if not files:
            raise InputError("no file is given", hint="commonweal lint report.pdf")
        wanted = [rule.strip() for rule in rules.split(",") if rule.strip()]
        check = _ledger(report, period, node) if ledger else document_check
        checked = [check(document_read(path), rules=wanted) for path in files]
        if claims:
            _claims(checked, as_json=form is Format.JSON)
            return
        content = _written(checked, form, language, severity)
        if out is not None:
            out.write_text(content, encoding="utf-8")
    if out is None and form is not Format.TEXT:
        typer.echo(content)
    if form is Format.TEXT and out is None:
        _screen(checked, language, severity)
    if any(each.listed(severity) for each in checked):
        raise typer.Exit(1)


def _ledger(report_id: str, period: str, node: str) -> Callable[..., Checked]:
    """Return a check that also holds a document against the ledger."""
    from commonweal.kernel.disclosure.linting.checking import document_check  # noqa: PLC0415
    from commonweal.kernel.disclosure.linting.facts import against_facts  # noqa: PLC0415
    from commonweal.kernel.disclosure.linting.own import (  # noqa: PLC0415
        against_own,
        body_end,
        own_report,
    )
    from commonweal.periods import period as period_read  # noqa: PLC0415

    if not period:
        raise InputError("--ledger needs a period", hint="--ledger --period 2024")
    span = period_read(period)
    facts = against_facts(span, node=node)

    def check(document: Document, *, rules: Sequence[str]) -> Checked:
        if not report_id:
            return document_check(document, rules=rules, others=[facts])
        report = own_report(report_id, span, node=node, text=document.text)
        end = body_end(document.text, report)
        return document_check(document, rules=rules, others=[against_own(report, facts)], until=end)

    return check


def _written(checked: Sequence[Checked], form: Format, language: Tongue, severity: Severity) -> str:
    from json import dumps  # noqa: PLC0415 - --help stays quick

    from commonweal.kernel.disclosure.linting.marked import marked_html  # noqa: PLC0415
    from commonweal.kernel.disclosure.linting.sarif import sarif_told  # noqa: PLC0415
    from commonweal.kernel.disclosure.linting.told import SCHEMA, checked_told  # noqa: PLC0415

    match form:
        case Format.HTML:
            return marked_html(checked, language.value, severity)
        case Format.SARIF:
            told = sarif_told(checked, language.value, severity)
        case Format.JSON:
            files = [checked_told(each, language.value, severity) for each in checked]
            told = {"schema": SCHEMA, "files": files}
        case _:
            return "\n".join(_lines(checked, language, severity)) + "\n"
    return dumps(told, ensure_ascii=False, indent=2)


def _lines(checked: Sequence[Checked], language: Tongue, severity: Severity) -> list[str]:
    """Return findings as compilers write them: file, place, severity, what is wrong, what to do."""
    from commonweal.kernel.disclosure.linting.checking import said, suggestion  # noqa: PLC0415

    lines = []
    for each in checked:
        for found in each.listed(severity):
            place = f"{each.document.name}:{each.place(found.start)}"
            lines += [
                f"{place}: {found.severity}: {said(found, language.value)} [{found.rule}]",
                f"    {each.quote(found)}",
                f"    → {suggestion(found, language.value)}",
            ]
        counts = ", ".join(f"{n} {name}" for name, n in each.counts.items())
        lines.append(f"{each.document.name}: {len(each.chapter.claims)} claims; {counts}")
    return lines


def _screen(checked: Sequence[Checked], language: Tongue, severity: Severity) -> None:
    for line in _lines(checked, language, severity):
        color = next((hue for word, hue in _COLORS.items() if f": {word}: " in line), None)
        style = color if color and not line.startswith("    ") else None
        stdout.print(line, style=style, markup=False, soft_wrap=True)


def _claims(checked: Sequence[Checked], *, as_json: bool) -> None:
    from commonweal.kernel.disclosure.linting.told import SCHEMA, claim_told  # noqa: PLC0415

    found = [
        {"file": each.document.name, "claims": [claim_told(each, c) for c in each.chapter.claims]}
        for each in checked
    ]
    if as_json:
        print_json({"schema": SCHEMA, "files": found})
        return
    for each in checked:
        for claim in each.chapter.claims:
            stdout.print(
                f"{each.document.name}:{each.place(claim.start)}: {claim.comparator}"
                f" {float(claim.value):.12g} {claim.unit}  {each.chapter.quote(claim)}",
                markup=False,
                soft_wrap=True,
            )


def _rules(language: Tongue, *, as_json: bool) -> None:
    from commonweal.catalogue.claim_rules import claim_rules  # noqa: PLC0415 - --help stays quick

    rules = claim_rules()
    if as_json:
        print_json({"rules": {rule_id: rule.model_dump() for rule_id, rule in rules.items()}})
        return
    for rule_id, rule in rules.items():
        stdout.print(
            f"{rule_id} ({rule.severity}): {rule.name[language.value]}", style="bold", markup=False
        )
        for mark, lines in (("✓", rule.good), ("✗", rule.bad)):
            for line in lines:
                stdout.print(f"  {mark} {line}", markup=False, soft_wrap=True)
