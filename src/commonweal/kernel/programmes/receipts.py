"""Receipts: who opened a record without a name follows it by a code that only they were given.

The code is made from the record's own key, which neither the log nor any page holds. Whoever has
it may read what the definition lets them, and do what it lets them, without an account; nobody
learns from it who they are. With the key, erased together with personal fields, it ends.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.programmes.registry import record_types, type_of
from commonweal.kernel.programmes.selectors import record_timeline
from commonweal.kernel.programmes.services.acting import record_act
from commonweal.kernel.programmes.services.changing import ConflictError
from commonweal.kernel.programmes.services.opening import ANONYMOUS
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.programmes.services.context import Outcome

_N_GROUPS: Final = 4
_N_DIGITS: Final = 5
"""Four groups of five hexadecimal digits: 80 bits, which nobody guesses."""
COMMENT: Final = "comment"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, as the holder of a receipt is told: by nobody in particular."""

    at: datetime
    what: str
    """The action's name in the reader's language; ``open`` for the first."""
    state: str
    comment: str


def is_anonymous(record: Record) -> bool:
    """Return whether the record was opened without a name."""
    flag = type_of(record).spec.anonymous
    return bool(flag and getattr(record, flag))


def receipt_of(record: Record) -> str:
    """Return the code to hand to who opened the record, once.

    It looks like ``GMI-2024-00001-3f9ac-01b72-88d4e-c6a05``.
    """
    digest = hmac.new(bytes.fromhex(record.salt), b"receipt", hashlib.sha256).hexdigest()
    groups = (digest[i * _N_DIGITS : (i + 1) * _N_DIGITS] for i in range(_N_GROUPS))
    return "-".join((record.code, *groups))


def record_by_receipt(kind: RecordType, receipt: str) -> Record | None:
    """Return the record of this type that a receipt belongs to; None for any other text.

    Spaces, capitals and wide signs, as people type them, do no harm.
    """
    typed = "".join(unicodedata.normalize("NFKC", receipt).split())
    code, *groups = typed.rsplit("-", _N_GROUPS)
    if not kind.spec.anonymous or len(groups) != _N_GROUPS:
        return None
    found = kind.model.objects.select_related("node").filter(code=code).exclude(salt="").first()
    told = "-".join((code, *groups)).lower().encode()
    is_right = found is not None and hmac.compare_digest(receipt_of(found).lower().encode(), told)
    return found if is_right else None


def receipt_find(receipt: str) -> Record:
    """Return the record of any type that a receipt belongs to.

    Raises:
        InputError: There is none; what is unknown and what is malformed sound alike.
    """
    for kind in record_types().values():
        if found := record_by_receipt(kind, receipt):
            return found
    raise InputError(
        _("no record has this receipt"),
        hint=_("type it as it was shown; nobody else has it, and nobody can look it up"),
    )


def receipt_fields(record: Record) -> Mapping[str, Any]:
    """Return the values that the holder may read, by field."""
    shown = type_of(record).spec.receipt_shows
    return {name: getattr(record, name) for name in shown if name != COMMENT}


def receipt_timeline(record: Record) -> tuple[Moment, ...]:
    """Return where the record went and when, the oldest first, without anybody's name."""
    spec = type_of(record).spec
    tells = COMMENT in spec.receipt_shows
    return tuple(
        Moment(each.at, each.what, each.state_name, each.comment if tells else "")
        for each in record_timeline(record)
        if each.state
    )


def receipt_actions(record: Record) -> tuple[TransitionSpec, ...]:
    """Return what the holder may do now."""
    spec = type_of(record).spec
    return tuple(
        each for each in spec.transitions_from(record.state) if each.action in spec.receipt_actions
    )


def receipt_act(
    record: Record,
    action: str,
    *,
    now: datetime,
    version: int | None = None,
    comment: str = "",
    request_key: str = "",
) -> Outcome:
    """Do what the definition lets the holder of the record's receipt do; the log says nobody.

    Raises:
        RoleError: It is not for the holder of a receipt.
        RefusedError: It has changed meanwhile, or its own rules refuse.
    """
    kind = type_of(record)
    spec = kind.spec.transition(action)
    if spec is None or action not in kind.spec.receipt_actions:
        raise RoleError(
            _("“%(action)s” is not for the holder of a receipt")
            % {"action": named(spec.name) if spec else action}
        )
    # who may read every class at this one node, so that the record is found whatever its class
    roles = dict.fromkeys((spec.role, Role.VERIFIER.value), frozenset({record.node_id}))
    try:
        return record_act(
            record,
            action,
            scope=Scope(ANONYMOUS, (Principal(None, ANONYMOUS, roles),)),
            now=now,
            version=version,
            comment=comment,
            request_key=request_key,
        )
    except ConflictError as error:  # it says who changed the record
        raise RefusedError(
            _("%(code)s has changed meanwhile") % {"code": record.code},
            hint=_("look at it again before you go on"),
        ) from error
