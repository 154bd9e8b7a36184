"""What must hold before a plan is put forward, acted on or ended, and what happens then.

Reading meters needs numerical libraries: effects import them where they work, so that the register
starts quickly.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commonweal.kernel.org.selectors import subtree_ids
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.models import Hold, Plan, Verification
    from commonweal.kernel.programmes.services import Context


def ends_at(plan: Plan) -> datetime:
    """Return the instant at which a plan's last day is over."""
    return business_midnight(plan.plan_date + timedelta(days=plan.days))


def not_over(plan: Plan, context: Context) -> bool:
    """Whether some of the plan's days are still ahead."""
    return context.now < ends_at(plan)


def is_over(plan: Plan, context: Context) -> bool:
    """Whether the plan's last day is over."""
    return context.now >= ends_at(plan)


def alone(plan: Plan, _context: Context) -> bool:
    """Whether no other active plan says what these sites do on one of these days."""
    others = type(plan).objects.filter(state="active").exclude(pk=plan.pk).select_related("node")
    return not any(
        other.plan_date < plan.plan_date + timedelta(days=plan.days)
        and plan.plan_date < other.plan_date + timedelta(days=other.days)
        and _shares_sites(plan, other)
        for other in others
    )


def _shares_sites(plan: Plan, other: Plan) -> bool:
    below = subtree_ids(plan.node.code, plan.plan_date)
    return other.node_id in below or plan.node_id in subtree_ids(other.node.code, plan.plan_date)


def has_expired(hold: Hold, context: Context) -> bool:
    """Whether the hold's time is over."""
    return context.now >= hold.until_at


def days_are_over(verification: Verification, context: Context) -> bool:
    """Whether the last day that is verified is over."""
    return context.now >= business_midnight(verification.last_date + timedelta(days=1))


def is_accepted(verification: Verification, _context: Context) -> bool:
    """Whether the counterfactual told held-back hours well enough."""
    return bool(verification.is_accepted)


def is_not_accepted(verification: Verification, _context: Context) -> bool:
    """Whether it did not, or no hours were held back to judge it by."""
    return not verification.is_accepted


def freeze_counterfactual(plans: Sequence[Plan], context: Context) -> None:
    """Settle what the sites would draw with every layer on, before anything sleeps.

    Raises:
        StateError: No site of a plan was measured for long enough.
    """
    from commonweal.domains.radio.energy_saving.verifying import (  # noqa: PLC0415 - see above
        counterfactual_freeze,
    )

    for plan in plans:
        plan.counterfactual_sha256 = counterfactual_freeze(plan, context.now)


def set_outcomes(verifications: Sequence[Verification], context: Context) -> None:
    """Tell each plan what stands verified of it."""
    from commonweal.domains.radio.energy_saving.verifying import (  # noqa: PLC0415 - see above
        outcomes_set,
    )

    outcomes_set(verifications, context)
