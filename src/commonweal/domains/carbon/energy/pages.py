"""Pages: the balance with its flows, and the two routes with what lies between them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from commonweal.domains.carbon.energy.balance import balance as balance_of
from commonweal.domains.carbon.energy.routes import routes as routes_of
from commonweal.domains.carbon.sources.supply import USES
from commonweal.engines.metering.routes import TERMS
from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Flow, Step, sankey, waterfall
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.models import Role as MeterRole
from commonweal.kernel.org.selectors import subtree_ids, tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.domains.carbon.energy.balance import Balance, SiteBalance
    from commonweal.domains.carbon.energy.routes import NodeRoutes
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.programmes.pages import Asked

_SHOWN_SITES: Final = 200
_MWH_WH: Final = 1_000_000
_MWH_KWH: Final = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Places:
    """The node asked for and those one may go to from it: above, then below."""

    node: str
    name: str
    choices: tuple[tuple[str, str], ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site as the table shows it: whole kWh by column, None where nothing is measured."""

    site: str
    n_open: int
    has_uses: bool
    amounts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class BalancePage:
    """The balance of a node's sites, whole kWh."""

    places: Places
    picture: Chart
    columns: tuple[str, ...]
    sites: tuple[SiteRow, ...]
    n_sites: int
    n_open: int
    ordinary_kwh: int
    n_ordinary: int
    estimated: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RoutesRow:
    """One node, whole kWh."""

    code: str
    name: str
    is_whole: bool
    from_readings: int
    from_bills: int
    difference: int
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoutesPage:
    """Both routes for a node and those directly below it."""

    places: Places
    picture: Chart | None
    terms: tuple[str, ...]
    rows: tuple[RoutesRow, ...]


def balance(asked: Asked) -> BalancePage:
    """Return the balance of the sites of the node asked for."""
    places = _places(asked)
    found = balance_of(asked.period, nodes=places.ids)
    uses = [role for role in USES if any(site.uses[role] for site in found.sites)]
    listed = sorted(found.sites, key=lambda site: (-site.n_open, -site.supplied))
    return BalancePage(
        places=places,
        picture=_flows(found, uses),
        columns=_columns(uses),
        sites=tuple(_site(site, uses) for site in listed[:_SHOWN_SITES]),
        n_sites=len(listed),
        n_open=sum(site.n_open for site in listed),
        ordinary_kwh=round(found.ordinary_kwh),
        n_ordinary=found.n_ordinary,
        estimated=tuple(
            (_methods().get(rule, rule), round(quantity))
            for rule, quantity in found.estimated_by_method.items()
        ),
    )


def _columns(uses: Sequence[str]) -> tuple[str, ...]:
    return (
        _("From the grid"),
        pgettext("electricity", "Solar"),
        _("Generator"),
        _("Fed in"),
        pgettext("use of electricity", "Others"),
        _("Own use"),
        *(str(MeterRole(role).label) for role in uses),
        _("Unaccounted"),
    )


def _site(site: SiteBalance, uses: Sequence[str]) -> SiteRow:
    amounts = (
        *(kwh or None for kwh in site.inputs.values()),
        site.exported or None,
        site.of_others or None,
        site.own,
        *(site.uses[role] or None for role in uses),
        site.unaccounted if site.has_uses else None,
    )
    rounded = tuple(None if kwh is None else round(kwh) for kwh in amounts)
    return SiteRow(site.site, site.n_open, site.has_uses, rounded)


def _methods() -> Mapping[str, str]:
    return {
        "estimated_same_month_last_year": _("the same month of the year before"),
        "estimated_neighbour_days": _("the days of the months beside it"),
    }


