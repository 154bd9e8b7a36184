"""Roles, virtual meters, shares of others and rules for gaps, by month, as known at an instant.

What holds on the first day of a month holds for the month, as with owners of sites.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.kernel.org.expressions import meter_terms
from commonweal.kernel.org.models import (
    GapMethod,
    GapRule,
    Meter,
    MeterExpression,
    MeterReplacement,
    MeterRole,
    Role,
    SiteShare,
)
from commonweal.kernel.org.spans import known, months_checked, span_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

ROLES: tuple[str, ...] = tuple(Role.values)
"""Roles by their number in ``Arrangements.roles``."""


@dataclass(frozen=True, slots=True)
class VirtualMeter:
    """A sum over meters that holds in the months ``first <= j < last``."""

    meter_id: int
    terms: Mapping[int, float]
    """By meter id; who replaced a meter stands beside it."""
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Share:
    """The part of somebody else at a site in the months ``first <= j < last``."""

    site_id: int
    party: str
    party_kind: str
    share: float | None
    meter_ids: tuple[int, ...]
    """The sub-meter and those that replaced it; empty for a share."""
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Arrangements:
    """Everything out of the ordinary in some months; empty for an operator without any."""

    roles: Mapping[int, Ints]
    """By meter id: number of the role in each month; default is import, or reference if virtual."""
    virtual: tuple[VirtualMeter, ...]
    """Meters that others rest on come first."""
    shares: tuple[Share, ...]
    site_of: Mapping[int, int]
    """Site of each meter that is named here."""

    @property
    def sites(self) -> frozenset[int]:
        """Sites where anything is out of the ordinary."""
        meters = {*self.roles, *(each.meter_id for each in self.virtual)}
        metered = {meter for each in self.shares for meter in each.meter_ids}
        return frozenset(
            {self.site_of[meter] for meter in meters | metered}
            | {share.site_id for share in self.shares}
        )

    def sites_behind(self, sites: frozenset[int]) -> frozenset[int]:
        """Return the sites whose meters are needed to know what some sites use, these included."""
        found = set(sites)
        found |= {
            self.site_of[meter]
            for each in self.shares
            if each.site_id in sites
            for meter in each.meter_ids
        }
        for each in reversed(self.virtual):
            if self.site_of[each.meter_id] in found:
                found |= {self.site_of[meter] for meter in each.terms}
        return frozenset(found)


def arrangements(months: Sequence[date], as_of: datetime | None = None) -> Arrangements:
    """Return what is out of the ordinary in some months.

    Time and memory grow with the rows of these registers, not with meters or sites.

    Args:
        months: First days of months, ascending.
        as_of: What was known then; ``None`` is now.
    """
    months = months_checked(months)
    next_of = dict(_replaced(as_of).values_list("old_id", "new_id"))
    virtual = _virtual(months, as_of, next_of)
    shares = _shares(months, as_of, next_of)
    roles = _roles(months, as_of, {each.meter_id for each in virtual})
    named = {*roles, *(m for each in virtual for m in (each.meter_id, *each.terms))}
    named |= {meter for each in shares for meter in each.meter_ids}
    for share in shares:
        for meter in share.meter_ids:
            tenant = np.full(len(months), ROLES.index(Role.REFERENCE), np.int64)
            roles.setdefault(meter, tenant)[share.first : share.last] = ROLES.index(Role.TENANT)
    site_of = dict(Meter.objects.filter(pk__in=named).values_list("pk", "site_id"))
    return Arrangements(roles, virtual, shares, site_of)


def _roles(months: Sequence[date], as_of: datetime | None, virtual: set[int]) -> dict[int, Ints]:
    rows = MeterRole.objects.filter(known(as_of))
    role_of = dict(rows.values_list("pk", "role"))
    found = {
        meter: np.full(len(months), ROLES.index(Role.REFERENCE), np.int64) for meter in virtual
    }
    columns = span_columns(rows, months, "pk", "meter_id")
    for pk, meter, first, last in zip(*(column.tolist() for column in columns), strict=True):
        default = np.full(len(months), ROLES.index(Role.IMPORT), np.int64)
        found.setdefault(meter, default)[first:last] = ROLES.index(role_of[pk])
    return found


def _virtual(
    months: Sequence[date], as_of: datetime | None, next_of: Mapping[int, int]
) -> tuple[VirtualMeter, ...]:
    rows = MeterExpression.objects.filter(known(as_of))
    terms_of = {pk: meter_terms(text) for pk, text in rows.values_list("pk", "expression")}
    codes = {code for terms in terms_of.values() for code in terms}
    ids = dict(Meter.objects.filter(code__in=codes).values_list("code", "pk"))
    columns = span_columns(rows, months, "pk", "meter_id")
    found = [
        VirtualMeter(
            meter,
            {
                part: factor
                for code, factor in terms_of[pk].items()
                for part in _with_successors(ids[code], next_of)
            },
            first,
            last,
        )
        for pk, meter, first, last in zip(*(c.tolist() for c in columns), strict=True)
    ]
    ready: list[VirtualMeter] = []
    while found:  # there is no cycle: the services refuse one
        waiting = {each.meter_id for each in found}
        ready += [each for each in found if not waiting & each.terms.keys()]
        found = [each for each in found if waiting & each.terms.keys()]
    return tuple(ready)


def _shares(
    months: Sequence[date], as_of: datetime | None, next_of: Mapping[int, int]
) -> tuple[Share, ...]:
    rows = SiteShare.objects.filter(known(as_of))
    told = {row[0]: row[1:] for row in rows.values_list("pk", "party", "party_kind", "share")}
    meter_of = dict(rows.values_list("pk", "meter_id"))
    columns = span_columns(rows, months, "pk", "site_id")
    found = []
    for pk, site, first, last in zip(*(column.tolist() for column in columns), strict=True):
        party, kind, share = told[pk]
        part = None if share is None else float(share)
        meter = meter_of[pk]
        meters = () if meter is None else tuple(_with_successors(meter, next_of))
        found.append(Share(site, party, kind, part, meters, first, last))
    return tuple(found)


def gap_methods(
    months: Sequence[date], as_of: datetime | None = None
) -> Mapping[int | None, tuple[str, ...]]:
    """Return the method for gaps in each month by site id; ``None`` is every other site.

    Empty where no rule was ever set.
    """
    months = months_checked(months)
    rows = GapRule.objects.filter(known(as_of))
    told = {row[0]: row[1:] for row in rows.values_list("pk", "site_id", "method")}
    found: dict[int | None, list[str]] = {}
    pks, first, last = span_columns(rows, months, "pk")
    for pk, start, stop in zip(pks.tolist(), first.tolist(), last.tolist(), strict=True):
        site, method = told[pk]
        held = found.setdefault(site, [GapMethod.NONE.value] * len(months))
        held[start:stop] = [method] * (min(stop, len(months)) - start)
    return {site: tuple(held) for site, held in found.items()}


def replacements(
    as_of: datetime | None = None,
) -> tuple[Mapping[int, datetime], Mapping[int, datetime]]:
    """Return when meters that replaced one began, and when those that were replaced ended."""
    rows = list(_replaced(as_of).values_list("old_id", "new_id", "replaced_at"))
    return {new: at for _, new, at in rows}, {old: at for old, _, at in rows}


def _replaced(as_of: datetime | None) -> QuerySet[MeterReplacement]:
    rows = MeterReplacement.objects.all()
    return rows if as_of is None else rows.filter(recorded_at__lte=as_of)


def _with_successors(meter: int, next_of: Mapping[int, int]) -> list[int]:
    """Return a meter and those that replaced it: whoever names one means the place it measures."""
    found = [meter]
    while (after := next_of.get(found[-1])) is not None:
        found.append(after)
    return found
