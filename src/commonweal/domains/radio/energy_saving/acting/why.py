"""Why a cell sleeps or is awake at an instant, in words that can be published.

Everything comes from what was recorded: the plan that people approved and what it was made from,
the journal of what was done, holds, the inventory. Nothing is guessed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.energy_saving.acting.guards import guards_read
from commonweal.domains.radio.energy_saving.acting.past import (
    Planned,
    cell_row,
    done_to,
    hold_of,
    people_of,
    planned_of,
)
from commonweal.domains.radio.energy_saving.acting.words import Words, clock
from commonweal.domains.radio.energy_saving.planning.inputs import explain_inputs, policy_of
from commonweal.domains.radio.energy_saving.planning.lending import help_read
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Demand, Mode
from commonweal.kernel.programmes.registry import record_type

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonweal.domains.radio.energy_saving.acting.past import Done
    from commonweal.domains.radio.energy_saving.planning.inputs import Inputs
    from commonweal.engines.radio.sectors import Floats, Layers, Modes

_WITHOUT_FORECAST: Final = ("no_reports", "few_reports", "no_forecast")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a cell at an instant.

    Attributes:
        cell_id: The cell.
        at: The instant.
        is_asleep: It carries nothing, as far as we know.
        mode: Name of its mode.
        code: The reason in one word, for programs: ``plan``, ``held``, ``holdout`` …
        sentences: The answer, in the order to be read.
        facts: The numbers in it.
    """

    cell_id: str
    at: datetime
    is_asleep: bool
    mode: str
    code: str
    sentences: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def why(cell_id: str, at: datetime, language: str = "en") -> Answer:
    """Answer why a cell sleeps or is awake at an instant.

    Args:
        cell_id: The cell.
        at: The instant.
        language: ``en``, ``zh-hant`` or ``zh-hans``.

    Raises:
        InputError: There is no such cell on that day, or no such language.
    """
    words = Words(language)
    cell = cell_row(cell_id, at)
    planned = planned_of(cell_id, cell["site_code"], at)
    done = done_to(planned.plan.code, cell_id, at) if planned else None
    wanted = planned.wanted if planned else Mode.ON
    mode = wanted if done is None or done.mode is None else Mode(done.mode)
    if planned is not None and mode is not Mode.ON:
        return _asleep(words, cell_id, at, mode, planned, done)
    code, sentence, facts = _awake(words, cell, at, planned, done)
    said = (words.say("awake", cell=cell_id, at=clock(at)), sentence)
    return Answer(cell_id, at, False, Mode.ON.name, code, said, facts)  # noqa: FBT003 - awake


