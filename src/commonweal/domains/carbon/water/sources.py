"""Water as activity data: what a site was billed, or what its meters say where no bill tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.kernel.compute.activities import Activities, Findings, activities, activity_source
from commonweal.kernel.compute.spans import cut_to_months, overlaps, span_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import ActivityRequest

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CARRIER: Final = "water"
ENOUGH_COVERED_SHARE: Final = 0.9
_MOST_DIFFERENCE: Final = 0.05
"""Of bill and meter, as a share of the bill: more is a finding."""


@activity_source("water")
def water(request: ActivityRequest) -> Sequence[Activities]:
    """Return water drawn by site and month, m3.

    Where bills cover nearly all of a month, they count and the meters are held against them: a site
    whose bill and meters differ by more than 5 % is a finding, with the difference. Where they
    cover less, they count only if there is no meter.
    """
    billed, is_whole = _billed(request)
    metered = _metered(request)
    key = [_key(each.subject_id, each.month) for each in (billed, metered)]
    place = np.searchsorted(key[0], key[1])
    has_bill = np.zeros(len(key[1]), np.bool_)
    if len(key[0]):
        place = place.clip(max=len(key[0]) - 1)
        has_bill = key[0][place] == key[1]
        difference = metered.quantity - billed.quantity[place]
        replaced = np.zeros(len(key[0]), np.bool_)
        replaced[place[has_bill]] = ~is_whole[place[has_bill]]
        has_bill &= is_whole[place]
        odd = has_bill & (np.abs(difference) > _MOST_DIFFERENCE * billed.quantity[place])
        found = Findings.of(
            "site", "water_differs", metered.subject_id[odd], metered.month[odd], difference[odd]
        )
        findings = billed.findings + found
        billed = replace(_only(billed, ~replaced), findings=findings)
    return [billed, _only(metered, ~has_bill)]


def _billed(request: ActivityRequest) -> tuple[Activities, NDArray[np.bool_]]:
    """Return the bills by site and month, in order, and whether they cover nearly all of it."""
    rows, hashes = span_rows("water_bills", "site_id, quantity_m3", request)
    site_id = rows["site_id"].to_numpy().astype(np.int64)
    cut = cut_to_months(rows, request, "site_id")
    part = rows["quantity_m3"].to_numpy()[cut.span] * cut.share
    found = overlaps("site", "water_bill_overlap", site_id[cut.span], cut, part)
    asked = request.asks_for(site_id[cut.span])
    rough = (part * cut.once * (cut.once < 1))[asked]
    _, first = np.unique(_key(site_id[cut.span][asked], cut.month[asked]), return_index=True)
    is_whole = cut.covered_share[asked][first] >= ENOUGH_COVERED_SHARE
    summed = _summed(
        site_id[cut.span][asked],
        cut.month[asked],
        (part * cut.once)[asked],
        rough,
        Activities(
            subject="site",
            subject_id=np.zeros(0, np.int64),
            month=np.zeros(0, np.int64),
            carriers=(CARRIER,),
            carrier=np.zeros(0, np.int64),
            quantity=np.zeros(0),
            estimated=np.zeros(0),
            inputs={"water_bills": hashes},
            findings=found,
        ),
    )
    return summed, is_whole


def _metered(request: ActivityRequest) -> Activities:
    """Return what water meters say, by site and month, in order; their findings stay with them."""
    parts = activities("energy", replace(request, carriers=(CARRIER,)))
    kept = [_only(each, _is_water(each)) for each in parts if each.subject == "site"]
    none = np.zeros(0)
    inputs = {
        name: hashes for each in kept if len(each.quantity) for name, hashes in each.inputs.items()
    }
    return _summed(
        np.concatenate([none.astype(np.int64), *(each.subject_id for each in kept)]),
        np.concatenate([none.astype(np.int64), *(each.month for each in kept)]),
        np.concatenate([none, *(each.quantity for each in kept)]),
        np.concatenate([none, *(each.estimated for each in kept)]),
        Activities(
            subject="site",
            subject_id=none.astype(np.int64),
            month=none.astype(np.int64),
            carriers=(CARRIER,),
            carrier=none.astype(np.int64),
            quantity=none,
            estimated=none,
            inputs=inputs,
        ),
    )


def _summed(
    site_id: Ints, month: Ints, quantity: Floats, estimated: Floats, like: Activities
) -> Activities:
    """Return rows added up by site and month, in order of both."""
    key, first, place = np.unique(_key(site_id, month), return_index=True, return_inverse=True)
    return replace(
        like,
        subject_id=site_id[first],
        month=month[first],
        carrier=np.zeros(len(key), np.int64),
        quantity=np.bincount(place, quantity, minlength=len(key)).astype(np.float64),
        estimated=np.bincount(place, estimated, minlength=len(key)).astype(np.float64),
    )


def _key(site_id: Ints, month: Ints) -> Ints:
    return site_id * 100_000 + month


def _is_water(each: Activities) -> NDArray[np.bool_]:
    wanted = [place for place, name in enumerate(each.carriers) if name == CARRIER]
    return np.isin(each.carrier, wanted)


def _only(each: Activities, hit: NDArray[np.bool_]) -> Activities:
    return replace(
        each,
        subject_id=each.subject_id[hit],
        month=each.month[hit],
        carrier=each.carrier[hit],
        quantity=each.quantity[hit],
        estimated=each.estimated[hit],
        findings=Findings(),
    )
