"""Where a campaign stands, and what a statement says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.collection.files import change_text, signatures
from commonweal.domains.carbon.collection.models import Campaign, Item, Statement
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.disclosure.wording import language_of, unit_text
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named
from commonweal.lake.models import Source
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.kernel.disclosure.tree import Chart

_OFFERED: Final = 12
_SENT: Final = ("submitted", "reviewed", "approved", "locked", "superseded", "waived")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one unit has come with its statement."""

    node: str
    code: str
    address: str
    state: str
    is_sent: bool
    n_filled: int
    n_items: int
    n_odd: int
    submitted: str
    n_days_late: int


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a statement as it is read."""

    name: str
    indicator: str
    address: str
    edit: str
    item: Item
    value: Decimal | None
    previous: Decimal | None
    computed: Decimal | None
    unit: str
    change: str
    odd: str
    method: str


def progress(asked: Asked) -> Mapping[str, Any]:
    """Return the units of a campaign with how far each has come; the newest if none is named."""
    campaigns = asked.scope.visible(Campaign.objects.exclude(state="draft"))
    offered = list(campaigns.order_by("-begin_date", "-pk")[:12])
    code = asked.values.get("of", "").strip()
    campaign = next((each for each in offered if each.code == code), None) or (
        campaigns.filter(code=code).first() if code else next(iter(offered), None)
    )
    if campaign is None:
        return {"campaign": None, "offered": offered, "unknown": code}
    statements = _newest(asked.scope.visible(campaign.statements.all()))
    today = business_date(asked.now)
    rows = [_standing(each, (today - campaign.due_date).days) for each in statements]
    rows.sort(key=lambda row: (row.is_sent, row.n_filled, row.node))
    return {
        "campaign": campaign,
        "address": record_address(campaign),
        "offered": offered,
        "rows": rows,
        "n_sent": sum(row.is_sent for row in rows),
        "n_late": sum(row.n_days_late > 0 for row in rows),
        "n_odd": sum(row.n_odd for row in rows),
        "map": _map(statements, rows),
    }


def statement(asked: Asked) -> Mapping[str, Any]:
    """Return what the statement of the code in the address says, and who signed it."""
    code = asked.values.get("of", "").strip()
    visible = asked.scope.visible(Statement.objects.select_related("campaign", "node", "replaces"))
    found = visible.filter(code=code).first()
    if found is None:
        offered = [_offer(each) for each in visible.order_by("-changed_at")[:_OFFERED]]
        return {"statement": None, "unknown": code, "offered": offered}
    items = list(found.items.order_by("indicator"))
    files = Attachment.objects.filter(record_type="collection.statement", record_id=found.pk)
    files_of_items = Attachment.objects.filter(
        record_type="collection.item", record_id__in=[each.pk for each in items]
    )
    newer = found.corrections.exclude(state="merged").first()
    return {
        "statement": found,
        "node": node_name(found.node, _language()),
        "state": named(record_type("collection.statement").spec.state(found.state).name),
        "address": record_address(found),
        "lines": [_line(each) for each in items],
        "n_odd": sum(each.is_odd for each in items),
        "signatures": signatures(found),
        "files": [(each, _file_address(each)) for each in (*files, *files_of_items)],
        "newer": newer,
        "source": Source.objects.filter(
            dataset="submissions", name__startswith=f"{found.code} "
        ).first(),
        "table": f"{_export()}?statement={found.code}",
        "upload": reverse("records_import", args=["collection", "item"]),
        "may_fill": found.state == "due" and asked.scope.holds("data_owner", found.node_id),
    }


def _offer(each: Statement) -> Mapping[str, str]:
    """Return a statement as the page offers it: whose, of what, how far."""
    return {
        "code": each.code,
        "node": node_name(each.node, _language()),
        "title": each.campaign.title,
        "covers": str(each.covers),
        "state": named(record_type("collection.statement").spec.state(each.state).name),
    }


def _newest(rows: Any) -> Sequence[Statement]:  # noqa: ANN401 - a queryset
    """Return the newest revision of each unit's statement, with its counts."""
    counted = rows.select_related("node").annotate(
        n_all=Count("items"),
        n_given=Count("items", filter=Q(items__value__isnull=False)),
        n_strange=Count("items", filter=Q(items__is_odd=True)),
    )
    return list({each.node_id: each for each in counted.order_by("revision")}.values())


def _standing(each: Any, n_days: int) -> Standing:  # noqa: ANN401 - an annotated statement
    is_sent = each.state in _SENT
    late = (each.submitted_date - each.campaign.due_date).days if each.submitted_date else n_days
    return Standing(
        node=node_name(each.node, _language()),
        code=each.code,
        address=reverse("programme_page", args=["collection", "statement"]) + f"?of={each.code}",
        state=named(record_type("collection.statement").spec.state(each.state).name),
        is_sent=is_sent,
        n_filled=each.n_given,
        n_items=each.n_all,
        n_odd=each.n_strange,
        submitted=f"{each.submitted_date or ''}",
        n_days_late=max(late, 0) if each.state != "waived" and each.revision == 1 else 0,
    )


def _map(statements: Sequence[Statement], rows: Sequence[Standing]) -> Chart | None:
    """Return a map of what share of its items each place has filled in."""
    places, by_code = catalogue().places, {row.code: row for row in rows}
    shown = [each for each in statements if each.node.place in places]
    if len(shown) < 2 or any(places[each.node.place].adcode == "" for each in shown):  # noqa: PLR2004 - a map of one place tells nothing
        return None
    filled = [by_code[each.code] for each in shown]
    shares = tuple(Decimal(100 * row.n_filled) / max(row.n_items, 1) for row in filled)
    return plain(
        "filled",
        form="map",
        title=_("Items filled in"),
        unit="%",
        decimals=0,
        categories=[row.node for row in filled],
        series=[Series(_("Items filled in"), shares)],
        language=_language(),
        keys=[each.node.code for each in shown],
        regions=[places[each.node.place].adcode for each in shown],
    )


def _line(item: Item) -> Line:
    entry = catalogue().indicators[item.indicator]
    choices = record_type("collection.item").spec.fields["method"].choices
    return Line(
        name=named(entry.name),
        indicator=item.indicator,
        address=record_address(item),
        edit=reverse("record_edit", args=["collection", "item", item.pk]),
        item=item,
        value=_plain(item.value),
        previous=_plain(item.previous_amount),
        computed=_plain(item.computed_amount),
        unit=unit_text(item.value_unit or entry.unit, _language()),
        change=change_text(item),
        odd=odd_text(item.odd),
        method=named(choices[item.method]) if item.method in choices else "",
    )


def _plain(amount: Decimal | None) -> Decimal | None:
    """Return an amount without the zeros that its column adds."""
    return None if amount is None else Decimal(f"{amount.normalize():f}")


def odd_text(odd: str) -> str:
    """Return what the checks noticed, in the reader's language."""
    words = {
        "step": _("%(size)s against the period before"),
        "differs": _("%(size)s against what is computed"),
        "peers": _("%(size)s robust deviations from its peers"),
    }
    said = []
    for check, _sep, size in (each.partition("=") for each in odd.split()):
        number = float(size)
        shown = f"{number:+.1f}" if check == "peers" else f"{number:+.0%}".replace("%", " %")
        said.append(words[check] % {"size": shown})
    return "; ".join(said)


def _file_address(file: Attachment) -> str:
    kind = file.record_type.split(".")
    return reverse("record_file", args=[*kind, file.record_id, file.pk])


def _export() -> str:
    return reverse("records_export", args=["collection", "item", "xlsx"])


def _language() -> str:
    return language_of(get_language() or "en")
