"""Sites from a table, in chunks: a nation's million fits in bounded memory."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from commonweal.kernel.org.checks import place_check, position_check
from commonweal.kernel.org.imports.writing import agrees
from commonweal.kernel.org.models import Site, SiteOwnership
from commonweal.kernel.org.rewriting import covers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.kernel.org.imports.result import Row
    from commonweal.kernel.org.imports.writing import Change, Check
    from commonweal.kernel.org.structure import Structure

_UPDATED: Final = ("name", "kind", "longitude_deg", "latitude_deg")
_TRANSFER_HINT: Final = "a file does not move sites: use `commonweal org transfer`"


class SiteLoader:
    """Opens new sites, takes over names and positions of known ones."""

    chunk_rows = 5_000

    def __init__(self, structure: Structure, change: Change) -> None:
        """Take the organisation as it stands, and where to report to."""
        self._structure, self._change = structure, change

    def load(self, rows: Sequence[Row]) -> None:
        """Write the rows, refuse those that break a rule."""
        known = {site.code: site for site in Site.objects.filter(code__in=[r.code for r in rows])}
        owners = _ownerships(known)
        updated, opened = [], []
        for row in rows:
            site = known.get(row.code)
            checks = (
                self._checks_known(row, site, owners[site.pk]) if site else self._checks_new(row)
            )
            if not self._change.passes(row, checks):
                continue
            if site is None:
                opened.append(row)
            elif self._change.compare("site", row, site, _UPDATED):
                updated.append(site)
        Site.objects.bulk_update(updated, _UPDATED, batch_size=500)
        self._open(opened)
        self._change.flush()

    def _checks_new(self, row: Row) -> Iterator[Check]:
        yield "node", lambda: self._owner_check(row)
        if row.values.get("place"):
            yield "place", lambda: place_check(row.values["place"])
        yield "longitude_deg", lambda: _position_check(row)

    def _owner_check(self, row: Row) -> None:
        owner = self._structure.node(row.values["node"])
        self._structure.existence_check(owner, row.values["valid_from"], None)

    def _checks_known(
        self, row: Row, site: Site, owners: Sequence[SiteOwnership]
    ) -> Iterator[Check]:
        day = row.values["valid_from"]
        owner = next((held.node.code for held in owners if covers(held, day)), None)
        yield "place", lambda: agrees(row, "place", site.place, "figures rely on it; see the admin")
        yield "node", lambda: agrees(row, "node", owner, _TRANSFER_HINT)
        yield "longitude_deg", lambda: _position_check(row)

    def _open(self, rows: Sequence[Row]) -> None:
        sites = [self._site(row) for row in rows]
        Site.objects.bulk_create(sites)
        SiteOwnership.objects.bulk_create(
            SiteOwnership(
                site=site,
                node=self._structure.node(row.values["node"]),
                valid_from=row.values["valid_from"],
                recorded_at=self._change.now,
            )
            for row, site in zip(rows, sites, strict=True)
        )
        for row, site in zip(rows, sites, strict=True):
            content = {name: getattr(site, name) for name in (*_UPDATED, "place")}
            content |= {"node": row.values["node"], "from_date": row.values["valid_from"]}
            self._change.tell("site", row, "created", content)
        self._change.count.created += len(rows)

    def _site(self, row: Row) -> Site:
        return Site(
            code=row.code,
            name=row.values.get("name") or "",
            kind=row.values["kind"],
            place=row.values.get("place") or self._structure.node(row.values["node"]).place,
            longitude_deg=row.values.get("longitude_deg"),
            latitude_deg=row.values.get("latitude_deg"),
        )


def _position_check(row: Row) -> None:
    position_check(row.values.get("longitude_deg"), row.values.get("latitude_deg"))


def _ownerships(known: Mapping[str, Site]) -> Mapping[int, list[SiteOwnership]]:
    found: dict[int, list[SiteOwnership]] = defaultdict(list)
    keys = [site.pk for site in known.values()]
    rows = SiteOwnership.objects.filter(site__in=keys, superseded_at=None)
    for row in rows.select_related("node").order_by("valid_from"):
        found[row.site_id].append(row)
    return found
