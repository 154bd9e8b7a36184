"""Computing figures as a job: an unchanged value is not recorded again, so twice is once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.compute.services import compute
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.org.models import Boundary, NodeKind
from commonweal.periods import PeriodKind, period, with_parts

if TYPE_CHECKING:
    from commonweal.kernel.jobs.run import Run


@job_kind(
    "compute",
    title=_("Compute figures"),
    roles={Role.ENGINEER, Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR},
)
def compute_job(run: Run) -> dict[str, Any]:
    """Compute ``periods`` (as ``["2024"]``), ``by`` a kind of parts, in a ``boundary``.

    ``reason`` says why published values change; without one such a change is refused.
    """
    asked = run.arguments
    by = asked.get("by")
    if by and by not in list(PeriodKind):
        raise InputError(f"no kind of period {by!r}", hint=", ".join(PeriodKind))
    spans = [
        span
        for text in asked["periods"]
        for span in with_parts(period(text), PeriodKind(by) if by else None)
    ]

    def told(step: str) -> None:
        run.progress(text=step)

    batch = compute(
        spans,
        boundary=asked.get("boundary") or _boundary(),
        actor=run.scope.actor,
        now=run.clock(),
        node_kinds=tuple(asked.get("node_kinds") or NodeKind.values),
        reason=asked.get("reason", ""),
        progress=told,
    )
    n_facts = batch.facts.count() if batch else 0
    run.log(f"{len(spans)} periods, {n_facts} facts recorded")
    return {
        "periods": len(spans),
        "facts": n_facts,
        "batch": batch.pk if batch else None,
        "root_hash": batch.root_hash if batch else "",
    }


def _boundary() -> str:
    first = Boundary.objects.order_by("pk").first()
    if first is None:
        raise InputError("there is no reporting boundary yet")
    return first.code
