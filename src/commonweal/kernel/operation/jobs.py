"""The backup as a job, for schedules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.operation.backups import backup_make, backups_prune

if TYPE_CHECKING:
    from commonweal.kernel.jobs.run import Run

_KEEP: Final = 7


@job_kind("backup", title=_("Back up everything"), roles={Role.ADMINISTRATOR})
def backup_job(run: Run) -> dict[str, Any]:
    """Save everything but the keys into ``<home>/backups``, and ``keep`` the newest (seven)."""
    folder = Path(settings.HOME) / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / f"commonweal-{run.job.asked_at:%Y%m%dT%H%M%SZ}.tar"
    if path.exists():  # the worker died after it was whole
        return {"backup": path.name, "bytes": path.stat().st_size}
    made = backup_make(path, now=run.clock(), progress=run.progress)
    gone = backups_prune(folder, keep=max(1, int(run.arguments.get("keep", _KEEP))))
    return {"backup": path.name, "bytes": made.n_bytes, "deleted": len(gone)}
