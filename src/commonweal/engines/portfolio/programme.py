"""The choice as a mixed-integer programme: a column for each start, rows for what must hold.

Behind the starts there is a column for each overlap and year: the part of a full saving that is
lost, pressed down to what the two starts leave of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.portfolio.options import OPEN
from commonweal.engines.portfolio.rows import Rows

if TYPE_CHECKING:
    from commonweal.engines.portfolio.options import Floats, Ints, Options, Question


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """Columns and rows; the first ``len(option)`` columns are starts, whole numbers."""

    option: Ints
    year: Ints
    cost_cny: Floats
    lowest: Floats
    rows: Rows
    needs: dict[str, slice]
    budget: slice | None


@dataclass(frozen=True, slots=True, eq=False)
class _Starts:
    """Option and year of each start, and what follows in each year, ``[start, y]``."""

    option: Ints
    year: Ints
    is_fixed: Floats
    part: Floats
    used: Floats
    first: Floats


def programme(options: Options, question: Question) -> Programme:
    """Return the programme of a question."""
    starts, rows = _starts(options, question), Rows()
    worth = np.zeros((options.n, question.n_years))
    for metric, row in question.worth_cny.items():
        worth += options.expected(metric)[:, None] * (row * question.weight(metric))
    annuity = options.annuity_cny(question.rate_share)[starts.option]
    yearly = annuity[:, None] * starts.used - worth[starts.option] * starts.part
    lost = _Lost(options, question, starts, first_column=len(starts.option))
    free = rows.extend(np.full(options.n, -np.inf), np.ones(options.n))
    rows.put(free.start + starts.option, np.arange(len(starts.option)), np.ones(len(starts.option)))
    needs = {}
    for metric, need in question.needs.items():
        unit = options.expected(metric)[:, None] * question.weight(metric)
        needs[metric] = rows.extend(need, np.full(question.n_years, np.inf))
        rows.put_block(needs[metric], unit[starts.option] * starts.part)
        lost.put(rows, needs[metric], -unit)
    budget = _budget(rows, options, question, starts)
    _starting(rows, options, question, starts)
    _groups(rows, options, question, starts)
    lost.bind(rows)
    return Programme(
        starts.option,
        starts.year,
        np.concatenate([yearly @ question.discount, lost.cost(worth * question.discount)]),
        np.concatenate([starts.is_fixed, np.zeros(lost.n)]),
        rows,
        needs,
        budget,
    )


def _starts(options: Options, question: Question) -> _Starts:
    is_open = options.fixed == OPEN
    grid = np.arange(question.n_years)
    allowed = is_open[:, None] & (grid >= options.earliest[:, None])
    allowed &= grid <= options.latest[:, None]
    option, year = np.nonzero(allowed)
    given = np.flatnonzero(~is_open & (options.fixed < question.n_years))
    option = np.concatenate([option, given])
    year = np.concatenate([year, options.fixed[given]])
    since = grid - year[:, None]
    used = (since >= 0) & (since < options.life_years[option][:, None])
    part = used * (1 - options.fade_share[option][:, None]) ** np.clip(since, 0, None)
    part = np.where(since == 0, options.first_share[option][:, None], part)
    fixed = np.concatenate([np.zeros(len(option) - len(given)), np.ones(len(given))])
    return _Starts(option, year, fixed, part, used.astype(float), (since == 0).astype(float))


def _budget(rows: Rows, options: Options, question: Question, starts: _Starts) -> slice | None:
    if question.budget_cny is None:
        return None
    at = rows.extend(np.full(question.n_years, -np.inf), question.budget_cny)
    capex, opex = (column[starts.option] for column in (options.capex_cny, options.opex_cny_a))
    rows.put_block(at, opex[:, None] * starts.used + capex[:, None] * starts.first)
    return at


def _starting(rows: Rows, options: Options, question: Question, starts: _Starts) -> None:
    """Limit how much is started in a year: by number, and by crew."""
    least, most = question.least_starts, question.most_starts
    if least is not None or most is not None:
        low = np.full(question.n_years, -np.inf) if least is None else least.astype(float)
        high = np.full(question.n_years, np.inf) if most is None else most.astype(float)
        rows.put_block(rows.extend(low, high), starts.first)
    for crew, capacity in question.crews.items():
        takes = options.crews.get(crew)
        if takes is not None:
            at = rows.extend(np.full(question.n_years, -np.inf), capacity)
            rows.put_block(at, takes[starts.option][:, None] * starts.first)


def _groups(rows: Rows, options: Options, question: Question, starts: _Starts) -> None:
    """Let one option of a group start at most, and nothing before what it requires."""
    group = options.exclusive[starts.option]
    member = np.flatnonzero(group >= 0)
    if len(member):
        _, place = np.unique(group[member], return_inverse=True)
        n_groups = int(place.max()) + 1
        at = rows.extend(np.full(n_groups, -np.inf), np.ones(n_groups))
        rows.put(at.start + place, member, np.ones(len(member)))
    began = (starts.year[:, None] <= np.arange(question.n_years)).astype(float)
    for option, required in options.requires:
        at = rows.extend(np.full(question.n_years, -np.inf), np.zeros(question.n_years))
        for which, sign in ((option, 1.0), (required, -1.0)):
            column = np.flatnonzero(starts.option == which)
            mine, row = np.nonzero(began[column])
            rows.put(at.start + row, column[mine], np.full(len(row), sign))


class _Lost:
    """Columns of what overlaps take: one for each pair and year in which both may be in use."""

    def __init__(
        self, options: Options, question: Question, starts: _Starts, *, first_column: int
    ) -> None:
        self._starts, self._overlaps = starts, options.overlaps
        self._of = [np.flatnonzero(starts.option == each) for each in range(options.n)]
        both = [
            starts.used[self._of[option]].any(axis=0) & starts.used[self._of[under]].any(axis=0)
            for option, under, _ in options.overlaps
        ]
        pairs = np.array(both).reshape(len(both), question.n_years)
        self._pair, self._year = np.nonzero(pairs)
        self._column = first_column + np.arange(len(self._pair))
        self._option = np.array([each.option for each in self._overlaps], int)[self._pair]
        self._share = np.array([each.share for each in self._overlaps], float)[self._pair]
        self.n = len(self._pair)

    def cost(self, worth: Floats) -> Floats:
        """Return what a full loss in its year costs, of each column, from ``[n, y]``."""
        each: Floats = self._share * worth[self._option, self._year]
        return each

    def put(self, rows: Rows, at: slice, unit: Floats) -> None:
        """Put the losses into the rows of years, ``unit`` for a full one, ``[n, y]``."""
        rows.put(at.start + self._year, self._column, self.cost(unit))

    def bind(self, rows: Rows) -> None:
        """Ask: what one saves and the other is in use, less the loss, is no more than one."""
        at = rows.extend(np.full(self.n, -np.inf), np.ones(self.n))
        rows.put(at.start + np.arange(self.n), self._column, np.full(self.n, -1.0))
        for row, (pair, year) in enumerate(zip(self._pair, self._year, strict=True), at.start):
            option, under, _ = self._overlaps[pair]
            for which, block in ((option, self._starts.part), (under, self._starts.used)):
                column = self._of[which]
                rows.put(np.full(len(column), row), column, block[column, year])
