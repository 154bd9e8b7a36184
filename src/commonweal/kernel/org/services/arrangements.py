"""What is out of the ordinary: roles of meters, virtual meters, who else uses a site, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import transaction
from django.db.models import Q, Sum

from commonweal.errors import InputError
from commonweal.kernel.org.checks import choice_check, code_check, days_check
from commonweal.kernel.org.expressions import meter_terms
from commonweal.kernel.org.models import (
    GapMethod,
    GapRule,
    Meter,
    MeterExpression,
    MeterRole,
    PartyKind,
    Role,
    Site,
    SiteShare,
    Span,
)
from commonweal.kernel.org.rewriting import spans_rewrite
from commonweal.kernel.org.services.common import NothingChangesError, record_get
from commonweal.kernel.org.spans import overlapping
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime
    from decimal import Decimal

S = TypeVar("S", bound=Span)
COUNTED: Final = frozenset({Role.IMPORT, Role.EXPORT, Role.PV, Role.GENERATOR})
"""Roles that make up a site's supply; what rests on such a meter must not count again."""


@transaction.atomic
def meter_role_set(
    *,
    meter: str,
    role: str,
    from_date: date,
    actor: str,
    now: datetime,
    until_date: date | None = None,
    reason: str = "",
) -> None:
    """Say what a meter counts from a day on: import, export, pv, generator, a use, nothing.

    Raises:
        InputError: Unknown meter or role, or energy would count twice.
        NothingChangesError: It has this role on all those days.
    """
    choice_check(role, Role.values, "role of a meter")
    found = record_get(Meter, meter)
    _set(
        MeterRole,
        {"meter": found},
        {"role": role},
        from_date,
        until_date,
        now,
    )
    _counted_once_check(found.carrier)
    content = {"role": role, "from_date": from_date, "until_date": until_date, "reason": reason}
    _tell("meter", meter, "role set", content, actor, now)


@transaction.atomic
def meter_expression_set(
    *,
    meter: str,
    expression: str,
    from_date: date,
    actor: str,
    now: datetime,
    until_date: date | None = None,
    reason: str = "",
) -> None:
    """Make a meter virtual from a day on: its use is a sum over other meters.

    Raises:
        InputError: The expression is no sum of known meters of the same carrier, rests on
            itself, or energy would count twice.
        NothingChangesError: It is this sum on all those days.
    """
    found = record_get(Meter, meter)
    terms = meter_terms(expression)
    carriers = dict(Meter.objects.filter(code__in=terms).values_list("code", "carrier"))
    for code in terms:
        if code not in carriers:
            raise InputError(f"expression of {meter}: no meter {code!r}", hint="install it first")
        if carriers[code] != found.carrier:
            raise InputError(
                f"expression of {meter}: meter {code} measures {carriers[code]}, not "
                f"{found.carrier}",
                hint="a sum has one carrier",
            )
    _set(
        MeterExpression,
        {"meter": found},
        {"expression": expression},
        from_date,
        until_date,
        now,
    )
    _cycle_check(meter)
    _counted_once_check(found.carrier)
    content = {
        "expression": expression,
        "from_date": from_date,
        "until_date": until_date,
        "reason": reason,
    }
    _tell("meter", meter, "expression set", content, actor, now)