def _asleep(  # noqa: PLR0917 - all there is to say
    words: Words, cell_id: str, at: datetime, mode: Mode, planned: Planned, done: Done | None
) -> Answer:
    minutes = planned.stored.slot_s // 60
    asleep = mode >= Mode.CARRIER_OFF
    if planned.wanted is Mode.ON:
        said = (words.say("not_awake", cell=cell_id, minutes=minutes),)
        return Answer(cell_id, at, asleep, mode.name, "not_awake", said)
    acted = done is not None and done.mode is not None
    since = done.changed_at if done is not None and done.changed_at else planned.since
    first = words.say(
        "asleep" if acted else "planned_asleep",
        cell=cell_id,
        mode=words.mode(mode.name),
        since=clock(since),
        until=clock(planned.until),
        plan=planned.plan.code,
    )
    limits = guards_read()
    facts = _numbers(planned)
    lines = [first]
    if "mean_mbit_s" in facts:
        lines += [
            words.say(
                "demand",
                mean=f"{facts['mean_mbit_s']:.1f}",
                planned=f"{facts['planned_mbit_s']:.1f}",
                quantile=f"{facts['quantile']:.0%}",
                capacity=f"{facts['capacity_mbit_s']:.0f}",
                rho_max=f"{facts['rho_max']:.0%}",
            ),
            words.say(
                "saving",
                saving=f"{facts['saving_w']:.0f}",
                saving_wh=f"{planned.row['expected_wh'] or 0:.0f}",
            ),
        ]
    if helper := planned.row.get("helped_by"):
        share, most = planned.row["covered_share"], planned.row["helped_mbit_s"]
        lines.append(words.say("covered", helper=helper, share=f"{share:.0%}", most=f"{most:.1f}"))
        facts |= {"covered_by": helper, "covered_share": share, "lent_mbit_s": most}
    lines.append(words.say("approved", **people_of(planned.plan)))
    lines.append(
        words.say(
            "wakes_if",
            load=f"{limits.load_share:.0%}",
            minutes=round(max(limits.load_s, planned.stored.slot_s) / 60),
            silent=limits.n_silent,
        )
    )
    return Answer(cell_id, at, asleep, mode.name, "plan", tuple(lines), facts)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A sector with what it was planned from; ``mode`` is 1 × layer × slot.

    ``lent_mbit_s`` is what a neighbour sets aside for it.
    """

    inputs: Inputs
    sector: int
    layers: Layers
    mode: Modes
    lent_mbit_s: float

    @classmethod
    def of(cls, planned: Planned) -> _Weighed:
        row, stored = planned.row, planned.stored
        inputs = _inputs(stored.code, stored.sha256, row["site_code"], row["day"])
        sector = int(np.flatnonzero(inputs.network.text("sector") == row["sector"])[0])
        of_cell = dict(zip(row["cell_ids"], stored.modes_of(row), strict=True))
        layers = inputs.layers[np.array([sector])]
        mode = np.zeros((1, layers.present.shape[1], stored.slots_a_day), np.int8)
        for layer, cell_id in enumerate(inputs.network.cell_id[sector]):
            mode[0, layer] = of_cell.get(cell_id, 0)
        return cls(inputs, sector, layers, mode, row.get("helped_mbit_s") or 0.0)

    def demand(self, classes: Floats, slots: slice) -> Demand:
        lte, nr = (classes[kind, self.sector][None, slots] for kind in (0, 1))
        return Demand(lte, nr)

    def drawn_wh(self, asked: Demand, mode: Modes) -> float:
        return float(carry(self.layers, asked, mode, self.inputs.policy.rules).energy_wh.sum())

    def lost(self, asked: Demand, mode: Modes) -> Floats:
        found = carry(self.layers, asked, mode, self.inputs.policy.rules)
        unserved: Floats = (found.lte_unserved_mbit_s + found.nr_unserved_mbit_s)[0]
        return np.asarray(np.maximum(unserved - self.lent_mbit_s, 0.0), np.float32)


@lru_cache(maxsize=8)
def _inputs(code: str, _sha256: str, site_code: str, day: date) -> Inputs:
    """Return what a plan rested on at a site: the same for each of its cells, and for ever."""
    return explain_inputs(plan_read(code), [site_code], day)


def _numbers(planned: Planned) -> dict[str, Any]:
    """Return the numbers that a sector was planned by in a slot, or none without a forecast."""
    weighed = _Weighed.of(planned)
    inputs, now = weighed.inputs, slice(planned.slot_of_day, planned.slot_of_day + 1)
    if inputs.asked.reason[weighed.sector] is not None:
        return {}
    mean, kept = (weighed.demand(each, now) for each in (inputs.asked.mean, inputs.asked.planned))
    mode = weighed.mode[..., now]
    of_mode = np.take_along_axis(weighed.layers.capacity_mbit_s, mode.astype(np.int64), axis=2)
    saved_wh = weighed.drawn_wh(mean, np.zeros_like(mode)) - weighed.drawn_wh(mean, mode)
    return {
        "plan": planned.plan.code,
        "quantile": inputs.policy.quantile,
        "rho_max": inputs.policy.rho_max,
        "mean_mbit_s": float(mean.lte_mbit_s.sum() + mean.nr_mbit_s.sum()),
        "planned_mbit_s": float(kept.lte_mbit_s.sum() + kept.nr_mbit_s.sum()),
        "capacity_mbit_s": float(of_mode.sum()),
        "saving_w": saved_wh / inputs.policy.slot_h,
    }


def _awake(  # noqa: PLR0911 - a return for each reason
    words: Words, cell: dict[str, Any], at: datetime, planned: Planned | None, done: Done | None
) -> tuple[str, str, dict[str, Any]]:
    """Return the first reason that holds, in one word and in a sentence, with its numbers."""
    hold = hold_of(cell["cell_id"], cell["node_id"], at)
    if hold is not None:
        choices = record_type("energy_saving.hold").spec.fields["kind"].choices
        kind = words.named(choices[hold.kind]) if hold.kind in choices else hold.kind
        facts = {"hold": hold.code, "kind": hold.kind, "until": hold.until_at}
        said = {"until": clock(hold.until_at), "code": hold.code, "kind": kind}
        return "held", words.say("held", reason=words.reason(hold.reason), **said), facts
    if code := _inventory(cell):
        return code, words.say(code, partner=cell["partner"] or ""), {}
    if planned is None:
        return "no_plan", words.say("no_plan"), {}
    if planned.wanted is Mode.ON and planned.mode[planned.slot] != Mode.ON:
        return "stopped", words.say("stopped", plan=planned.plan.code), {}
    if kept := planned.row["kept_awake"]:
        return kept, words.say(sentence_of(kept)), {}
    if planned.mode[planned.slot] != Mode.ON:
        return _overruled(words, done)
    if _is_alone(planned):
        helper = planned.row["helped_by"]
        return "not_lent", words.say("not_lent", helper=helper), {"covered_by": helper}
    return _chosen(words, cell["cell_id"], planned)


def _is_alone(planned: Planned) -> bool:
    """Whether the sector's neighbour lends at other hours of the day and not around this one."""
    help_ = help_read(planned.row)
    if help_ is None:
        return False
    lead = policy_of(planned.stored).rules.lead_slots
    return not help_.ready(lead)[0, planned.slot_of_day]


