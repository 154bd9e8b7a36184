"""Sharing a total out so that the shares add up to it exactly, to the last printed decimal.

A method says what is fair by giving weights; ``apportion`` makes decimals of them by the largest
remainder, so each share lies within one unit of its last digit of what is due, and nothing is lost.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METHODS: Final = ("proportional", "benchmark", "capability_potential")


def apportion(total: Decimal, weights: Sequence[Fraction], *, decimals: int) -> tuple[Decimal, ...]:
    """Share a total by weights; of equal remainders the earlier one gets the last unit.

    Args:
        total: What is shared out, with no more decimals than ``decimals``.
        weights: Not negative, not all 0.
        decimals: Decimals of each share.

    Returns:
        One share for each weight; their sum is ``total``.

    Raises:
        InputError: A weight is negative, all are 0, or the total has more decimals.

    >>> apportion(Decimal("10.0"), [Fraction(1), Fraction(1), Fraction(1)], decimals=1)
    (Decimal('3.4'), Decimal('3.3'), Decimal('3.3'))
    """
    units = Fraction(total) * 10**decimals
    if units.denominator != 1:
        raise InputError(f"total {total} has more than {decimals} decimals", hint="round it first")
    if any(weight < 0 for weight in weights) or not (whole := sum(weights, Fraction(0))):
        raise InputError("weights must not be negative, and not all 0")
    due = [units * weight / whole for weight in weights]
    given = [share.numerator // share.denominator for share in due]
    order = sorted(range(len(due)), key=lambda at: (given[at] - due[at], at))
    for at in order[: int(units) - sum(given)]:
        given[at] += 1
    return tuple(Decimal(share).scaleb(-decimals) for share in given)


def proportional(base: Mapping[str, Decimal]) -> dict[str, Fraction]:
    """Weigh by what each used: all change by the same per cent."""
    return {name: Fraction(value) for name, value in base.items()}


def benchmark(
    base: Mapping[str, Decimal],
    activity: Mapping[str, Decimal],
    *,
    convergence_share: Fraction = Fraction(1, 2),
    best_share: Fraction = Fraction(1, 4),
) -> dict[str, Fraction]:
    """Weigh by activity, at an intensity part of the way from one's own to the benchmark.

    The benchmark is the intensity of the best: those with the least use for their activity, as
    many as do ``best_share`` of all activity. Who is better than it keeps their own intensity.

    Args:
        base: What each used.
        activity: What each did; above 0.
        convergence_share: How far each comes: 0 leaves everything as it is, 1 gives all that are
            worse than the benchmark its intensity.
        best_share: How much of the activity counts as the best.

    Raises:
        InputError: A unit has no activity.
    """
    own = {}
    for name, value in base.items():
        if activity.get(name, 0) <= 0:
            raise InputError(f"{name} has no activity to judge its use by", hint="leave it out")
        own[name] = Fraction(value) / Fraction(activity[name])
    wanted = best_share * sum(Fraction(activity[name]) for name in base)
    done, used = Fraction(0), Fraction(0)
    for name in sorted(own, key=lambda each: (own[each], each)):
        if done >= wanted:
            break
        done, used = done + Fraction(activity[name]), used + Fraction(base[name])
    best = used / done
    return {
        name: Fraction(activity[name])
        * (intensity - convergence_share * max(intensity - best, Fraction(0)))
        for name, intensity in own.items()
    }


def capability_potential(
    base: Mapping[str, Decimal],
    total: Decimal,
    *,
    capability: Mapping[str, Decimal],
    potential: Mapping[str, Decimal],
    most_share: Fraction = Fraction(1, 2),
) -> dict[str, Fraction]:
    """Share the cut by base × capability × potential; none is cut by more than ``most_share``.

    What is above somebody's limit is shared by the others in the same proportions.

    Args:
        base: What each used.
        total: What all may use.
        capability: Means of each (revenue per use, investment …), in any unit, not negative.
        potential: How much each could save (share of its use, distance to the benchmark …).
        most_share: The largest cut asked of anybody, as a share of its base.

    Returns:
        What each may use, before rounding; the sum is ``total``.

    Raises:
        InputError: More is to be cut than all limits allow, or less than nothing.
    """
    cut = sum(map(Fraction, base.values()), Fraction(0)) - Fraction(total)
    if cut < 0:
        raise InputError(
            f"total {total} is above what was used: there is no cut to share",
            hint="use `proportional` or `benchmark` for growth",
        )
    limit = {name: most_share * Fraction(value) for name, value in base.items()}
    weight = {
        name: Fraction(value)
        * Fraction(capability.get(name, Decimal(0)))
        * Fraction(potential.get(name, Decimal(0)))
        for name, value in base.items()
    }
    cuts = dict.fromkeys(base, Fraction(0))
    free = {name for name, each in weight.items() if each > 0 and limit[name] > 0}
    while cut > 0:
        whole = sum((weight[name] for name in free), Fraction(0))
        if not whole:
            raise InputError(
                f"a cut to {total} is more than the units with means and potential can bear",
                hint=f"each bears at most {float(most_share):.0%} of what it used",
            )
        full = {name for name in free if cuts[name] + cut * weight[name] / whole >= limit[name]}
        if not full:
            for name in free:
                cuts[name] += cut * weight[name] / whole
            break
        for name in full:
            cut -= limit[name] - cuts[name]
            cuts[name] = limit[name]
        free -= full
    return {name: Fraction(value) - cuts[name] for name, value in base.items()}