@transaction.atomic
def site_share_set(  # noqa: PLR0913 - an agreement has this many independent parts
    *,
    code: str,
    site: str,
    party: str,
    party_kind: str,
    from_date: date,
    actor: str,
    now: datetime,
    share: Decimal | None = None,
    meter: str = "",
    until_date: date | None = None,
    reason: str = "",
) -> None:
    """Let somebody else's part of a site's electricity be theirs from a day on.

    Args:
        code: Number of the agreement; what it said on those days is replaced.
        site: Code of the site.
        party: Who.
        party_kind: A tower company, partner operator or tenant.
        from_date: First day.
        actor: Who says so.
        now: When it is recorded; timezone-aware.
        share: Part of what remains after sub-metered parts, above 0 up to 1.
        meter: Code of the sub-meter that measures it; either this or ``share``.
        until_date: The day after the last; ``None`` is for good.
        reason: Why.

    Raises:
        InputError: A value breaks its rule, or the shares of the site exceed the whole.
        NothingChangesError: The agreement says so on all those days.
    """
    code_check(code)
    choice_check(party_kind, PartyKind.values, "kind of party")
    where = record_get(Site, site)
    if (share is None) == (not meter):
        raise InputError(f"agreement {code} has both a share and a meter, or neither", hint="one")
    if share is not None and not (0 < share <= 1 and share == round(share, 6)):
        raise InputError(
            f"share {share} is not above 0, up to 1, in 6 decimals", hint="write 40 % as 0.4"
        )
    counted = record_get(Meter, meter) if meter else None
    if counted is not None and counted.site_id != where.pk:
        raise InputError(
            f"meter {meter} stands at {counted.site.code}, not {site}", hint="name a meter there"
        )
    if other := SiteShare.objects.filter(code=code).exclude(site=where).first():
        raise InputError(
            f"agreement {code} is about site {other.site.code}", hint="use another code"
        )
    values = {
        "site": where,
        "party": party,
        "party_kind": party_kind,
        "share": share,
        "meter": counted,
    }
    _set(SiteShare, {"code": code}, values, from_date, until_date, now)
    _whole_check(where)
    content = {
        "site": site,
        "party": party,
        "party_kind": party_kind,
        "share": share,
        "meter": meter,
        "from_date": from_date,
        "until_date": until_date,
        "reason": reason,
    }
    _tell("site_share", code, "set", content, actor, now)


@transaction.atomic
def site_share_end(
    *, code: str, on_date: date, actor: str, now: datetime, reason: str = ""
) -> None:
    """End an agreement: from this day on the part is ours.

    Raises:
        InputError: No such agreement.
        NothingChangesError: It has ended before.
    """
    rows = list(SiteShare.objects.filter(code=code, superseded_at=None))
    if not rows:
        raise InputError(f"no agreement {code!r}", hint="see `commonweal energy shares`")
    rows = [row for row in rows if row.valid_to is None or row.valid_to > on_date]
    if not rows:
        raise NothingChangesError(f"agreement {code} has ended by {on_date}")
    spans_rewrite(rows, start_date=on_date, end_date=None, changes=None, now=now)
    _tell("site_share", code, "ended", {"on_date": on_date, "reason": reason}, actor, now)


@transaction.atomic
def gap_rule_set(
    *,
    method: str,
    from_date: date,
    actor: str,
    now: datetime,
    site: str = "",
    until_date: date | None = None,
) -> None:
    """Choose how months without data are estimated, at a site or, without one, at all others.

    Raises:
        InputError: Unknown site or method.
        NothingChangesError: The method holds on all those days.
    """
    choice_check(method, GapMethod.values, "method for gaps")
    where = record_get(Site, site) if site else None
    _set(GapRule, {"site": where}, {"method": method}, from_date, until_date, now)
    content = {"method": method, "from_date": from_date, "until_date": until_date}
    _tell("gap_rule", site or "every site", "set", content, actor, now)


def _set(  # noqa: PLR0917 - a key, its values, its span
    model: type[S],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    from_date: date,
    until_date: date | None,
    now: datetime,
) -> None:
    """Let values hold for a key on some days, in place of what held there."""
    days_check(from_date, until_date)
    same = Q(**{f"{name}__isnull": True for name, value in key.items() if value is None})
    same &= Q(**{name: value for name, value in key.items() if value is not None})
    rows = list(
        model._default_manager.filter(  # noqa: SLF001 - its public name
            overlapping(from_date, until_date), same, superseded_at=None
        )
    )
    for row in rows:
        is_whole = row.valid_from <= from_date and (
            row.valid_to is None or (until_date is not None and until_date <= row.valid_to)
        )
        if is_whole and all(getattr(row, name) == value for name, value in values.items()):
            raise NothingChangesError(f"{row}: this is known already")
    spans_rewrite(rows, start_date=from_date, end_date=until_date, changes=None, now=now)
    model._default_manager.create(  # noqa: SLF001 - its public name
        **key, **values, valid_from=from_date, valid_to=until_date, recorded_at=now
    )


