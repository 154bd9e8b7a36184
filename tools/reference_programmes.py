"""The reference page of programmes: what each record holds, and the table of its flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.markdown import names, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = (
    "What each installed programme keeps and who may do what with it, from the files of its "
    "folder. Roles are granted at a node and hold below it. Every flow also has the state `merged` "
    "of records that another one took in."
)


def programmes() -> str:
    """Describe every programme's records, states and transitions."""
    from commonweal.kernel.programmes.registry import (  # noqa: PLC0415 - Django is set up by then
        programmes as installed,
    )

    return page("# Programmes", _HEAD, *(_programme(each) for each in installed().values()))


def _programme(programme: Any) -> str:  # noqa: ANN401 - a Programme, imported once Django is set up
    spec = programme.spec
    shown = ", ".join(f"`{name}`" for name in spec.indicators)
    return page(
        f"## {programme.id}",
        f"{names(spec.name)}. {spec.about['en']}.",
        f"Figures on its board: {shown}." if shown else "",
        *(_record(kind) for kind in programme.types.values()),
    )


def _record(kind: Any) -> str:  # noqa: ANN401 - a RecordType
    spec = kind.spec
    states = (f"`{each.id}` {names(each.name)}" for each in spec.states)
    transitions = [
        (
            f"`{each.action}`",
            names(each.name),
            ", ".join(each.start),
            each.to,
            str(each.role),
            "; ".join(_terms(each)),
        )
        for each in spec.transitions
    ]
    fields = [
        (f"`{name}`", names(each.name), each.unit, "; ".join(_manner(each)), each.example)
        for name, each in spec.fields.items()
    ]
    return page(
        f"### {kind.id}",
        f"{names(spec.name)}; codes begin with {spec.code}; opened by a `{spec.opened_by}`.",
        table("field, name, unit, rule, example", fields),
        f"States: {'; '.join(states)}.",
        table("action, name, from, to, role, terms", transitions),
        table("clock, name, calendar, runs in, budget", _clocks(spec)),
    )


def _terms(transition: Any) -> Iterator[str]:  # noqa: ANN401 - a TransitionSpec
    """Yield on what terms a transition happens."""
    if transition.approvals:
        yield f"{transition.approvals} different people"
    if transition.is_independent:
        yield "nobody who had a hand in it"
    if transition.apart:
        yield f"nobody who did {', '.join(transition.apart)}"
    if transition.needs:
        yield f"needs {', '.join(transition.needs)}"
    if transition.evidence:
        yield f"attached: {', '.join(transition.evidence)}"
    for name, states in transition.parents.items():
        yield f"its {name} is {' or '.join(states)}"
    for guard in transition.guards:
        yield guard.replace("_", " ")
    if transition.comment:
        yield "says why"


def _manner(field: Any) -> Iterator[str]:  # noqa: ANN401 - a FieldSpec
    if field.choices:
        yield f"one of {', '.join(field.choices)}"
    if field.is_personal:
        yield "personal: may be erased"
    if field.is_computed:
        yield "set by the programme"


def _clocks(spec: Any) -> list[tuple[str, ...]]:  # noqa: ANN401 - a RecordSpec
    return [
        (
            f"`{name}`",
            names(clock.name),
            clock.calendar,
            ", ".join(clock.runs_in),
            f"{clock.budget_h:g} h",
        )
        for name, clock in spec.clocks.items()
    ]
