"""Shares a group's total out to its units as records: proposed, then approved, then in force."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

from commonweal.domains.carbon.dual_control.models import Allocation
from commonweal.engines.allocation import (
    METHODS,
    apportion,
    benchmark,
    capability_potential,
    proportional,
)
from commonweal.errors import InputError, StateError
from commonweal.kernel.disclosure.known import known_load, node_children
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Opening, records_open
from commonweal.kernel.targets.selectors import target_status, target_years

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from fractions import Fraction

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.disclosure.known import Known
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.targets.models import Target
    from commonweal.periods import Period

_DECIMALS: Final = 2
_CENT: Final = Decimal("0.01")
_TRAFFIC: Final = "information_traffic"


def total_propose(target: Target, *, year: int, as_of: datetime | None = None) -> Decimal:
    """Return the total that a group's target for a total allows in a year, by its path.

    Raises:
        InputError: The path has no such year, or there is no base value.
    """
    asked = {each.year: each.value for each in target_status(target, as_of=as_of).path}
    if year not in asked:
        raise InputError(
            f"target {target.code} asks nothing of {year}",
            hint=f"its path has {', '.join(map(str, asked)) or 'no year: the base has no data'}",
        )
    return asked[year].quantize(_CENT, rounding=ROUND_HALF_EVEN)


def allocation_propose(
    target: Target,
    *,
    node: Node,
    year: int,
    method: str,
    scope: Scope,
    now: datetime,
    total: Decimal | None = None,
) -> Sequence[Record]:
    """Propose a share for each unit below a node; together they are the total to the last decimal.

    Args:
        target: A target for a total of the node, such as energy use.
        node: Whose total is shared out.
        year: The year it is for.
        method: ``proportional``, ``benchmark`` or ``capability_potential``.
        scope: Who proposes.
        now: When.
        total: What is shared out; what the target's path asks of the year if None.

    Returns:
        The records, one for each unit with data in the base year, in the order of their codes.

    Raises:
        InputError: The method is unknown, or the year is not on the path.
        StateError: A unit lacks what the method needs.
    """
    base_year, _ = target_years(target)
    units = node_children(node.code, at_date=base_year.months[-1], as_of=now)
    total = total_propose(target, year=year) if total is None else total.quantize(_CENT)
    base, weights = weights_of(
        method, target, units=[each.code for each in units], total=total, as_of=now
    )
    shares = apportion(total, list(weights.values()), decimals=_DECIMALS)
    earlier = Allocation.objects.filter(year=year, indicator=target.indicator)
    latest = earlier.order_by("-revision").values_list("revision", flat=True).first() or 0
    by_code = {each.code: each for each in units}
    openings = [
        Opening(
            node=by_code[code],
            values={
                "year": year,
                "indicator": target.indicator,
                "method": method,
                "base_year": base_year.start_date.year,
                "base_value": base[code],
                "amount": share,
                "group_total": total,
                "revision": latest + 1,
            },
        )
        for code, share in zip(weights, shares, strict=True)
    ]
    return list(
        records_open(record_type("dual_control.allocation"), openings, scope=scope, now=now)
    )


def weights_of(
    method: str, target: Target, *, units: Sequence[str], total: Decimal, as_of: datetime
) -> tuple[dict[str, Decimal], dict[str, Fraction]]:
    """Return each unit's base, and the weights that a method gives them.

    Capability is traffic per energy used at the base, taken beside the mean; potential is by how
    much a unit's intensity is above the best quarter's. Both follow from facts, so that who is
    asked for more can see why.

    Raises:
        InputError: The method is unknown.
        StateError: No unit has data in the base year.
    """
    if method not in METHODS:
        raise InputError(f"no method {method!r}", hint=f"one of {', '.join(METHODS)}")
    base_year, _ = target_years(target)
    known = known_load(
        [([target.indicator, _TRAFFIC], units, [base_year])],
        boundary=target.boundary,
        as_of=as_of,
    )
    base = _values(known, target.indicator, units, base_year)
    if not base:
        raise StateError(
            f"no unit has {target.indicator} in {base_year}",
            hint=f"run `commonweal compute {base_year}` first",
        )
    if method == "proportional":
        return base, proportional(base)
    activity = _values(known, _TRAFFIC, units, base_year)
    if lacking := [code for code in base if not activity.get(code)]:
        raise StateError(
            f"{lacking[0]} has no traffic in {base_year} to judge its energy by",
            hint="share out by `proportional`, or bring in the traffic first",
        )
    if method == "benchmark":
        return base, benchmark(base, activity)
    intensity = {code: base[code] / activity[code] for code in base}
    best = min(intensity.values())
    return base, capability_potential(
        base,
        total,
        capability={code: activity[code] / sum(activity.values()) for code in base},
        potential={code: (intensity[code] - best) / intensity[code] for code in base},
    )


def _values(known: Known, indicator: str, units: Sequence[str], span: Period) -> dict[str, Decimal]:
    found = {}
    for code in sorted(units):
        fact = known.get(indicator, code, span)
        if fact is not None and fact.value:
            found[code] = fact.value.quantize(_CENT)
    return found


def shares_by_node(indicator: str, year: int) -> Mapping[str, Allocation]:
    """Return the shares in force of a year, by unit."""
    rows = Allocation.objects.filter(indicator=indicator, year=year, state="in_force")
    return {each.node.code: each for each in rows.select_related("node")}
