"""Setting targets. Every setting and every change is told in the event log."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from commonweal.catalogue import catalogue
from commonweal.errors import InputError, StateError
from commonweal.kernel.records.services import event_append
from commonweal.kernel.targets.models import BaseValue, Target
from commonweal.kernel.targets.selectors import base_check, target_years

if TYPE_CHECKING:
    from datetime import datetime

_LATER: Final = {"milestones", "rebase_threshold_share"}
_SHARE: Final = re.compile(r"[+-]?[0-9](\.[0-9]{1,6})?")
_TERMS: Final = (
    "indicator",
    "node",
    "boundary",
    "base_period",
    "target_period",
    "change_share",
    "base_value",
    "milestones",
    "rebase_threshold_share",
    "source",
)


@transaction.atomic
def target_set(target: Target, *, actor: str, now: datetime) -> Target:
    """Set a target, or change the one of the same code.

    Args:
        target: The terms, unsaved; ``code`` says which target they are of.
        actor: Who sets it.
        now: When; timezone-aware.

    Returns:
        The target; without an event if it already stood like this.

    Raises:
        InputError: The indicator is unknown, the years are wrong, the change is none, below -100 %
            or longer than is kept, or the base value is not above 0.
    """
    _check(target)
    old = Target.objects.select_for_update().filter(code=target.code).first()
    if old is not None:
        if _terms(old) == _terms(target):
            return old
        target.pk = old.pk
    target.save(force_update=old is not None, force_insert=old is None)
    event_append(
        record_type="targets.target",
        record_key=target.code,
        action="changed" if old else "set",
        actor=actor,
        content=_terms(target),
        now=now,
    )
    if base_check(target, as_of=now).is_due and not target.base_values.exists():
        _base_append(target, reason="set", actor=actor, now=now)
    return target


@transaction.atomic
def target_rebase(target: Target, *, reason: str, actor: str, now: datetime) -> BaseValue:
    """Recalculate a target's base, as its rule asks after a structural change or an error.

    The base before stays in the table, and every status as known before this instant with it.

    Args:
        target: A target with a threshold.
        reason: What changed: a merger, a method, an error found.
        actor: Who recalculates.
        now: When; timezone-aware.

    Raises:
        InputError: There is no reason, or the target has no threshold.
        StateError: The base year is not restated by more than the threshold.
    """
    if not reason.strip():
        raise InputError(f"target {target.code}: a new base needs a reason")
    if target.rebase_threshold_share is None:
        raise InputError(
            f"target {target.code} has no threshold: its base follows its facts",
            hint="set the target with a threshold to hold on to its base",
        )
    found = base_check(target, as_of=now)
    if not found.is_due:
        change = "no data" if found.change_share is None else f"{found.change_share:+.2%}"
        raise StateError(
            f"target {target.code}: the base year is restated by {change}, "
            f"not by more than {target.rebase_threshold_share:.2%}; the base stays",
        )
    return _base_append(target, reason=reason, actor=actor, now=now)


def _base_append(target: Target, *, reason: str, actor: str, now: datetime) -> BaseValue:
    found = base_check(target, as_of=now)
    if found.fact is None or found.fact.value is None:
        raise StateError(f"target {target.code}: there is no fact of the base year")
    row = BaseValue.objects.create(
        target=target,
        value=found.fact.value,
        fact_id=found.fact.pk,
        change_share=found.change_share,
        reason=reason,
        actor=actor,
        recorded_at=now,
    )
    event_append(
        record_type="targets.target",
        record_key=target.code,
        action="rebased" if found.held else "based",
        actor=actor,
        content={
            "from": _spelt(found.held.value) if found.held else None,
            "to": _spelt(row.value),
            "fact_id": row.fact_id,
            "reason": reason,
        },
        now=now,
    )
    return row


def _check(target: Target) -> None:
    base, end = (span.start_date.year for span in target_years(target))
    for year, share in target.milestones.items():
        if not (year.isdecimal() and base < int(year) < end) or not _SHARE.fullmatch(str(share)):
            raise InputError(
                f"target {target.code}: milestone {year} = {share} must be a change in a year "
                f"between {base} and {end}",
                hint="write {'2023': '-0.08'}",
            )
    if target.indicator not in catalogue().indicators:
        raise InputError(
            f"target {target.code}: no indicator {target.indicator!r} is in the catalogue",
            hint="see `commonweal catalogue list`",
        )
    change = target.change_share
    if not change or change < -1 or change != round(change, 6) or change >= 10:  # noqa: PLR2004
        raise InputError(
            f"target {target.code}: change {change} must be -1 to 10, not 0, of 6 decimals",
            hint="-0.2 is 20 % less",
        )
    if target.base_value is not None and target.base_value <= 0:
        raise InputError(f"target {target.code}: base value {target.base_value} is not above 0")


def _terms(target: Target) -> dict[str, Any]:
    """Return what the log tells of a target; what it leaves to the default is left out."""
    terms = {name: _spelt(getattr(target, name)) for name in _TERMS}
    return {name: term for name, term in terms.items() if name not in _LATER or term}


def _spelt(value: str | Decimal | dict[str, str] | None) -> str | dict[str, str] | None:
    """Write a decimal without closing zeros: the table has more of them than the caller."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value
