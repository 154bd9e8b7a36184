"""Hashes and proofs: whether the logs hold, and documents that show it to others."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, progress, stdout
from commonweal.errors import InputError, StateError
from commonweal.kernel.facts import selectors
from commonweal.kernel.facts.proofs import proof_fault, proof_read, proof_write

_SHOWN = 20  # faults in the terminal; --json has all

FactId = Annotated[int, typer.Argument(metavar="ID", help="Number of the fact.")]
Out = Annotated[Path | None, typer.Option(help="Write it to this file instead of stdout.")]


def verify(
    *,
    against: Annotated[
        Path | None, typer.Option("--checkpoint", help="Must extend this, from `checkpoint`.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute every hash of the fact log and the event log again; exit 5 if one differs.

    [bold]Example:[/bold] commonweal facts verify --checkpoint report-2024.json
    """
    with plain_errors():
        published = _checkpoint_read(against) if against else None
        with progress(quiet=as_json) as bar:
            n_facts = selectors.checkpoint().tree_size
            task = bar.add_task("facts", total=n_facts)
            report = selectors.log_verify(lambda done: bar.update(task, completed=done))
        told = selectors.checkpoint_fault(published) if published else ""
        if as_json:
            holds = report.holds and not told
            print_json({"holds": holds, **asdict(report), "checkpoint_fault": told})
            raise typer.Exit(0 if holds else StateError.exit_code)
        for fault in report.faults[:_SHOWN]:
            stdout.print(f"{fault.table} {fault.row}: {fault.what}", markup=False)
        if report.faults:
            first = report.faults[0]
            raise StateError(
                f"{len(report.faults)} faults; the first: {first.table} {first.row}: {first.what}",
                hint="restore the database from a backup that verifies, and ask who changed it",
            )
        if told:
            raise StateError(told, hint="ask for the backup of that day")
        stdout.print(
            f"{report.n_facts:,} facts in {report.n_batches:,} batches and {report.n_events:,} "
            f"events hold; root {report.root_hash}"
        )


def prove(pk: FactId, *, out: Out = None, as_json: AsJson = False) -> None:
    """Write a proof that a fact is in the log; it is checked without the database.

    [bold]Example:[/bold] commonweal facts prove 42 --out proof.json
    """
    with plain_errors():
        proof = proof_write(selectors.inclusion_proof(selectors.fact_get(pk)))
        _write(proof, out, as_json=as_json)


def prove_growth(
    old_size: Annotated[int, typer.Argument(help="Facts in the log then.")],
    *,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof that the log begins with all of the log of SIZE facts.

    [bold]Example:[/bold] commonweal facts prove-growth 1200 --out growth.json
    """
    with plain_errors():
        _write(proof_write(selectors.consistency_proof(old_size)), out, as_json=as_json)


def check_proof(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="From `prove`.")],
    *,
    root: Annotated[str, typer.Option(help="The published root that it must lead to.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a proof without the database; exit 5 if it does not hold.

    Compare the root with a published one: a proof shows only that it leads to its own root.

    [bold]Example:[/bold] commonweal facts check-proof proof.json --root 8f3c…
    """
    with plain_errors():
        proof = proof_read(_text(path))
        document = proof_write(proof)
        stated = document.get("root_hash") or document["new_root_hash"]
        told = proof_fault(proof)
        if not told and root and root != stated:
            told = f"the proof leads to root {stated}, not to {root}"
        leaf = json.loads(document["leaf"]) if "leaf" in document else None
        if as_json:
            print_json({"holds": not told, "fault": told, "root_hash": stated, "fact": leaf})
            raise typer.Exit(StateError.exit_code if told else 0)
        if told:
            raise StateError(told, hint="ask for the proof again, from `commonweal facts prove`")
        if leaf:
            shown = ("indicator", "node", "start_date", "end_date", "value", "unit")
            stdout.print(" ".join(str(leaf[name]) for name in shown), markup=False)
        stdout.print(f"holds; root {stated}")


def checkpoint(*, out: Out = None, as_json: AsJson = False) -> None:
    """Print the heads of both logs: published, they fix everything before them.

    [bold]Example:[/bold] commonweal facts checkpoint --out report-2024.json
    """
    with plain_errors():
        _write(asdict(selectors.checkpoint()), out, as_json=as_json)


def _write(document: object, out: Path | None, *, as_json: bool) -> None:
    if out is None:
        print_json(document)
        return
    text = json.dumps(document, ensure_ascii=False, indent=2, default=datetime.isoformat)
    try:
        out.write_text(text + "\n", "utf-8")
    except OSError as fault:
        raise InputError(f"{out} cannot be written: {fault.strerror}") from fault
    if as_json:
        print_json({"file": str(out)})
    else:
        stdout.print(f"wrote {out}", markup=False)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"{path} is not UTF-8 text") from fault


def _checkpoint_read(path: Path) -> selectors.Checkpoint:
    try:
        document = json.loads(_text(path))
        return selectors.Checkpoint(
            tree_size=int(document["tree_size"]),
            root_hash=str(document["root_hash"]),
            n_events=int(document["n_events"]),
            event_hash=str(document["event_hash"]),
            recorded_at=None,
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise InputError(f"{path} is no checkpoint: {fault}") from fault
