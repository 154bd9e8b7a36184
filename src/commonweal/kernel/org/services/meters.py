"""Meters: installing, replacing and correcting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from commonweal.errors import InputError, StateError
from commonweal.kernel.org.checks import carrier_check, code_check, days_check, positive_check
from commonweal.kernel.org.models import Meter, MeterReplacement, MeterRole, Site
from commonweal.kernel.org.services.arrangements import meter_role_set
from commonweal.kernel.org.services.common import code_free_check, fields_update, record_get
from commonweal.kernel.records.services import event_append
from commonweal.periods import business_date, business_midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

_POSITIVE: Final = ("multiplier", "rollover_at", "max_rate_per_h")
_DAYS: Final = ("installed_date", "removed_date")


@transaction.atomic
def meter_install(  # noqa: PLR0913 - a record has this many independent parts
    *,
    code: str,
    site: str,
    carrier: str,
    unit: str,
    max_rate_per_h: float,
    installed_date: date | None,
    actor: str,
    now: datetime,
    multiplier: float = 1.0,
    rollover_at: float = 1e6,
) -> Meter:
    """Install a meter at a site.

    Args:
        code: Letters, digits, ``-`` and ``_``; unique.
        site: Code of the site.
        carrier: A carrier of the catalogue.
        unit: Unit of the register, as ``kWh``; it must measure the carrier.
        max_rate_per_h: Highest plausible use an hour, in ``unit``, after the multiplier.
        installed_date: First day; ``None`` is unknown.
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        multiplier: What a register step counts (transformer ratio).
        rollover_at: Register value at which it starts again at 0.

    Raises:
        InputError: A value breaks its rule, or there is no such site.
        StateError: The code is taken.
    """
    code_check(code)
    carrier_check(carrier, unit)
    fields = {
        "carrier": carrier,
        "unit": unit,
        "multiplier": multiplier,
        "rollover_at": rollover_at,
        "max_rate_per_h": max_rate_per_h,
        "installed_date": installed_date,
    }
    _values_check(fields)
    code_free_check(Meter, code)
    meter = Meter.objects.create(code=code, site=record_get(Site, site), **fields)
    _tell(meter, "installed", {**fields, "site": site}, actor, now)
    return meter


@transaction.atomic
def meter_replace(
    *,
    meter: str,
    new_code: str,
    on_date: date,
    actor: str,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> Meter:
    """Remove a meter and install its successor on the same day, in the same role.

    Args:
        meter: Code of the meter that goes.
        new_code: Code of the one that comes.
        on_date: First day of the new one, and the day after the last of the old one.
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        changes: Fields in which the new one differs, as ``{"multiplier": 40.0}``.

    Raises:
        InputError: A value breaks its rule, or the old one is not there on that day.
        StateError: The old one is removed already, or the code is taken.
    """
    old = record_get(Meter, meter)
    if old.removed_date is not None:
        raise StateError(f"meter {meter} was removed on {old.removed_date}", hint="see its history")
    if old.installed_date is not None:
        days_check(old.installed_date, on_date)
    fields = {"carrier": old.carrier, "unit": old.unit, **{n: getattr(old, n) for n in _POSITIVE}}
    if unknown := sorted((changes or {}).keys() - fields.keys()):
        raise InputError(f"{unknown[0]!r} cannot differ", hint=f"it may be: {', '.join(fields)}")
    old.removed_date = on_date
    old.save(update_fields=["removed_date"])
    _tell(old, "replaced", {"by": new_code, "on_date": on_date}, actor, now)
    new = meter_install(
        code=new_code,
        site=old.site.code,
        installed_date=on_date,
        actor=actor,
        now=now,
        **{**fields, **(changes or {})},
    )
    MeterReplacement.objects.create(
        old=old, new=new, replaced_at=business_midnight(on_date), recorded_at=now
    )
    _inherit(old, new, actor, now)
    return new


def _inherit(old: Meter, new: Meter, actor: str, now: datetime) -> None:
    """Give the successor all roles of the old meter; it has no energy before its first day.

    Expressions and agreements that name the old meter mean whatever measures in its place.
    """
    for held in MeterRole.objects.filter(meter=old, superseded_at=None):
        meter_role_set(
            meter=new.code,
            role=held.role,
            from_date=held.valid_from,
            until_date=held.valid_to,
            actor=actor,
            now=now,
        )


@transaction.atomic
def meter_exchange(
    *,
    meter: str,
    new_code: str,
    replaced_at: datetime,
    final_register: float,
    first_register: float,
    actor: str,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> MeterReplacement:
    """Replace a meter at an instant, with the registers of both.

    The old one serves up to that instant and the new one from it: no hour is lost, none is filled
    twice. Whoever calls this brings both registers in as readings.

    Args:
        meter: Code of the meter that goes.
        new_code: Code of the one that comes.
        replaced_at: The instant; timezone-aware, not in the future.
        final_register: Of the old one then.
        first_register: Of the new one then.
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        changes: Fields in which the new one differs, as ``{"multiplier": 40.0}``.

    Raises:
        InputError: A value breaks its rule, or a register does not fit its meter.
        StateError: The old one is removed already, or the code is taken.
    """
    if replaced_at > now:
        raise InputError(
            f"the replacement of {meter} at {replaced_at.isoformat()} lies in the future",
            hint="record it once the final register is read",
        )
    old = record_get(Meter, meter)
    new = meter_replace(
        meter=meter,
        new_code=new_code,
        on_date=business_date(replaced_at),
        actor=actor,
        now=now,
        changes=changes,
    )
    for each, register in ((old, final_register), (new, first_register)):
        if not 0 <= register < each.rollover_at:
            raise InputError(
                f"register {register} of {each.code} is not from 0 to below {each.rollover_at}",
                hint="write what the dial shows, before the multiplier",
            )
    found = MeterReplacement.objects.get(new=new)
    found.replaced_at = replaced_at
    found.final_register, found.first_register = final_register, first_register
    found.save()
    return found


@transaction.atomic
def meter_update(
    *, meter: str, changes: Mapping[str, Any], actor: str, now: datetime, reason: str = ""
) -> None:
    """Correct what the register says about a meter; it holds for all its readings.

    Raises:
        InputError: A value breaks its rule.
        NothingChangesError: It has these values already.
    """
    record = record_get(Meter, meter)
    carrier_check(changes.get("carrier", record.carrier), changes.get("unit", record.unit))
    merged = {name: changes.get(name, getattr(record, name)) for name in _POSITIVE}
    days = {
        name: changes.get(name, getattr(record, name))
        for name in ("installed_date", "removed_date")
    }
    _values_check({**merged, **days})
    fields_update(record, record_type="meter", changes=changes, reason=reason, actor=actor, now=now)


def _values_check(fields: Mapping[str, Any]) -> None:
    for name in _POSITIVE:
        positive_check(fields[name], name)
    if fields.get("installed_date") is not None:
        days_check(fields["installed_date"], fields.get("removed_date"))


def _tell(meter: Meter, action: str, content: Mapping[str, Any], actor: str, now: datetime) -> None:
    event_append(
        record_type="meter",
        record_key=meter.code,
        action=action,
        actor=actor,
        content=content,
        now=now,
    )
