"""Proving the logs in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from commonweal.errors import StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.facts.verify import log_verify
from commonweal.kernel.jobs.kinds import job_kind

if TYPE_CHECKING:
    from commonweal.kernel.jobs.run import Run


@job_kind(
    "log_verify",
    title=_("Verify the logs"),
    roles={Role.VERIFIER, Role.BOARD, Role.ADMINISTRATOR},
)
def log_verify_job(run: Run) -> dict[str, Any]:
    """Compute every hash of the fact log and the event log again; fails if one differs."""
    report = log_verify(progress=lambda n: run.progress(n, text=f"{n:,} facts"))
    for fault in report.faults[:100]:
        run.log(str(fault))
    if not report.holds:
        raise StateError(
            f"the log does not hold: {len(report.faults)} faults",
            hint="the job's lines name them; restore a backup and compare",
        )
    return {"facts": report.n_facts, "events": report.n_events}
