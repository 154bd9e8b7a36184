"""Sites: opening them, giving them to another node from a day."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from commonweal.errors import InputError
from commonweal.kernel.org.checks import (
    choice_check,
    code_check,
    days_check,
    place_check,
    position_check,
)
from commonweal.kernel.org.models import Node, Site, SiteKind, SiteOwnership
from commonweal.kernel.org.rewriting import covers, meets, spans_rewrite
from commonweal.kernel.org.services.common import (
    NothingChangesError,
    code_free_check,
    fields_update,
    record_get,
)
from commonweal.kernel.org.services.nodes import OverlapError
from commonweal.kernel.org.structure import Structure
from commonweal.kernel.records.services import EventEntry, event_append, event_append_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

_CHUNK: Final = 1_000


@transaction.atomic
def site_create(  # noqa: PLR0913 - a record has this many independent parts
    *,
    code: str,
    kind: str,
    node: str,
    from_date: date,
    actor: str,
    now: datetime,
    place: str = "",
    name: str = "",
    longitude_deg: float | None = None,
    latitude_deg: float | None = None,
) -> Site:
    """Open a site, run by a node from a day on; its place is the node's unless given.

    Raises:
        InputError: A value breaks its rule, or the node does not exist from that day on.
        StateError: The code is taken.
    """
    code_check(code)
    choice_check(kind, SiteKind.values, "kind of site")
    position_check(longitude_deg, latitude_deg)
    code_free_check(Site, code)
    structure = Structure.load()
    owner = structure.node(node)
    place_check(place or owner.place)
    structure.existence_check(owner, from_date, None)
    fields = {
        "kind": kind,
        "name": name,
        "place": place or owner.place,
        "longitude_deg": longitude_deg,
        "latitude_deg": latitude_deg,
    }
    site = Site.objects.create(code=code, **fields)
    SiteOwnership.objects.create(site=site, node=owner, valid_from=from_date, recorded_at=now)
    event_append(
        record_type="site",
        record_key=code,
        action="created",
        actor=actor,
        content={**fields, "node": node, "from_date": from_date},
        now=now,
    )
    return site


@transaction.atomic
def site_transfer(
    *,
    sites: Sequence[str],
    node: str,
    from_date: date,
    actor: str,
    now: datetime,
    until_date: date | None = None,
    reason: str = "",
) -> int:
    """Give sites to another node from a day on; those it runs already are left alone.

    Args:
        sites: Codes of the sites.
        node: Code of the node that takes them.
        from_date: First day it runs them.
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        until_date: The day after the last such day; ``None`` is for good.
        reason: Why, in each event.

    Returns:
        How many sites changed hands.

    Raises:
        InputError: Unknown codes, or days on which a site has no owner or the node does not exist.
        OverlapError: A later transfer is recorded already; ``until_date`` keeps it.
        NothingChangesError: The node runs all of them already.
    """
    days_check(from_date, until_date)
    structure = Structure.load()
    taker = structure.node(node)
    structure.existence_check(taker, from_date, until_date)
    rows = _owned(_ids(sites), from_date, until_date)
    changed = {code: held for code, held in rows.items() if _changes(code, held, taker, until_date)}
    if not changed:
        raise NothingChangesError(f"{node} runs these {len(rows)} sites from {from_date} already")
    spans_rewrite(
        [row for held in changed.values() for row in held],
        start_date=from_date,
        end_date=until_date,
        changes={"node": taker},
        now=now,
    )
    content = {"to": node, "from_date": from_date, "until_date": until_date, "reason": reason}
    event_append_many(
        [
            EventEntry(
                record_type="site",
                record_key=code,
                action="transferred",
                content={"from": held[0].node.code, **content},
            )
            for code, held in changed.items()
        ],
        actor=actor,
        now=now,
    )
    return len(changed)


def _ids(codes: Sequence[str]) -> dict[int, str]:
    wanted = sorted(set(codes))
    found: dict[int, str] = {}
    for first in range(0, len(wanted), _CHUNK):
        chunk = wanted[first : first + _CHUNK]
        found |= dict(Site.objects.filter(code__in=chunk).values_list("id", "code"))
    if missing := sorted(set(wanted) - set(found.values())):
        raise InputError(f"no site {missing[0]!r}", hint="see `commonweal org sites`")
    return found


def _owned(
    sites: Mapping[int, str], from_date: date, until_date: date | None
) -> dict[str, list[SiteOwnership]]:
    """Return the rows that meet the span, by site code; each site has an owner on the first day."""
    keys, found = sorted(sites), defaultdict(list)
    for first in range(0, len(keys), _CHUNK):
        rows = SiteOwnership.objects.filter(
            site__in=keys[first : first + _CHUNK], superseded_at=None
        )
        for row in rows.select_related("node").order_by("valid_from"):
            if meets(row, from_date, until_date):
                found[sites[row.site_id]].append(row)
    for code in sites.values():
        if not found[code] or not covers(found[code][0], from_date):
            raise InputError(
                f"site {code} has no owner on {from_date}", hint="choose a day after it opened"
            )
    return dict(found)


def _changes(
    code: str, rows: Sequence[SiteOwnership], taker: Node, until_date: date | None
) -> bool:
    later = [row for row in rows[1:] if row.node_id != taker.pk]
    if later and until_date is None:
        raise OverlapError(
            f"site {code} already goes to {later[0].node} on {later[0].valid_from}",
            hint=f"give until_date {later[0].valid_from} to keep that transfer",
        )
    return any(row.node_id != taker.pk for row in rows)


@transaction.atomic
def site_update(
    *, site: str, changes: Mapping[str, Any], actor: str, now: datetime, reason: str = ""
) -> None:
    """Change the name, kind, place or position of a site; they hold for all time.

    Raises:
        InputError: A value breaks its rule.
        NothingChangesError: They have these values already.
    """
    record = record_get(Site, site)
    if "kind" in changes:
        choice_check(changes["kind"], SiteKind.values, "kind of site")
    if "place" in changes:
        place_check(changes["place"])
    position_check(
        changes.get("longitude_deg", record.longitude_deg),
        changes.get("latitude_deg", record.latitude_deg),
    )
    fields_update(record, record_type="site", changes=changes, reason=reason, actor=actor, now=now)
