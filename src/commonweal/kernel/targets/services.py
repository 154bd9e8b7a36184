"""Setting targets. Every setting and every change is told in the event log."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import transaction

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.records.services import event_append
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.selectors import target_years

if TYPE_CHECKING:
    from datetime import datetime

_TERMS: Final = (
    "indicator",
    "node",
    "boundary",
    "base_period",
    "target_period",
    "change_share",
    "base_value",
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
    return target


def _check(target: Target) -> None:
    target_years(target)
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


def _terms(target: Target) -> dict[str, str | None]:
    return {name: _spelt(getattr(target, name)) for name in _TERMS}


def _spelt(value: str | Decimal | None) -> str | None:
    """Write a decimal without closing zeros: the table has more of them than the caller."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value
