"""``commonweal facts``: look facts up, prove them, verify the log, lock periods."""

import typer

from commonweal.cli.facts import evidence, locking, proving, reading, uncertainty

app = typer.Typer(no_args_is_help=True, help="Look facts up, prove them, verify the log.")

app.command("list")(reading.list_)
app.command()(reading.show)
app.command()(reading.history)
app.command()(uncertainty.uncertainty)
app.command()(evidence.evidence)
app.command()(proving.verify)
app.command()(proving.prove)
app.command("prove-growth")(proving.prove_growth)
app.command("check-proof")(proving.check_proof)
app.command()(proving.checkpoint)
app.command()(locking.lock)
app.command()(locking.unlock)
app.command()(locking.locks)
app.command()(locking.late)

__all__ = ["app"]
