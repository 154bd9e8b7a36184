"""The plan that a page is about: which one is asked for, and what its store says of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.domains.radio.energy_saving.models import Plan
from commonweal.domains.radio.energy_saving.planning.store import StoredPlan, plan_read
from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import CLEARANCE, Role
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of, number_text, percent_text
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.programmes.pages import record_address
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.values import named
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.programmes.pages import Asked

_SHOWN_PLANS: Final = 30
_WH_MWH: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A plan, its store if that is here, and the plans that could be chosen instead.

    Attributes:
        plan: What people decide on.
        stored: The modes themselves; None where this machine does not hold them.
        choices: Codes and names of plans, the newest first.
        nodes: Whose sites alone the reader may see of it, None for all.
    """

    plan: Plan
    stored: StoredPlan | None
    choices: tuple[tuple[str, str], ...]
    nodes: frozenset[int] | None = None

    @property
    def address(self) -> str:
        """The record's page."""
        return record_address(self.plan)

    @property
    def state(self) -> str:
        """What became of the plan so far, in the reader's language."""
        return named(type_of(self.plan).spec.state(self.plan.state).name)

    @property
    def parts(self) -> tuple[Mapping[str, Any], ...]:
        """What the store sums up of each province."""
        parts = self.stored.document["provinces"] if self.stored else ()
        return tuple(part | part["summary"] for part in parts)

    @property
    def totals(self) -> Mapping[str, Any]:
        """What the store sums up of the whole."""
        return self.stored.document["totals"] if self.stored else {}


ACTED: Final = ("active", "ended", "stopped")


def plan_chosen(
    asked: Asked, first: Collection[str] = ACTED, *, in_part: bool = False
) -> Chosen | None:
    """Return the plan that the address names, else the newest in one of some states.

    None without any plan; without one in these states it is the newest of all.

    Args:
        asked: Who asks for what.
        first: States that are looked for first.
        in_part: Plans of units above the reader's count, too; of these ``nodes`` says what may
            be shown.

    Raises:
        InputError: There is no such plan, or not for this reader.
    """
    own = asked.scope.visible(Plan.objects.all()).values("pk")
    above = _above(asked) if in_part else frozenset()
    seen = Plan.objects.select_related("node").filter(
        Q(pk__in=own) | Q(node_id__in=above, privacy__in=CLEARANCE[Role.VIEWER.value])
    )
    plans = list(seen.order_by("-plan_date", "-opened_at")[:_SHOWN_PLANS])
    code = asked.values.get("plan", "")
    found = seen.filter(code=code).first() if code else None
    if code and found is None:
        raise InputError(_("there is no sleep plan %(code)s") % {"code": code})
    wanted = [each for each in plans if each.state in first]
    found = found or next(iter([*wanted, *plans]), None)
    if found is None:
        return None
    choices = tuple((each.code, _told(each)) for each in plans)
    whole = not above or asked.scope.visible(Plan.objects.filter(pk=found.pk)).exists()
    nodes = None if whole else asked.scope.nodes_readable()
    return Chosen(found, stored_of(found), choices, nodes)


def _above(asked: Asked) -> frozenset[int]:
    """Return the units above those that a reader may read."""
    nodes = asked.scope.nodes_readable()
    if not nodes:
        return frozenset()
    held = tree(business_date(asked.now))
    places = [i for i, node_id in enumerate(held.node_id.tolist()) if node_id in nodes]
    return frozenset(int(held.node_id[above]) for i in places for above in held.ancestors(i))


def stored_of(plan: Plan) -> StoredPlan | None:
    """Return a plan's store, None where it is not on this machine."""
    try:
        return plan_read(plan.folder)
    except InputError:
        return None


def language_now() -> Language:
    """Return the reader's language."""
    return language_of(get_language() or "en")


def mwh(value_wh: float | None, decimals: int = 2) -> str:
    """Return energy as printed, in MWh; a dash where there is none to tell."""
    if value_wh is None:
        return "–"
    return number_text(Decimal(repr(value_wh)) / _WH_MWH, decimals)


def percent(share: float | Decimal | None, decimals: int = 1) -> str:
    """Return a share as printed; a dash where there is none to tell."""
    if share is None:
        return "–"
    exact = share if isinstance(share, Decimal) else Decimal(repr(float(share)))
    return percent_text(exact, decimals, language_now())


def names_of(codes: Collection[str]) -> Mapping[str, str]:
    """Return the names of nodes by code, in the reader's language."""
    language = language_now()
    return {node.code: node_name(node, language) for node in Node.objects.filter(code__in=codes)}


def _told(plan: Plan) -> str:
    state = named(type_of(plan).spec.state(plan.state).name)
    return f"{plan.plan_date:%Y-%m-%d} · {plan.code} · {state}"
