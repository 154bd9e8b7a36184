# ruff: noqa: ARG001, B008, PLR0917 - a route's signature is what ninja reads
"""Findings: what the quality rules noticed."""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import StringConstraints

from commonweal.api.callers import needs
from commonweal.api.shapes import After, Instant, Limit, Page, number_after, page_cut
from commonweal.kernel.compute.noticed import findings_list as findings_found
from commonweal.kernel.compute.noticed import noticed
from commonweal.periods import period

router = Router(tags=["findings"])
Month = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]
Rule = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_ .:-]+$", max_length=128)]


class FindingOut(Schema):
    """One rule broken by a meter, site or node in a month."""

    id: int
    rule: str
    dataset: str
    subject_kind: str
    subject: str
    month: date
    quantity: float | None
    unit: str
    first_seen_at: Instant
    last_seen_at: Instant
    cleared_at: Instant | None


class FindingPage(Page[FindingOut]):
    """A page of findings, in the order they were first seen."""


@router.get("/findings", response=FindingPage, auth=needs("read"))
def findings_list(
    request: HttpRequest,
    limit: Limit,
    after: After,
    rule: Rule | None = Query(None),
    month: Month | None = Query(None, description="As 2024-03."),
    state: Literal["open", "cleared", "all"] = Query("open"),
) -> dict[str, Any]:
    """Return what was noticed."""
    day = period(month).start_date if month else None
    rows = findings_found(rule=rule or "", month=day, state=state)
    rows = rows.filter(pk__gt=number_after(after)).order_by("pk")
    found, following = page_cut(list(rows[: limit + 1]), limit)
    items = [
        {
            "id": each.finding.pk,
            "rule": each.finding.rule,
            "dataset": each.finding.dataset,
            "subject_kind": each.finding.subject_kind,
            "subject": each.subject,
            "month": each.finding.month,
            "quantity": each.finding.quantity,
            "unit": each.unit,
            "first_seen_at": each.finding.first_seen_at,
            "last_seen_at": each.finding.last_seen_at,
            "cleared_at": each.finding.cleared_at,
        }
        for each in noticed(found)
    ]
    return {"items": items, "next": following}
