"""Kinds of jobs, by name; an application's ``jobs.py`` announces its own.

    @job_kind("compute", title=_("Compute figures"), roles={"programme_manager"})
    def compute(run: Run) -> dict[str, object]: ...

A kind may be run again after its worker died half-way, so it must be written to be: through
services that answer a repeated request with the first answer, or inside ``run.fenced()``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import InterfaceError, OperationalError

from commonweal.errors import CommonwealError, DefinitionError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.utils.functional import _StrPromise

    from commonweal.kernel.jobs.run import Run

    Work = Callable[[Run], Mapping[str, Any] | None]

TRANSIENT: Final = (OperationalError, InterfaceError, ConnectionError, TimeoutError)
"""What goes away by itself: a database that is busy or away, a network that is."""
_FIRST_WAIT: Final = timedelta(seconds=10)
_LONGEST_WAIT: Final = timedelta(hours=1)


class RetryLaterError(CommonwealError):
    """Raised by a kind: not now, but perhaps later."""

    def __init__(self, message: str, *, after: timedelta | None = None, hint: str = "") -> None:
        """Keep how long to wait; None is the usual back-off."""
        super().__init__(message, hint=hint)
        self.after = after


@dataclass(frozen=True, slots=True)
class Kind:
    """What a name of a kind stands for."""

    name: str
    title: str | _StrPromise
    work: Work
    roles: frozenset[str] = field(default_factory=frozenset)
    """Any of them is needed at the job's node (at every root, if it has none). Nobody but the
    machine's owner may ask for a kind without roles, unless ``for_everyone``."""
    for_everyone: bool = False
    most_attempts: int = 5

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts: 10 s, 20 s, … up to an hour."""
        n_doubled = min(max(attempts - 1, 0), 20)
        return min(_FIRST_WAIT * (1 << n_doubled), _LONGEST_WAIT)


_KINDS: Final[dict[str, Kind]] = {}


def job_kind(
    name: str,
    *,
    title: str | _StrPromise = "",
    roles: frozenset[str] | set[str] = frozenset(),
    for_everyone: bool = False,
    most_attempts: int = 5,
) -> Callable[[Work], Work]:
    """Announce a function as a kind of job.

    Args:
        name: As in ``commonweal jobs ask NAME``.
        title: As pages show it; the name if empty.
        roles: Who may ask for it, by any of these roles.
        for_everyone: Whoever has an account may ask for it; the services below it decide.
        most_attempts: How often it is begun before it counts as failed.

    Raises:
        DefinitionError: Another function has the name.
    """

    def announce(work: Work) -> Work:
        before = _KINDS.get(name)
        if before is not None and before.work.__qualname__ != work.__qualname__:
            raise DefinitionError(f"two kinds of jobs are called {name!r}")
        _KINDS[name] = Kind(
            name, title or name, work, frozenset(roles), for_everyone, most_attempts
        )
        return work

    return announce


def kind_get(name: str) -> Kind:
    """Return a kind by its name.

    Raises:
        InputError: There is none.
    """
    if name not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise InputError(f"there is no kind of job {name!r}", hint=f"there are: {known}")
    return _KINDS[name]


def kinds() -> Mapping[str, Kind]:
    """Return all kinds by name."""
    return dict(sorted(_KINDS.items()))
