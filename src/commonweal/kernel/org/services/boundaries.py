"""Reporting boundaries: what counts, with which share, from which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from commonweal.errors import InputError
from commonweal.kernel.org.checks import choice_check, code_check, days_check
from commonweal.kernel.org.models import Approach, Boundary, BoundaryShare
from commonweal.kernel.org.rewriting import spans_rewrite
from commonweal.kernel.org.services.common import (
    NothingChangesError,
    fields_update,
    names_of,
    record_get,
)
from commonweal.kernel.org.spans import overlapping
from commonweal.kernel.org.structure import Structure
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal


@transaction.atomic
def boundary_set(
    *, code: str, approach: str, names: Mapping[str, str], actor: str, now: datetime
) -> Boundary:
    """Create a reporting boundary, or rename it; repeating it changes nothing.

    Raises:
        InputError: A value breaks its rule, or the boundary has another approach.
    """
    code_check(code)
    choice_check(approach, Approach.values, "consolidation approach")
    found = Boundary.objects.filter(code=code).first()
    if found is None:
        made = Boundary.objects.create(code=code, approach=approach, **names_of(names))
        event_append(
            record_type="boundary",
            record_key=code,
            action="created",
            actor=actor,
            content={"approach": approach, **names_of(names)},
            now=now,
        )
        return made
    if found.approach != approach:
        raise InputError(
            f"boundary {code} consolidates by {found.approach}, not {approach}",
            hint="published figures rely on it: make another boundary",
        )
    if any(getattr(found, field) != name for field, name in names_of(names).items()):
        fields_update(
            found,
            record_type="boundary",
            changes=names_of(names),
            reason="",
            actor=actor,
            now=now,
        )
    return found


@transaction.atomic
def boundary_share_set(
    *,
    boundary: str,
    node: str,
    share: Decimal,
    from_date: date,
    actor: str,
    now: datetime,
    until_date: date | None = None,
    reason: str = "",
) -> None:
    """Let a share of a node, and of all below it, count within a boundary from a day on.

    It replaces what was set for that node on those days. The share of a node below decides for
    the part under it.

    Raises:
        InputError: Unknown codes, or a share that is not within 0 to 1.
        NothingChangesError: The same share holds on all those days.
    """
    days_check(from_date, until_date)
    if not 0 <= share <= 1:
        raise InputError(f"share {share} is not within 0 to 1", hint="write 51 % as 0.51")
    if share != round(share, 6):
        raise InputError(f"share {share} has more than 6 decimals", hint="round it")
    found, counted = record_get(Boundary, boundary), Structure.load().node(node)
    rows = list(
        BoundaryShare.objects.filter(
            overlapping(from_date, until_date) & Q(superseded_at=None),
            boundary=found,
            node=counted,
        )
    )
    if any(_says(row, share, from_date, until_date) for row in rows):
        raise NothingChangesError(f"{share} of {node} counts in {boundary} already")
    spans_rewrite(rows, start_date=from_date, end_date=until_date, changes=None, now=now)
    BoundaryShare.objects.create(
        boundary=found,
        node=counted,
        share=share,
        valid_from=from_date,
        valid_to=until_date,
        recorded_at=now,
    )
    event_append(
        record_type="boundary",
        record_key=boundary,
        action="share set",
        actor=actor,
        content={
            "node": node,
            "share": share,
            "from_date": from_date,
            "until_date": until_date,
            "reason": reason,
        },
        now=now,
    )


def _says(row: BoundaryShare, share: Decimal, from_date: date, until_date: date | None) -> bool:
    ends_late = row.valid_to is None or (until_date is not None and until_date <= row.valid_to)
    return row.share == share and row.valid_from <= from_date and ends_late
