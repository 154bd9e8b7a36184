"""What an engine or a programme proposes to do: what it costs, saves, excludes and needs.

Whoever has something to propose says so in ``proposals.py`` of its folder:

    @proposes("dual_control")
    def measures(now: datetime) -> Iterator[Proposal]: ...

The same thing keeps its key, so that proposing again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Final, TypeVar

from django.utils.module_loading import autodiscover_modules

from commonweal.errors import DefinitionError, InputError

Proposer = Callable[[datetime], "Iterable[Proposal]"]
_Proposer = TypeVar("_Proposer", bound=Proposer)
_FOUND: Final[dict[str, Proposer]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One thing that may be done; amounts are of a full year in use.

    Attributes:
        key: The same for the same thing for ever; begins with the proposer's id and a colon.
        name: In words, as people will see it.
        node: Code of the organisation node that would do it.
        kind: What sort of action: a choice of the record that keeps it.
        saving_kwh_a: Energy saved, with ``saving_low_kwh_a`` and ``saving_high_kwh_a`` about it.
        abatement_tco2e_a: Emissions saved.
        saving_cny_a: Money saved beside what it costs to run.
        confidence_share: How likely it is to work at all, 0 to 1.
        group: Proposals of one group exclude one another; empty excludes nothing.
        needs: Key of what must be done before; empty needs nothing.
        verified_by: Indicator whose yearly fact at the node tells what it saved, in kWh.
        source: Where the numbers come from.
    """

    key: str
    name: str
    node: str
    kind: str
    capex_cny: Decimal
    opex_cny_a: Decimal
    life_years: int
    saving_kwh_a: Decimal
    saving_low_kwh_a: Decimal
    saving_high_kwh_a: Decimal
    abatement_tco2e_a: Decimal
    saving_cny_a: Decimal
    source: str
    confidence_share: Decimal = Decimal(1)
    group: str = ""
    needs: str = ""
    verified_by: str = ""

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold what is expected, and a life of no year."""
        if not self.saving_low_kwh_a <= self.saving_kwh_a <= self.saving_high_kwh_a:
            raise InputError(
                f"proposal {self.key}: {self.saving_kwh_a} kWh lies outside of "
                f"{self.saving_low_kwh_a} to {self.saving_high_kwh_a}"
            )
        if self.life_years < 1 or not 0 <= self.confidence_share <= 1:
            raise InputError(
                f"proposal {self.key}: a life of {self.life_years} years at a confidence of "
                f"{self.confidence_share}: at least 1 year, between 0 and 1"
            )


def proposes(proposer_id: str) -> Callable[[_Proposer], _Proposer]:
    """Announce a function of the present instant that yields proposals.

    Raises:
        DefinitionError: Another function proposes under this id.
    """

    def announce(function: _Proposer) -> _Proposer:
        before = _FOUND.setdefault(proposer_id, function)
        if before is not function:
            raise DefinitionError(f"{proposer_id!r} is announced twice: {before} and {function}")
        return function

    return announce


def proposals(*, now: datetime) -> dict[str, Proposal]:
    """Return everything that is proposed at an instant, by key.

    Raises:
        DefinitionError: A key does not begin with its proposer's id, or is given twice.
    """
    _discover()
    found: dict[str, Proposal] = {}
    for proposer_id, function in sorted(_FOUND.items()):
        for each in function(now):
            if not each.key.startswith(f"{proposer_id}:") or each.key in found:
                raise DefinitionError(
                    f"proposal {each.key!r} of {proposer_id!r}",
                    hint=f"keys begin with {proposer_id}: and are given once",
                )
            found[each.key] = each
    return found


@cache
def _discover() -> None:
    autodiscover_modules("proposals")
