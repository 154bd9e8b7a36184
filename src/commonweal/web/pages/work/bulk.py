"""One action on many chosen records: first tried, with what would be refused and why, then done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.programmes.services import Context, records_act
from commonweal.kernel.programmes.values import ValuesError, named
from commonweal.web.pages.work.fields import Input, inputs
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.texts import record_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.web.pages.work.record import Refusal

MOST: Final = 500
"""Records that are tried at once on a page; more is a matter for a file or a command."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of one chosen record; ``refusal`` is empty if it would be done."""

    pk: UUID
    version: int
    code: str
    title: str
    refusal: str


@dataclass(frozen=True, slots=True)
class BulkPage(OfKind):
    """Everything that the page of an action on many records shows."""

    action: str
    name: str
    to: str
    good: tuple[Verdict, ...]
    refused: tuple[Verdict, ...]
    inputs: tuple[Input, ...]
    asks_comment: bool
    comment: str
    comment_error: str
    message: str
    hint: str
    request_key: str


def chosen_read(texts: Iterable[str]) -> dict[UUID, int]:
    """Read chosen records, each with the version that was shown.

    Raises:
        InputError: Nothing is chosen, too much is, or a text is no choice.
    """
    found: dict[UUID, int] = {}
    for text in texts:
        pk, _colon, version = text.partition(":")
        try:
            found[UUID(pk)] = int(version)
        except ValueError:
            raise InputError(f"{text!r} is no record and version") from None
    if not found:
        raise InputError(_("no record is chosen"), hint=_("tick the records in the list first"))
    if len(found) > MOST:
        raise InputError(
            _("%(n)d records are more than %(most)d") % {"n": len(found), "most": MOST}
        )
    return found


def bulk_page(
    kind: RecordType,
    action: str,
    chosen: Mapping[UUID, int],
    *,
    scope: Scope,
    now: datetime,
    language: str,
    request_key: str,
    refusal: Refusal | None = None,
) -> BulkPage:
    """Try an action on each chosen record, undo it, and tell what came of it.

    Raises:
        InputError: The type has no such action.
    """
    spec = kind.spec.transition(action)
    if spec is None:
        raise InputError(
            _("%(kind)s has no action %(action)r") % {"kind": kind.id, "action": action}
        )
    typed = refusal.typed if refusal else None
    errors = refusal.fields if refusal else {}
    rows = scope.visible(kind.model._default_manager.filter(pk__in=list(chosen)))  # noqa: SLF001
    tried = [_tried(kind, action, each, chosen, scope, now) for each in rows.order_by("id")]
    return BulkPage(
        kind=kind,
        action=action,
        name=named(spec.name),
        to=named(kind.spec.state(spec.to).name),
        good=tuple(each for each in tried if not each.refusal),
        refused=tuple(each for each in tried if each.refusal),
        inputs=inputs(
            kind,
            spec.asks,
            record=None,
            typed=typed,
            errors=errors,
            language=language,
            scope=scope,
            needed=spec.needs,
        ),
        asks_comment=spec.comment,
        comment=(typed or {}).get("comment", ""),
        comment_error=errors.get("comment", ""),
        message=refusal.message if refusal else "",
        hint=refusal.hint if refusal else "",
        request_key=request_key,
    )


def _tried(  # noqa: PLR0917
    kind: RecordType,
    action: str,
    record: Record,
    chosen: Mapping[UUID, int],
    scope: Scope,
    now: datetime,
) -> Verdict:
    """Do it in a transaction that is undone; what is still to be filled in refuses nothing."""
    title = record_title(kind, record, get_language() or "en")
    refusal = ""
    try:
        with transaction.atomic():
            records_act(
                kind,
                [record.pk],
                action,
                context=Context(scope, now),
                versions={record.pk: chosen[record.pk]},
            )
            transaction.set_rollback(True)
    except ValuesError:
        pass
    except CommonwealError as fault:
        refusal = str(fault)
    return Verdict(record.pk, chosen[record.pk], record.code, title, refusal)


def bulk_do(
    kind: RecordType,
    action: str,
    chosen: Mapping[UUID, int],
    *,
    scope: Scope,
    now: datetime,
    values: Mapping[str, object],
    comment: str,
) -> str:
    """Do an action on all chosen records or on none; return what to tell."""
    order: Sequence[UUID] = sorted(chosen)
    context = Context(scope, now, comment, values)
    outcomes = records_act(kind, order, action, context=context, versions=chosen)
    n_done = sum(each.is_done for each in outcomes)
    if n_done == len(outcomes):
        return _("%(n)d records: done") % {"n": n_done}
    return _("%(n)d records: approved by you, more approvals are needed") % {
        "n": len(outcomes) - n_done
    }