def _flows(found: Balance, uses: Sequence[str]) -> Chart:
    """Return the flows from what came in to what became of it, MWh."""
    whole, own = _("All sites"), _("Own use")
    columns: dict[tuple[str, str], float] = {}

    def flow(source: str, target: str, kwh: float) -> None:
        if kwh > 0:
            columns[source, target] = columns.get((source, target), 0.0) + kwh

    grid = str(MeterRole.IMPORT.label)
    flow(grid, whole, found.ordinary_kwh)
    flow(whole, own, found.ordinary_kwh)
    flow(own, _("Not sub-metered"), found.ordinary_kwh)
    for site in found.sites:
        for role, kwh in site.inputs.items():
            flow(str(MeterRole(role).label), whole, kwh)
        flow(whole, str(MeterRole.EXPORT.label), site.exported)
        flow(whole, str(MeterRole.TENANT.label), site.of_others)
        flow(whole, own, site.own)
        for role in uses:
            flow(own, str(MeterRole(role).label), site.uses[role])
        rest = _("Unaccounted") if site.has_uses else _("Not sub-metered")
        flow(own, rest, site.unaccounted)
        flow(_("Counted too much by sub-meters"), own, -site.unaccounted)
    flows = [
        Flow(source, target, Decimal(repr(kwh)) / _MWH_KWH)
        for (source, target), kwh in columns.items()
    ]
    return sankey(
        "energy-balance",
        title=_("From sources to uses"),
        unit="MWh",
        decimals=1,
        flows=flows,
        language=language_of(get_language() or "en"),
    )


def routes(asked: Asked) -> RoutesPage:
    """Return both routes for the node asked for and for those directly below it."""
    places = _places(asked)
    found = {row.node: row for row in routes_of(asked.period)}
    here = found.get(places.node)
    below = [row for row in found.values() if row.parent == places.node]
    below.sort(key=lambda row: -abs(row.difference_wh))
    shown = [*([here] if here else []), *below]
    return RoutesPage(
        places=places,
        picture=_bridge(here) if here else None,
        terms=tuple(_terms()[name] for name in TERMS),
        rows=_rows(shown, here),
    )


def _rows(shown: Sequence[NodeRoutes], here: NodeRoutes | None) -> tuple[RoutesRow, ...]:
    names = _names([row.node for row in shown])
    return tuple(
        RoutesRow(
            code=row.node,
            name=names[row.node],
            is_whole=row is here,
            from_readings=round(row.from_readings_wh / 1000),
            from_bills=round(row.from_bills_wh / 1000),
            difference=round(row.difference_wh / 1000),
            terms=tuple(round(row.terms_wh[name] / 1000) for name in TERMS),
        )
        for row in shown
    )


def _names(codes: Sequence[str]) -> Mapping[str, str]:
    language = language_of(get_language() or "en")
    return {node.code: node_name(node, language) for node in Node.objects.filter(code__in=codes)}


def _bridge(row: NodeRoutes) -> Chart:
    words = _terms()
    steps = [
        Step(_("From bills"), Decimal(row.from_bills_wh) / _MWH_WH, is_total=True),
        *(
            Step(words[name], Decimal(row.terms_wh[name]) / _MWH_WH)
            for name in TERMS
            if row.terms_wh[name]
        ),
        Step(_("From readings"), Decimal(row.from_readings_wh) / _MWH_WH, is_total=True),
    ]
    return waterfall(
        "energy-routes",
        title=_("From bills to readings"),
        unit="MWh",
        decimals=3,
        steps=steps,
        language=language_of(get_language() or "en"),
    )


def _terms() -> Mapping[str, str]:
    return {
        "without_bills": _("Meters without bills"),
        "without_readings": _("Meters without readings"),
        "days_not_billed": _("Days not billed"),
        "days_not_read": _("Days not read"),
        "estimates": _("Estimates in readings"),
        "bills_corrected": _("Bills corrected"),
        "multiplier": _("Multiplier"),
        "metering_difference": _("Losses and reading dates"),
    }


def _places(asked: Asked) -> Places:
    """Return the node that the address names, if it may be read; else the first that may."""
    held = tree(asked.period.start_date)
    if not held.code:
        raise InputError(
            f"there is no organisation on {asked.period.start_date}", hint="ask for a later period"
        )
    allowed = asked.scope.nodes_of(Role.VIEWER)
    may = [allowed is None or int(node) in allowed for node in held.node_id]
    wanted = asked.values.get("node", "")
    at = held.code.index(wanted) if wanted in held.code else -1
    if at < 0 or not may[at]:
        at = may.index(True) if True in may else 0
    above = [i for i in reversed(held.ancestors(at)) if may[i]]
    codes = [held.code[i] for i in (*above, at, *held.children(at))]
    names = _names(codes)
    here, last = held.code[at], asked.period.months[-1]
    ids = set(subtree_ids(here, asked.period.start_date))
    if here in tree(last).code:  # who joined within the period belongs here, too
        ids |= set(subtree_ids(here, last))
    return Places(
        node=here,
        name=names[here],
        choices=tuple((code, names[code]) for code in codes),
        ids=tuple(sorted(ids)),
    )
