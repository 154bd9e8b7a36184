"""What must hold before a hearing or an issue moves on, and what follows when it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.programmes.clocks import record_clocks
from commonweal.kernel.programmes.registry import type_of
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.people.general_manager.models import Hearing, Issue
    from commonweal.kernel.programmes.services import Context

_SETTLED = ("solved_on_site", "solved", "closed", "withdrawn", "merged")


def day_has_come(hearing: Hearing, context: Context) -> bool:
    """Whether the hearing does not lie ahead."""
    return hearing.held_date <= business_date(context.now)


def every_issue_is_settled(hearing: Hearing, _context: Context) -> bool:
    """Whether nothing that was raised at the hearing is still open."""
    return not hearing.issues.exclude(state__in=_SETTLED).exists()


def on_the_day(issue: Issue, context: Context) -> bool:
    """Whether the answer falls on the day of the hearing; a later one is no answer on site."""
    return business_date(context.now) == issue.hearing.held_date


def is_late(issue: Issue, context: Context) -> bool:
    """Whether the clock of the final solution has used up its budget."""
    clocks = record_clocks(type_of(issue), [issue], now=context.now)
    return any(each.is_late for each in clocks if each.clock == "solved")


def has_level_above(issue: Issue, context: Context) -> bool:
    """Whether there is a next level up."""
    return _above(issue, context) is not None


def escalate(issues: Sequence[Issue], context: Context) -> None:
    """Name the next level up; whose figures it counts in stays as it is."""
    for issue in issues:
        issue.escalated_to = _above(issue, context)


def count_reopening(issues: Sequence[Issue], _context: Context) -> None:
    """Count that a solution did not hold."""
    for issue in issues:
        issue.n_reopened += 1


def _above(issue: Issue, context: Context) -> Node | None:
    org = tree(business_date(context.now))
    above = org.ancestors(org.index(issue.escalated_to_id or issue.node_id))
    return Node.objects.get(pk=int(org.node_id[above[0]])) if above else None
