"""Every unit beside its target of a year: outlook, path and light, in a few queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from commonweal.domains.carbon.dual_control.house import Lights, lights_rule
from commonweal.domains.carbon.dual_control.outlook import (
    Light,
    Outlook,
    light_of,
    months_load,
    parts_of,
    path_of,
    year_outlook,
)
from commonweal.kernel.disclosure.known import known_load
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.path import bent_path
from commonweal.kernel.targets.selectors import lower_is_better, target_status, target_years
from commonweal.periods import PeriodKind, period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from commonweal.kernel.org.models import Node


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one unit will stand: what its path asks, what is expected, and the light."""

    node: Node
    base: float | None
    path: float | None
    outlook: Outlook
    light: Light
    is_own: bool
    """Whether the unit has a target of its own; else it is asked what the group is, in per cent."""

    @property
    def gap_share(self) -> float | None:
        """By how much the outlook lies above the path, as a share of it."""
        if self.outlook.value is None or not self.path:
            return None
        return self.outlook.value / self.path - 1


def standings(
    target: Target,
    nodes: Sequence[Node],
    *,
    year: int,
    as_of: datetime,
    through: date | None = None,
) -> tuple[Standing, ...]:
    """Return where units stand beside a target, their own where they have one.

    Args:
        target: The group's target; its change and milestones hold for units without their own.
        nodes: The units.
        year: The year whose end is looked at.
        as_of: What was known then.
        through: The last month that counts as known; all by default.
    """
    rule = lights_rule(date(year, 1, 1))
    codes = [node.code for node in nodes]
    parts, _ = parts_of(target.indicator)
    months = months_load(parts, codes, boundary=target.boundary, as_of=as_of, through=through)
    base_year, _ = target_years(target)
    known = known_load(
        [([target.indicator], codes, [base_year])], boundary=target.boundary, as_of=as_of
    )
    bases: dict[str, Decimal] = {}
    for code in codes:
        fact = known.get(target.indicator, code, base_year)
        if fact is not None and fact.value is not None:
            bases[code] = fact.value
    own = _own(target, codes, year)
    return tuple(
        _standing(target, own.get(node.code), node, bases, months, year, rule, as_of)
        for node in nodes
    )


def _own(target: Target, codes: Sequence[str], year: int) -> Mapping[str, Target]:
    """Return the units' own targets that reach the year, the one that ends first for each.

    The target's own unit is asked what the target asks, whatever other targets it has.
    """
    rows = Target.objects.filter(
        indicator=target.indicator, boundary=target.boundary, node__in=codes
    ).order_by("-target_period", "-code")
    found = {
        each.node: each
        for each in rows
        if period(each.target_period).kind is PeriodKind.YEAR
        and period(each.base_period).start_date.year
        < year
        <= period(each.target_period).start_date.year
    }
    return found | {target.node: target}


def _standing(  # noqa: PLR0917 - one row of a loop over what was loaded
    target: Target,
    own: Target | None,
    node: Node,
    bases: Mapping[str, Decimal],
    months: Mapping[tuple[str, str], dict[date, float]],
    year: int,
    rule: Lights,
    as_of: datetime,
) -> Standing:
    base = bases.get(node.code)
    if own is not None:
        status = target_status(own, as_of=as_of)
        path, base = path_of(status, year), status.base_value
    else:
        path = _asked(target, base, year)
    found = year_outlook(target.indicator, node.code, months, year=year, level=rule.interval_share)
    light = light_of(found, path, lower=lower_is_better(target), rule=rule)
    known = None if base is None else float(base)
    return Standing(node, known, path, found, light, own is not None)


def _asked(target: Target, base: Decimal | None, year: int) -> float | None:
    """Return what a target asks of a unit with this base: the same change in per cent."""
    if base is None:
        return None
    base_year, end_year = (span.start_date.year for span in target_years(target))
    changes = {int(each): type(base)(share) for each, share in target.milestones.items()}
    path = bent_path(base, changes={**changes, end_year: target.change_share}, base_year=base_year)
    return next((float(each.value) for each in path if each.year == year), None)
