"""Proposals become actions: each once, kept up to date, closed when nobody proposes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.domains.improvement.actions.models import Action
from commonweal.kernel.actions import proposals
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Opening, record_act, record_change, records_open

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.actions import Proposal

_AS_PROPOSED: Final = (
    "kind",
    "capex_cny",
    "opex_cny_a",
    "life_years",
    "saving_kwh_a",
    "saving_low_kwh_a",
    "saving_high_kwh_a",
    "abatement_tco2e_a",
    "saving_cny_a",
    "confidence_share",
    "verified_by",
    "source",
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What proposing did, as codes of actions."""

    opened: tuple[str, ...]
    changed: tuple[str, ...]
    lapsed: tuple[str, ...]


@transaction.atomic
def actions_propose(*, scope: Scope, now: datetime) -> Proposed:
    """Take up what is proposed now; doing so again changes nothing.

    An action that was assessed is no longer changed or closed by its proposal: people decided on
    these numbers.

    Raises:
        RefusedError: The scope is no data owner of a node at which something is proposed.
    """
    found = proposals(now=now)
    kept = {
        each.proposal: each
        for each in Action.objects.exclude(proposal="").exclude(state="lapsed").order_by("code")
    }
    fresh = [each for key, each in found.items() if key not in kept]
    nodes = Node.objects.in_bulk({each.node for each in fresh}, field_name="code")
    openings = [Opening(node=nodes[each.node], values=_values(each)) for each in fresh]
    opened = records_open(record_type("actions.action"), openings, scope=scope, now=now)
    changed, lapsed = [], []
    for key, action in kept.items():
        if action.state != "proposed":
            continue
        if key not in found:
            said = _("nobody proposes it any more")
            record_act(action, "lapse", scope=scope, now=now, comment=said)
            lapsed.append(action.code)
        elif values := _changes(action, found[key]):
            record_change(action, values=values, version=action.version, scope=scope, now=now)
            changed.append(action.code)
    _require(found, scope=scope, now=now)
    return Proposed(tuple(each.code for each in opened), tuple(changed), tuple(lapsed))


def _values(proposal: Proposal) -> dict[str, Any]:
    values = {name: getattr(proposal, name) for name in _AS_PROPOSED}
    return {**values, "title": proposal.name, "one_of": proposal.group, "proposal": proposal.key}


def _changes(action: Action, proposal: Proposal) -> Mapping[str, Any]:
    """Return what the proposal says differently by now."""
    return {
        name: getattr(proposal, name)
        for name in _AS_PROPOSED
        if getattr(action, name) != getattr(proposal, name)
    }


def _require(found: Mapping[str, Proposal], *, scope: Scope, now: datetime) -> None:
    """Let actions refer to what they need, once all of them are there."""
    needing = {key: each.needs for key, each in found.items() if each.needs}
    if not needing:
        return
    kept = {each.proposal: each for each in Action.objects.exclude(proposal="")}
    for key, needed in needing.items():
        action = kept[key]
        if action.state == "proposed" and action.requires_id is None and needed in kept:
            values = {"requires": kept[needed]}
            record_change(action, values=values, version=action.version, scope=scope, now=now)
