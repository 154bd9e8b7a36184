"""Proving the ledger in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from commonweal.errors import StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.ledger.verify import ledger_verify

if TYPE_CHECKING:
    from commonweal.kernel.jobs.run import Run


@job_kind(
    "ledger_verify",
    title=_("Verify the ledger"),
    roles={Role.VERIFIER, Role.BOARD, Role.ADMINISTRATOR},
)
def ledger_verify_job(run: Run) -> dict[str, Any]:
    """Compute every balance again from the transfers; fails if one differs."""
    report = ledger_verify(progress=lambda n: run.progress(n, text=f"{n:,} transfers"))
    for each in report.differences[:100]:
        run.log(f"{each.where}: {each.what}")
    if not report.holds:
        raise StateError(
            f"the ledger does not hold: {len(report.differences)} differences",
            hint="the job's lines name them; restore a backup and compare",
        )
    return {"accounts": report.n_accounts, "transfers": report.n_transfers}
