"""Programmes as their files state them: names, fields, states, transitions, clocks.

``programme.toml`` names a programme; ``records/<model>.toml`` says of one type of record what its
fields are called and which transitions lead from state to state. Columns and rules are Python:
``models.py`` has the model, ``rules.py`` the guards and effects that transitions name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, model_validator

from commonweal.catalogue.reading import Identifier, Names, Strict, Texts
from commonweal.errors import DefinitionError
from commonweal.kernel.accounts.roles import Privacy, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

_Role = Annotated[Role, Field(strict=False)]
_Privacy = Annotated[Privacy, Field(strict=False)]

MERGED: Final = "merged"
"""The state of a record that another one took in; every flow has it, no transition leads there."""


class FieldSpec(Strict):
    """One field of a record, as people see it; the column is the model's."""

    name: Names
    help: Names | None = None
    choices: dict[str, Names] = Field(default_factory=dict)
    unit: str = ""
    """Printed beside the value; the column's name carries it, too."""
    example: str = ""
    is_personal: bool = False
    """Told to the event log as a keyed digest, so that it can be erased from the record."""
    is_computed: bool = False
    """Set by effects alone; forms and files leave it out."""


class StateSpec(Strict):
    """One state: in an ``editable`` one fields may change, a ``final`` one closes the record."""

    id: Identifier
    name: Names
    editable: bool = False
    final: bool = False


class GuardSpec(Strict):
    """A condition in ``rules.py``, and the sentence that refuses; ``{field}`` is filled in."""

    refusal: Names


class TransitionSpec(Strict):
    """One line of the table: from which states, to which, by which action, who, on what terms.

    Attributes:
        action: Its name in addresses, events and commands.
        start: States it leaves; ``to`` the one it enters (its own name to stay, as a note does).
        role: Who may; needed at the record's node or above it.
        asks: Fields filled in with it, whether or not the state is editable.
        needs: Fields that must have a value by then.
        evidence: Kinds of attachment that must be there.
        guards: Functions of ``rules.py`` that must all agree.
        effects: Functions of ``rules.py`` called in the same transaction.
        parents: For a field that refers to another record: the states that one must be in.
        approvals: How many different people must do it before it happens.
        independent: Not by who made, changed or put forward the record. Always so if approvals are
            asked for.
        apart: Further actions whose doers are barred, as the payer is from approving.
        comment: A word of why is needed.
        waited_for: Whether records wait for it in the queue of who may; not so for what is done on
            occasion, as revoking is, or by the calendar.
    """

    action: Identifier
    name: Names
    start: Annotated[Texts, Field(alias="from", min_length=1)]
    to: Identifier
    role: _Role
    asks: Texts = ()
    needs: Texts = ()
    evidence: Texts = ()
    guards: Texts = ()
    effects: Texts = ()
    parents: dict[Identifier, Texts] = Field(default_factory=dict)
    approvals: int = Field(default=0, ge=0, le=9)
    independent: bool = False
    apart: Texts = ()
    comment: bool = False
    waited_for: bool = True

    @property
    def n_approvals(self) -> int:
        """How many people must do it, at least one."""
        return max(self.approvals, 1)

    @property
    def is_independent(self) -> bool:
        """Whether those who had a hand in the record are barred."""
        return self.independent or self.approvals > 0


class ClockSpec(Strict):
    """Time spent in some states, counted by a calendar, against a budget.

    It is never stored: it follows from the record's events, so a changed rule changes history.

    Attributes:
        calendar: Id of a calendar of the catalogue.
        runs_in: States in which it runs; in all others it pauses.
        ends_in: States whose entry stops it: the ``first`` entry for good, or the ``last``.
        ends: Which entry counts.
        budget_h: Hours of that calendar within which it should stop.
    """

    name: Names
    calendar: Identifier
    runs_in: Annotated[Texts, Field(min_length=1)]
    ends_in: Annotated[Texts, Field(min_length=1)]
    ends: Annotated[str, Field(pattern="^(first|last)$")] = "last"
    budget_h: float = Field(gt=0)


