"""``commonweal compute``: from the lake to facts, for some periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.catalogue import catalogue, rule_words
from commonweal.cli.common import (
    AsJson,
    actor,
    clock,
    instant_read,
    plain_errors,
    print_json,
    progress,
    stdout,
)
from commonweal.cli.previewing import preview, preview_words
from commonweal.errors import InputError
from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.noticed import findings_by_rule, findings_list, noticed
from commonweal.kernel.compute.services import compute as compute_facts
from commonweal.kernel.org.models import NodeKind
from commonweal.kernel.programmes.computing import figures_of
from commonweal.kernel.programmes.registry import programme_get
from commonweal.periods import PeriodKind, period, with_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.facts.models import Batch

TOP_LEVEL = True
app = typer.Typer(no_args_is_help=True)


@app.command()
def compute(  # noqa: PLR0913 - one use-case, all by keyword
    periods: Annotated[list[str], typer.Argument(help="2024, 2024-Q1, 2024-03, FYP14 …")],
    *,
    boundary: Annotated[str, typer.Option(help="Reporting boundary.")] = "operational",
    by: Annotated[
        PeriodKind | None,
        typer.Option(help="Compute the parts of each period too: month, quarter …"),
    ] = None,
    nodes: Annotated[
        str, typer.Option(help="Kinds of nodes to record, as group,province; all by default.")
    ] = "",
    programme: Annotated[
        str, typer.Option(help="Only this programme's figures, as donations.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why published values change.")] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", help="Data as known then: 2025-01-31T23:59+08:00.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Record nothing, list what would change.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compute every indicator for some periods and record what is new as facts.

    Example: commonweal compute 2024 --by month --nodes group,province
    """
    with plain_errors(), progress(quiet=as_json) as bar:
        spans = [span for text in periods for span in with_parts(period(text), by)]
        task = bar.add_task("computing", total=None)

        def told(step: str) -> None:
            bar.update(task, description=step)

        now, kinds = clock(), _kinds(nodes)
        asked: dict[str, Any] = {
            "boundary": boundary,
            "snapshot": instant_read(as_of) or now,
            "indicators": figures_of(programme_get(programme)) if programme else (),
            "progress": told,
        }
        if dry_run:
            answer = preview(evaluate(spans, **asked), kinds)
        else:
            batch = compute_facts(
                spans, actor=actor(), now=now, node_kinds=kinds, reason=reason, **asked
            )
            answer = _answer(batch)
        answer["periods"] = len(spans)
        answer["open_findings"] = findings_list().count()
    if as_json:
        print_json(answer)
        return
    for line in preview_words(answer) if dry_run else [_in_words(answer)]:
        stdout.print(line, markup=False, soft_wrap=True)


def _answer(batch: Batch | None) -> dict[str, object]:
    return {
        "facts": batch.facts.count() if batch else 0,
        "batch": batch.pk if batch else None,
        "root_hash": batch.root_hash if batch else None,
    }


def _in_words(answer: Mapping[str, object]) -> str:
    if answer["facts"]:
        return f"{answer['facts']:,} facts recorded, log root {str(answer['root_hash'])[:16]}…"
    return "every fact already stands; nothing recorded"


@app.command()
def findings(
    *,
    rule: Annotated[str, typer.Option(help="List what broke this rule.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Rows to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what the quality rules noticed in the last computation.

    Example: commonweal findings --rule bill_unit_slip
    """
    with plain_errors():
        book = catalogue()
        rows: list[dict[str, object]] = (
            [
                {
                    "subject_kind": each.finding.subject_kind,
                    "subject": each.subject,
                    "month": f"{each.finding.month:%Y-%m}",
                    "quantity": each.finding.quantity,
                    "unit": each.unit,
                }
                for each in noticed(findings_list(rule=rule)[:limit])
            ]
            if rule
            else [
                {"rule": code, "n": n, "name": rule_words(code, "en", book).name}
                for code, n in findings_by_rule()
            ]
        )
        words = rule_words(rule, "en", book) if rule else None
    if as_json:
        print_json(rows)
        return
    if words and words.sentence:
        stdout.print(f"{words.name}. {words.sentence}\n{words.hint}\n", markup=False)
    for row in rows:
        cells = ("" if value is None else str(value) for value in row.values())
        stdout.print("  ".join(cells).rstrip(), markup=False, soft_wrap=True)


def _kinds(written: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in written.split(",") if kind.strip())
    if unknown := set(kinds) - set(NodeKind.values):
        known = ", ".join(NodeKind.values)
        raise InputError(f"no kind of node {min(unknown)!r}", hint=f"there are: {known}")
    return kinds or tuple(NodeKind.values)
