"""Months of which nothing is known, estimated by the method that a rule chose.

An estimate rests on evidence alone, never on another estimate, and on the same evidence whichever
months are asked for. It counts as estimated, and a finding names the method.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.domains.carbon.sources.meters import first_day
from commonweal.engines.metering import is_member, looked_up, meter_month_key
from commonweal.kernel.compute.activities import Findings
from commonweal.kernel.org.models import GapMethod
from commonweal.kernel.org.selectors import gap_methods
from commonweal.periods import month_add

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.domains.carbon.sources.electricity import MeteredUse
    from commonweal.domains.carbon.sources.meters import Floats, Ints, Meters
    from commonweal.kernel.compute.activities import ActivityRequest

_NOTHING_KNOWN: Final = "meter_no_data"
_TOO_LITTLE: Final = ("reading_partial", "bill_partial")


def without_gaps(use: MeteredUse, request: ActivityRequest) -> MeteredUse:
    """Return the use with months estimated where a rule says how; without rules, as it is."""
    methods = gap_methods(request.months, request.as_of)
    if not methods:
        return use
    meter, month = _missing(use)
    if not len(meter):
        return use
    site = use.meters.site_id[meter]
    default = methods.get(None, (GapMethod.NONE.value,) * len(request.months))
    column = (month - request.first_month).tolist()
    pairs = zip(site.tolist(), column, strict=True)
    chosen = np.array([methods.get(s, default)[j] for s, j in pairs])
    wanted = chosen != GapMethod.NONE.value
    meter, month, chosen = meter[wanted], month[wanted], chosen[wanted]
    if not len(meter):
        return use
    estimate = _estimates(use.meters, meter, month, chosen, request)
    found = ~np.isnan(estimate)
    return _joined(use, meter[found], month[found], estimate[found], chosen[found])


def _missing(use: MeteredUse) -> tuple[Ints, Ints]:
    """Return (position, month) of what the findings list as unknown."""
    hit = np.array([rule == _NOTHING_KNOWN for rule in use.findings.rule], dtype=np.bool_)
    meter = np.searchsorted(use.meters.meter_id, use.findings.subject_id[hit])
    return meter, use.findings.month[hit]


def _estimates(
    meters: Meters, meter: Ints, month: Ints, chosen: NDArray[np.str_], request: ActivityRequest
) -> Floats:
    """Return what each missing month is estimated at; NaN where there is nothing to go by."""
    months = tuple(month_add(request.months[0], i) for i in range(-12, len(request.months) + 1))
    sites = np.unique(meters.site_id[meter])
    known = metered_use(replace(request, months=months, subject_ids=sites))
    key = meter_month_key(known.meter, known.month)
    poor = np.array([rule in _TOO_LITTLE for rule in known.findings.rule], dtype=np.bool_)
    position = np.searchsorted(known.meters.meter_id, known.findings.subject_id[poor])
    good = ~np.isin(key, meter_month_key(position, known.findings.month[poor]))
    key, quantity = key[good], known.quantity[good]
    asked = np.searchsorted(known.meters.meter_id, meters.meter_id[meter])

    n_days = first_day(month + 1) - first_day(month)

    def daily(shift: int) -> Floats:
        of = month + shift
        at = meter_month_key(asked, of)
        served = known.meters.served_share(asked, of) * (first_day(of + 1) - first_day(of))
        is_known = is_member(key, at) & (served > 0)  # a meter used nothing before it came
        none = np.full(len(at), np.nan)
        found = np.divide(looked_up(key, quantity, at), served, out=none, where=is_known)
        return np.asarray(found, np.float64)

    before, after = daily(-1), daily(1)
    beside = np.where(np.isnan(before), after, np.where(np.isnan(after), before, before + after))
    both = ~np.isnan(before) & ~np.isnan(after)
    neighbours = np.where(both, beside / 2, beside)
    by_year = chosen == GapMethod.SAME_MONTH_LAST_YEAR.value
    return np.asarray(np.where(by_year, daily(-12), neighbours) * n_days)


def _joined(
    use: MeteredUse, meter: Ints, month: Ints, estimate: Floats, chosen: NDArray[np.str_]
) -> MeteredUse:
    """Add estimates to the use, and say of each which method gave it."""
    key = np.concatenate([meter_month_key(use.meter, use.month), meter_month_key(meter, month)])
    order = np.argsort(key, kind="stable")
    is_known = np.concatenate([use.is_read, np.zeros(len(meter), np.bool_)])
    said = set(zip(use.meters.meter_id[meter].tolist(), month.tolist(), strict=True))
    rows = zip(
        use.findings.rule,
        use.findings.subject_id.tolist(),
        use.findings.month.tolist(),
        strict=True,
    )
    kept = np.array([r != _NOTHING_KNOWN or (s, m) not in said for r, s, m in rows], np.bool_)
    findings = use.findings.where(kept)
    ids, by_year = use.meters.meter_id[meter], chosen == GapMethod.SAME_MONTH_LAST_YEAR.value
    findings += Findings.of(
        "meter", "estimated_same_month_last_year", ids[by_year], month[by_year], estimate[by_year]
    ) + Findings.of(
        "meter", "estimated_neighbour_days", ids[~by_year], month[~by_year], estimate[~by_year]
    )
    return replace(
        use,
        meter=np.concatenate([use.meter, meter])[order],
        month=np.concatenate([use.month, month])[order],
        quantity=np.concatenate([use.quantity, estimate])[order],
        estimated=np.concatenate([use.estimated, estimate])[order],
        is_read=is_known[order],
        findings=findings,
    )
