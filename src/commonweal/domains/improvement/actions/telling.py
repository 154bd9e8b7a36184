"""What the pages share: the reader's language, numbers as text, numbers as asked."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.disclosure.wording import Language, language_of, number_text, rounded

if TYPE_CHECKING:
    from commonweal.kernel.programmes.pages import Asked


def language_now() -> Language:
    """Return the language of the reader."""
    return language_of(get_language() or "en")


def text(value: float | Decimal | None, decimals: int = 0, scale: float = 1.0) -> str:
    """Return a number as text, divided by a scale; a dash for no data."""
    return "–" if value is None else number_text(Decimal(repr(float(value) / scale)), decimals)


def drawn(value: float | Decimal | None, decimals: int = 0, scale: float = 1.0) -> Decimal | None:
    """Return a number as charts take it."""
    return None if value is None else rounded(Decimal(repr(float(value) / scale)), decimals)


def number_asked(asked: Asked, name: str, *, most: float = 1e12) -> float | None:
    """Return a number of the address; None if it is not there.

    Raises:
        InputError: It is no number, negative, or beyond ``most``.
    """
    written = asked.values.get(name, "").strip()
    if not written:
        return None
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= Decimal(most):
        raise InputError(
            _("%(value)s is no number from 0 to %(most)s")
            % {"value": repr(written), "most": number_text(Decimal(most), 0)}
        )
    return float(value)