def sentence_of(kept: str) -> str:
    """Return the sentence for a reason for which a plan keeps a sector awake."""
    if kept in _WITHOUT_FORECAST:
        return "no_forecast"
    return "held_plan" if kept == "held" else kept


def _inventory(cell: dict[str, Any]) -> str:
    if cell["role"] == "coverage":
        return "coverage"
    if cell["protected"] == "yes":
        return "protected"
    return "partner" if cell["partner_sleep"] == "vetoed" else ""


def _overruled(words: Words, done: Done | None) -> tuple[str, str, dict[str, Any]]:
    """Say why a cell is awake that the plan would let sleep."""
    if done is not None and done.woken_at is not None:
        reason = words.reason(f"{done.woken_by}:")
        facts = {"woken_at": done.woken_at, "reason": done.woken_by}
        return "woken", words.say("woken", woken=clock(done.woken_at), reason=reason), facts
    answer = done.answer if done is not None and done.answer not in {"", "done"} else "no_answer"
    return "not_done", words.say("not_done", answer=words.answer(answer)), {"answer": answer}


def _chosen(words: Words, cell_id: str, planned: Planned) -> tuple[str, str, dict[str, Any]]:
    """Say why the plan keeps a cell on: nothing may sleep, it is needed, it would not pay."""
    weighed = _Weighed.of(planned)
    inputs, rules, slot = weighed.inputs, weighed.inputs.policy.rules, planned.slot_of_day
    if inputs.policy.forbidden(planned.row["day"], [planned.plan.node.code])[slot]:
        return "not_allowed", words.say("not_allowed"), {}
    slots = slice(slot, slot + max(rules.dwell_slots, rules.lead_slots + 1))
    own = int(np.flatnonzero(inputs.network.cell_id[weighed.sector] == cell_id)[0])
    asked = weighed.demand(inputs.asked.planned, slots)
    mode = weighed.mode[..., slots].copy()
    mode[:, own] = Mode.DEEP_SLEEP
    if not weighed.lost(asked, mode).max() > 0:
        return "not_worth", words.say("not_worth"), {}
    mode[:, np.arange(mode.shape[1]) != own] = Mode.ON
    lost = weighed.lost(asked, mode)
    if not lost.max() > 0:
        return "instead", words.say("instead"), {}
    worst = int(lost.argmax())
    planned_mbit_s = float(asked.lte_mbit_s[0, worst] + asked.nr_mbit_s[0, worst])
    without = planned_mbit_s - float(lost[worst])
    facts = {"planned_mbit_s": planned_mbit_s, "without_mbit_s": without}
    said = words.say(
        "needed",
        planned=f"{planned_mbit_s:.1f}",
        without=f"{without:.1f}",
        needed_at=clock(planned.at(planned.slot + worst)),
    )
    return "needed", said, facts