def _cycle_check(meter: str) -> None:
    """Refuse a virtual meter that rests on itself, on whichever days."""
    rows = MeterExpression.objects.filter(superseded_at=None).select_related("meter")
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row.meter.code, set()).update(meter_terms(row.expression))
    found, todo = set[str](), list(parts.get(meter, ()))
    while todo:
        code = todo.pop()
        if code == meter:
            raise InputError(
                f"meter {meter} would rest on itself through its expression",
                hint="express it by meters that do not depend on it",
            )
        if code not in found:
            found.add(code)
            todo += parts.get(code, ())


def _counted_once_check(carrier: str) -> None:
    """Refuse a counted virtual meter that rests on a meter which counts on the same days."""
    rows = list(
        MeterExpression.objects.filter(superseded_at=None, meter__carrier=carrier).select_related(
            "meter"
        )
    )
    if not rows:
        return
    virtual = {row.meter.code for row in rows}
    roles: dict[str, list[MeterRole]] = {}
    for role in MeterRole.objects.filter(superseded_at=None).select_related("meter"):
        roles.setdefault(role.meter.code, []).append(role)
    by_code: dict[str, list[MeterExpression]] = {}
    for row in rows:
        by_code.setdefault(row.meter.code, []).append(row)
    for row in rows:
        counts = [r for r in roles.get(row.meter.code, ()) if r.role in COUNTED and _meet(r, row)]
        if not counts:
            continue
        todo, seen = list(meter_terms(row.expression)), set[str]()
        while todo:
            code = todo.pop()
            if code in seen:
                continue
            seen.add(code)
            for below in by_code.get(code, ()):
                todo += meter_terms(below.expression)
            if _counts_on(counts, roles.get(code, ()), is_virtual=code in virtual):
                raise InputError(
                    f"meter {row.meter.code} counts and rests on {code}, which counts too: its "
                    "energy would count twice",
                    hint=f"give {code} the role reference, or a use, on those days",
                )


def _counts_on(spans: list[MeterRole], roles: Collection[MeterRole], *, is_virtual: bool) -> bool:
    """Return whether a meter counts on some day on which one of the spans holds."""
    if any(r.role in COUNTED and _meet(r, span) for r in roles for span in spans):
        return True
    if is_virtual:
        return False
    return any(not _is_covered(span, [r for r in roles if r.role not in COUNTED]) for span in spans)


def _is_covered(span: Span, by: list[MeterRole]) -> bool:
    """Return whether rows cover every day of a span."""
    day = span.valid_from
    for row in sorted(by, key=lambda each: each.valid_from):
        if row.valid_from > day:
            return False
        if row.valid_to is None:
            return True
        day = max(day, row.valid_to)
        if span.valid_to is not None and day >= span.valid_to:
            return True
    return False


def _meet(one: Span, other: Span) -> bool:
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def _whole_check(site: Site) -> None:
    """Refuse shares of a site that exceed the whole on some day."""
    rows = SiteShare.objects.filter(site=site, superseded_at=None, meter=None)
    for day in rows.values_list("valid_from", flat=True):
        held = rows.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))
        total = held.aggregate(total=Sum("share"))["total"]
        if total is not None and total > 1:
            raise InputError(
                f"the shares of others in {site.code} add up to {total} on {day}, over the whole",
                hint="end or lower another agreement first",
            )


def _tell(  # noqa: PLR0917 - an event has this many parts
    kind: str, key: str, action: str, content: Mapping[str, Any], actor: str, now: datetime
) -> None:
    event_append(
        record_type=kind, record_key=key, action=action, actor=actor, content=content, now=now
    )
