"""One step of acting: what must wake wakes first, what may sleep sleeps last.

Every slot: who stopped us, what is held, what the last period says, what the plan wants; then edits
that wake, and only where those are done the edits that let others sleep. A cell that does not wake
is asked again each slot; after a few it is told, held, and its whole sector stays awake for it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import numpy as np

from commonweal.domains.radio.energy_saving.acting.adapter import Answer, Edit
from commonweal.domains.radio.energy_saving.acting.memory import UNKNOWN, memory_read
from commonweal.domains.radio.energy_saving.acting.steps import Manner, Step, Trouble
from commonweal.engines.radio.guard import Reason, Usual, judge
from commonweal.engines.radio.sectors import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.acting.adapter import Adapter
    from commonweal.domains.radio.energy_saving.acting.journal import Journal
    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.acting.steps import Outside
    from commonweal.engines.radio.guard import Verdict
    from commonweal.engines.radio.sectors import Bools, Modes

    Places = NDArray[np.int64]


class Loop:
    """Acts on one schedule through one adapter."""

    def __init__(
        self,
        schedule: Schedule,
        adapter: Adapter,
        journal: Journal,
        outside: Outside,
        *,
        manner: Manner | None = None,
        usual: Usual | None = None,
    ) -> None:
        """Take up where the journal ends; what it leaves open is taken for asleep.

        Args:
            schedule: What the plan wants.
            adapter: Who carries edits out.
            journal: What was done so far, and will be.
            outside: Holds, and whether the plan is stopped.
            manner: How carefully we act.
            usual: What is usual of the cells.
        """
        n_cells = len(schedule.cells)
        self.schedule, self.adapter = schedule, adapter
        self.journal, self.outside = journal, outside
        self.manner = manner or Manner()
        self.usual = usual or Usual.unknown(n_cells)
        self.memory = memory_read(journal.path, schedule.place)

    def step(self, at: datetime) -> Step:
        """Act at the beginning of a slot."""
        slot = self.schedule.slot(at)
        period = timedelta(seconds=self.schedule.slot_s)
        kpis = self.adapter.kpis(at - period, at)
        seen = self.adapter.state()
        self.memory.mode = np.where(seen != UNKNOWN, seen, self.memory.mode).astype(np.int8)
        self.memory.tries[(seen == Mode.ON) & self.memory.stuck] = 0
        self.memory.stuck &= seen != Mode.ON
        verdict, self.memory.watch = judge(
            kpis,
            self.usual,
            self.memory.watch,
            self.manner.limits,
            is_saving=(self.memory.mode > Mode.ON) & self.schedule.is_acted,
            is_serving=self.memory.mode <= Mode.RF_OFF,
            witness=self.schedule.witness,
            sleeper=self.schedule.sleeper,
        )
        self.memory.awake_until[verdict.wake] = at.timestamp() + self.manner.stay_on_s
        troubles = self._tripped(verdict)
        stopped = self.outside.is_stopped(at)
        held = self.outside.held(at)
        wanted = self._wanted(slot, at, stopped=stopped, held=held | verdict.hold)
        rise, fall = self._changes(wanted)
        answers = self._apply(rise, wanted, at)
        unfinished = np.zeros(int(self.schedule.sector.max(initial=-1)) + 1, np.bool_)
        unfinished[self.schedule.sector[rise[np.asarray(answers) != Answer.DONE]]] = True
        waits = unfinished[self.schedule.sector[fall]]
        slept = self._apply(fall[~waits], wanted, at)
        troubles += self._failing(rise, fall[~waits])
        holds = self.outside.troubled(troubles, at) if troubles else ()
        done = Step(
            at=at,
            slot=slot,
            is_stopped=stopped,
            n_held=int((held & self.schedule.is_acted).sum()),
            n_woken=sum(answer is Answer.DONE for answer in answers),
            n_slept=sum(answer in {Answer.DONE, Answer.HANDED_OVER} for answer in slept),
            n_deferred=int(waits.sum()),
            n_asleep=int((self.memory.mode > Mode.ON).sum()),
            answers=dict(Counter(str(each) for each in [*answers, *slept])),
            woken_by=_reasons(verdict),
            troubles=tuple(troubles),
            holds=tuple(holds),
        )
        self._tell(done, verdict)
        return done

    def _wanted(self, slot: int, at: datetime, *, stopped: bool, held: Bools) -> Modes:
        wanted = self.schedule.wanted(slot)
        awake = held | (self.memory.awake_until > at.timestamp())
        if self.memory.stuck.any():  # whoever can, serves for the one that does not wake
            awake |= np.isin(self.schedule.sector, self.schedule.sector[self.memory.stuck])
        wanted[awake] = Mode.ON
        if stopped:
            wanted[:] = Mode.ON
        return wanted

    def _changes(self, wanted: Modes) -> tuple[Places, Places]:
        """Return the places to wake, or wake a little, and those that may sleep deeper."""
        unknown = self.memory.mode == UNKNOWN
        rise = (wanted < self.memory.mode) | (unknown & (wanted == Mode.ON))
        fall = ((wanted > self.memory.mode) & ~unknown) | (unknown & (wanted != Mode.ON))
        acted = self.schedule.is_acted
        return np.flatnonzero(rise & acted), np.flatnonzero(fall & acted)

    def _apply(self, places: Places, wanted: Modes, at: datetime) -> list[Answer]:
        if not len(places):
            return []
        edits = [self._edit(int(place), Mode(int(wanted[place])), at) for place in places]
        told = [[edit.cell.cell_id, int(edit.mode)] for edit in edits]
        self.journal.append({"kind": "intent", "at": at.isoformat(), "edits": told})
        answers = list(self.adapter.apply(edits, at=at))
        lines = []
        for edit, answer in zip(edits, answers, strict=True):
            sleeps = edit.mode > edit.before
            if answer is Answer.DONE or (sleeps and answer is not Answer.REFUSED):
                self.memory.mode[edit.place] = (
                    edit.mode
                )  # without an answer it may well sleep: mistrust
            lines.append([edit.cell.cell_id, int(self.memory.mode[edit.place]), str(answer)])
            failed = answer is Answer.REFUSED or (answer is not Answer.DONE and not sleeps)
            self.memory.tries[edit.place] = self.memory.tries[edit.place] + 1 if failed else 0
            self.memory.stuck[edit.place] &= answer is not Answer.DONE
        told_back = {"kind": "answers", "at": at.isoformat(), "answers": lines}
        self.journal.append(told_back, synced=False)
        return answers

    def _edit(self, place: int, mode: Mode, at: datetime) -> Edit:
        before = Mode(max(int(self.memory.mode[place]), Mode.ON))
        if self.memory.mode[place] == UNKNOWN and mode is Mode.ON:
            before = Mode.DEEP_SLEEP  # for all we know
        cell = self.schedule.cells[place]
        key = f"{self.schedule.plan}/{cell.cell_id}/{at.astimezone(UTC):%Y%m%dT%H%M%SZ}/{mode.name}"
        sleeps = mode > before
        wake_by = self.schedule.wakes_at(place, self.schedule.slot(at)) if sleeps else None
        return Edit(place, cell, mode, before, at, key, wake_by)

    def _tripped(self, verdict: Verdict) -> list[Trouble]:
        return [
            Trouble(
                int(place),
                Reason(int(verdict.reason[place])).name.lower(),
                int(verdict.witness[place]),
                _number(verdict.value[place]),
                _number(verdict.limit[place]),
            )
            for place in np.flatnonzero(verdict.hold)
        ]

    def _failing(self, rise: Places, fall: Places) -> list[Trouble]:
        found = []
        for places, code in ((rise, "does_not_wake"), (fall, "refuses_to_sleep")):
            for place in places[self.memory.tries[places] >= self.manner.n_tries].tolist():
                if code == "does_not_wake":
                    if self.memory.stuck[place]:
                        continue  # told already
                    self.memory.stuck[place] = True
                else:
                    self.memory.tries[place] = 0
                found.append(Trouble(place, code, -1, float(self.manner.n_tries), None))
        return found

    def _tell(self, step: Step, verdict: Verdict) -> None:
        ids = [cell.cell_id for cell in self.schedule.cells]
        self.journal.append(
            {
                "kind": "step",
                "at": step.at.isoformat(),
                "slot": step.slot,
                "stopped": step.is_stopped,
                "asleep": step.n_asleep,
                "deferred": step.n_deferred,
                "woken": [
                    [ids[place], Reason(int(verdict.reason[place])).name.lower()]
                    for place in np.flatnonzero(verdict.wake)
                ],
                "troubles": [[ids[each.place], each.code] for each in step.troubles],
                "holds": list(step.holds),
                "memory": self.memory.told(ids, step.at),
            },
            synced=bool(step.answers or step.woken_by or step.troubles),
        )


def _reasons(verdict: Verdict) -> dict[str, int]:
    codes = verdict.reason[verdict.wake].tolist()
    return dict(Counter(Reason(code).name.lower() for code in codes))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