class RecordSpec(Strict):
    """One type of record.

    Attributes:
        code: Letters that begin the codes we give: ``DN`` for DN-2024-00001.
        period: Field whose date decides the period; the day of opening if empty.
        title: Field printed as the record's title.
        due: Field whose date is the deadline, if any; ``remind_days``: how long before it somebody
            is reminded.
        anonymous: Boolean field that keeps who opened it out of record and log; they follow it by a
            receipt, which shows the fields ``receipt_shows`` (``comment``: what was said with
            actions) and lets them do ``receipt_actions``.
        columns: Fields shown in lists; filters: fields that lists can be narrowed by.
        duplicates_on: Fields that, all alike, make two records suspects.
    """

    name: Names
    code: Annotated[str, Field(pattern=r"^[A-Z]{1,8}$")]
    fields: Annotated[dict[Identifier, FieldSpec], Field(min_length=1)]
    states: Annotated[tuple[StateSpec, ...], Field(strict=False, min_length=1)]
    transitions: Annotated[tuple[TransitionSpec, ...], Field(strict=False)] = ()
    guards: dict[Identifier, GuardSpec] = Field(default_factory=dict)
    clocks: dict[Identifier, ClockSpec] = Field(default_factory=dict)
    opened_by: _Role = Role.DATA_OWNER
    privacy: _Privacy = Privacy.INTERNAL
    title: str = ""
    period: str = ""
    due: str = ""
    remind_days: int = Field(default=3, ge=0)
    anonymous: str = ""
    receipt_shows: Texts = ()
    receipt_actions: Texts = ()
    columns: Texts = ()
    filters: Texts = ()
    duplicates_on: Texts = ()

    @property
    def initial(self) -> StateSpec:
        """The state in which records are opened: the first."""
        return self.states[0]

    def state(self, state_id: str) -> StateSpec:
        """Return a state.

        Raises:
            DefinitionError: There is none of that name.
        """
        if state_id == MERGED:
            return _MERGED_STATE
        for each in self.states:
            if each.id == state_id:
                return each
        raise DefinitionError(f"record {self.code} has no state {state_id!r}")

    def transition(self, action: str) -> TransitionSpec | None:
        """Return a transition by its action; None if there is none."""
        return next((each for each in self.transitions if each.action == action), None)

    def transitions_from(self, state_id: str) -> tuple[TransitionSpec, ...]:
        """Return what may be done in a state."""
        return tuple(each for each in self.transitions if state_id in each.start)

    def main_way(self) -> tuple[str, ...]:
        """Return the longest way through the states, in their order, by what is waited for.

        What goes along with another record is waited for nowhere; its way is any.
        """
        way = self._way([each for each in self.transitions if each.waited_for])
        return way if len(way) > 1 else self._way(self.transitions)

    def _way(self, transitions: Sequence[TransitionSpec]) -> tuple[str, ...]:
        place = {each.id: i for i, each in enumerate(self.states)}
        best: dict[str, tuple[str, ...]] = {self.initial.id: (self.initial.id,)}
        for state, here in place.items():
            ahead = [each.to for each in transitions if state in each.start]
            for to in ahead if state in best else ():
                longer = (*best[state], to)
                if place[to] > here and len(longer) > len(best.get(to, ())):
                    best[to] = longer
        return max(best.values(), key=len)

    def leads_on(self, transition: TransitionSpec) -> tuple[str, ...]:
        """Return the states that wait for a transition: giving back or up is waited for nowhere."""
        way = self._way(self.transitions)
        if transition.to not in way or not transition.waited_for:
            return ()
        end = way.index(transition.to)
        return tuple(each for each in transition.start if each not in way or way.index(each) < end)

    @model_validator(mode="after")
    def _is_sound(self) -> RecordSpec:
        """Check that every name used is a name declared, and every state can be reached."""
        states = [each.id for each in self.states]
        actions = [each.action for each in self.transitions]
        for what, names in (("state", states), ("action", actions)):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{what} {min(twice)!r} is defined twice")
        known = set(self.fields)
        for place, used in self._fields_used():
            if unknown := set(used) - known - {""}:
                raise ValueError(f"{place} names the field {min(unknown)!r}, which is not defined")
        for each in self.transitions:
            _known(f"transition {each.action!r}", {*each.start, each.to}, states, "state")
            _known(f"transition {each.action!r}", each.guards, self.guards, "guard")
            _known(f"transition {each.action!r}", each.apart, actions, "action")
            is_more = bool(each.asks or each.evidence or each.approvals)
            if is_more and each.action in self.receipt_actions:
                raise ValueError(f"{each.action!r} of a receipt can ask for a comment alone")
        _known("receipt_actions", self.receipt_actions, actions, "action")
        if (self.receipt_shows or self.receipt_actions) and not self.anonymous:
            raise ValueError("a receipt needs a field `anonymous`")
        for name, clock in self.clocks.items():
            _known(f"clock {name!r}", {*clock.runs_in, *clock.ends_in}, states, "state")
        if lost := set(states) - self._reachable():
            raise ValueError(f"no transition leads to the state {min(lost)!r}")
        return self

    def _fields_used(self) -> list[tuple[str, tuple[str, ...]]]:
        used: list[tuple[str, tuple[str, ...]]]
        used = [(name, (getattr(self, name),)) for name in ("title", "period", "due", "anonymous")]
        used += [(name, getattr(self, name)) for name in ("columns", "filters", "duplicates_on")]
        used.append(("receipt_shows", tuple(set(self.receipt_shows) - {"comment"})))
        for each in self.transitions:
            used.append((f"transition {each.action!r}", (*each.asks, *each.needs, *each.parents)))
        return used

    def _reachable(self) -> set[str]:
        found, todo = {self.initial.id}, [self.initial.id]
        while todo:
            here = todo.pop()
            ahead = {each.to for each in self.transitions if here in each.start} - found
            found |= ahead
            todo.extend(ahead)
        return found


class PageSpec(Strict):
    """A page that a programme brings: its name, what it is for, and the role that may see it.

    The function of that id in ``pages.py`` builds it, the template ``<programme>/<id>.html`` shows
    it.
    """

    id: Identifier
    name: Names
    about: Names
    role: _Role


class ProgrammeSpec(Strict):
    """A programme: what it is called, where it stands in the menu, who may look at it.

    Attributes:
        systems: Numbers of the named systems it is.
        public: Whether its page of figures is open without signing in.
        indicators: Ids shown on its board, in order.
        pages: What it shows beside its board, by its own ``pages.py``.
    """

    id: Identifier
    name: Names
    about: Names
    systems: Annotated[tuple[int, ...], Field(strict=False)] = ()
    menu: int = 100
    public: bool = False
    indicators: Texts = ()
    pages: Annotated[tuple[PageSpec, ...], Field(strict=False)] = ()


def _known(place: str, names: object, among: object, what: str) -> None:
    if unknown := set(names) - set(among):  # type: ignore[call-overload] # collections of names
        raise ValueError(f"{place} names the {what} {min(unknown)!r}, which is not defined")


_MERGED_STATE: Final = StateSpec(
    id=MERGED,
    name={"zh-hant": "已併入", "zh-hans": "已并入", "en": "merged"},
    final=True,
)
