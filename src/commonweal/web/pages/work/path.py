"""The way of a record through its flow: where it stands, what comes next, and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.registry import RecordType


@dataclass(frozen=True, slots=True)
class Step:
    """One state on the way; ``mark`` is ``done``, ``here`` or ``ahead``."""

    id: str
    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What may happen next: the action, where it leads, who does it."""

    action: str
    name: str
    to: str
    role: str
    approvals: int
    is_independent: bool
    is_mine: bool


def steps(kind: RecordType, state: str) -> tuple[Step, ...]:
    """Return the longest way forward through the states, the present one marked.

    A state beside that way, such as withdrawn, is added at the end when a record is there.
    """
    way = kind.spec.main_way()
    is_aside = state not in way
    here = len(way) if is_aside else way.index(state)
    shown = (*way[:1], state) if is_aside else way
    return tuple(
        Step(
            each,
            named(kind.spec.state(each).name),
            "here" if each == state else "done" if is_aside or i < here else "ahead",
        )
        for i, each in enumerate(shown)
    )


def ahead(kind: RecordType, state: str, mine: set[str]) -> tuple[Ahead, ...]:
    """Return what may happen in a state; ``mine`` are the actions open to the reader."""
    return tuple(_ahead(kind, each, mine) for each in kind.spec.transitions_from(state))


def _ahead(kind: RecordType, spec: TransitionSpec, mine: set[str]) -> Ahead:
    return Ahead(
        action=spec.action,
        name=named(spec.name),
        to=named(kind.spec.state(spec.to).name),
        role=str(Role(spec.role).label),
        approvals=spec.approvals,
        is_independent=spec.is_independent,
        is_mine=spec.action in mine,
    )
