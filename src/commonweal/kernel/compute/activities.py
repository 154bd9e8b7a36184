"""Activity data: how much of each carrier every site or node used, month by month.

A domain announces a source by name; indicators name the source and the carriers they count. The
kernel never knows which datasets lie behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Literal

import numpy as np

from commonweal.errors import DefinitionError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray


def month_number(month: date) -> int:
    """Return a month as a count, January of year 0 being 0.

    >>> from datetime import date
    >>> month_number(date(2024, 1, 1))
    24288
    """
    return month.year * 12 + month.month - 1


@dataclass(frozen=True, slots=True)
class ActivityRequest:
    """What a source is asked for: months in a row, as known at an instant.

    A source may leave out subjects and carriers that are not asked for; None or empty asks for all.
    """

    months: tuple[date, ...]
    as_of: datetime | None = None
    subject_ids: NDArray[np.int64] | None = None
    carriers: tuple[str, ...] = ()

    @property
    def first_month(self) -> int:
        """Number of the first month."""
        return month_number(self.months[0])

    def asks_for(self, subject_id: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows belong to the subjects asked for."""
        if self.subject_ids is None:
            return np.ones(len(subject_id), dtype=np.bool_)
        return np.isin(subject_id, self.subject_ids)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the quality rules noticed: rows of (meter or site code's id, month, rule, quantity)."""

    subject_kind: tuple[str, ...] = ()  # "meter", "site" or "node"
    subject_id: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    month: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    rule: tuple[str, ...] = ()
    quantity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __add__(self, other: Findings) -> Findings:
        """Put two lists together."""
        return Findings.joined([self, other])

    @classmethod
    def joined(cls, parts: Sequence[Findings]) -> Findings:
        """Put lists together; there is one at least."""
        return cls(
            tuple(chain.from_iterable(part.subject_kind for part in parts)),
            np.concatenate([part.subject_id for part in parts]),
            np.concatenate([part.month for part in parts]),
            tuple(chain.from_iterable(part.rule for part in parts)),
            np.concatenate([part.quantity for part in parts]),
        )

    def where(self, kept: NDArray[np.bool_]) -> Findings:
        """Return some of the rows."""
        at = np.flatnonzero(kept)
        return Findings(
            tuple(self.subject_kind[i] for i in at),
            self.subject_id[at],
            self.month[at],
            tuple(self.rule[i] for i in at),
            self.quantity[at],
        )

    @classmethod
    def of(
        cls,
        kind: str,
        rule: str,
        subject_id: NDArray[np.int64],
        month: NDArray[np.int64],
        quantity: NDArray[np.float64],
    ) -> Findings:
        """Make findings of one rule."""
        n = len(subject_id)
        return cls((kind,) * n, subject_id.astype(np.int64), month, (rule,) * n, quantity)


@dataclass(frozen=True, slots=True)
class Activities:
    """Quantities by subject, month and carrier, in the carrier's unit; arrays of shape (row,).

    ``estimated`` is the part of ``quantity`` that rests on a named estimate. ``inputs`` maps each
    dataset to the hashes of the segments that were read. ``is_counted``: every row tells of things
    counted once, so that no factor applies and a node may have rows beside the nodes below it.
    """

    subject: Literal["site", "node"]
    subject_id: NDArray[np.int64]
    month: NDArray[np.int64]
    carriers: tuple[str, ...]
    carrier: NDArray[np.int64]  # index into ``carriers``
    quantity: NDArray[np.float64]
    estimated: NDArray[np.float64]
    inputs: Mapping[str, tuple[str, ...]]
    findings: Findings = field(default_factory=Findings)
    is_counted: bool = False


_sources: dict[str, Callable[[ActivityRequest], Sequence[Activities]]] = {}


def activity_source(
    name: str,
) -> Callable[
    [Callable[[ActivityRequest], Sequence[Activities]]],
    Callable[[ActivityRequest], Sequence[Activities]],
]:
    """Announce a source of activity data; used as a decorator in a domain's ``sources.py``.

    Raises:
        DefinitionError: Another function has the name.
    """

    def announce(
        source: Callable[[ActivityRequest], Sequence[Activities]],
    ) -> Callable[[ActivityRequest], Sequence[Activities]]:
        if _sources.setdefault(name, source) is not source:
            raise DefinitionError(f"activity source {name!r} is announced twice")
        return source

    return announce


def activities(name: str, request: ActivityRequest) -> Sequence[Activities]:
    """Ask a source.

    Raises:
        DefinitionError: No domain announces it.
        InputError: The months are not in a row.
    """
    numbers = [month_number(month) for month in request.months]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise InputError("months of a request must follow one another without a gap")
    if name not in _sources:
        known = ", ".join(sorted(_sources)) or "none"
        raise DefinitionError(f"no activity source {name!r}", hint=f"announced are: {known}")
    return _sources[name](request)
